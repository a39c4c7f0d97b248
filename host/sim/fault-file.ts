import { readFile } from 'node:fs/promises';
import { parseDocumentAs } from '../document.js';
import { unreadable } from '../secret-file.js';
import { type FaultTable, faultTable } from '../emulator/faults.js';

/** Reads a table of faults from YAML or JSON. Code: `FAULTS_INVALID`. */
export async function readFaults(path: string): Promise<FaultTable> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw unreadable('FAULTS_INVALID', path, cause);
  }
  return parseDocumentAs(faultTable, text, path, 'FAULTS_INVALID');
}
