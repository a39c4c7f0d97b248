import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { FlashState } from '../../assembly/protocol.js';
import type { CardFile } from '../../host/fleet/card-file.js';
import { readMasterKey } from '../../host/fleet/master-key.js';
import { knownCards, proveTerminal } from '../../host/fleet/proof.js';
import { CardJudge, type CardTable, type Terminal } from '../../host/index.js';
import type { Geometry } from '../../host/emulator/index.js';
import { copyPrivate } from './private.js';

// Flash images and key files that an earlier commit wrote, by test/goldens/make.ts.

/** The table that the commit itself read from an image. */
export interface Golden extends CardTable {
  readonly serial: string;
  readonly geometry: Geometry;
}

interface Expected {
  readonly cards: Record<string, { pan: string; name: string }>;
  readonly passwords: { operator: string; administrator: string };
  readonly cases: Record<string, Golden>;
}

export const folderOf = (commit: string): string => `test/goldens/${commit}`;

export function expectedOf(commit: string): Expected {
  return JSON.parse(readFileSync(join(folderOf(commit), 'expected.json'), 'utf8')) as Expected;
}

/** Unpacks a golden flash image into a file that a test may write to. Returns its path. */
export function copyFlash(commit: string, name: string, dir: string): string {
  const path = join(dir, `${name}.flash`);
  writeFileSync(path, gunzipSync(readFileSync(join(folderOf(commit), `${name}.flash.gz`))));
  return path;
}

/** Copies the golden component files to `dir` and reads the master key from them. */
export async function masterOf(commit: string, dir: string): Promise<Uint8Array> {
  for (const name of ['master-1.key', 'master-2.key']) copyPrivate(join(folderOf(commit), 'keys', name), dir);
  return readMasterKey(dir);
}

/**
 * Expects a terminal to list the table that the golden's commit listed, and to prove every card.
 */
export async function expectCards(
  terminal: Terminal,
  golden: Golden,
  cards: Expected['cards'],
  master: Uint8Array,
): Promise<void> {
  const { generation, state, slots } = golden;
  expect(await terminal.list()).toEqual({ generation, state, slots });
  const file: CardFile = new Map(Object.entries(cards));
  const proven = await proveTerminal(terminal, master, knownCards(file, new CardJudge()));
  expect([FlashState.Ready, FlashState.Blank]).toContain(state);
  for (const [index, slot] of slots.entries()) {
    if (slot === null) expect(proven.slots[index]).toBe('empty');
    else
      expect(proven.slots[index]).toMatchObject({
        pan: (slot as { pan: string }).pan,
        card: { role: (slot as { role: number }).role },
      });
  }
}
