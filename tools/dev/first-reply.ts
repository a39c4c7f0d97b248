import { linkFromAddress, Terminal } from '../../host/index.js';

const LONGEST_MS = 5000;

/** Returns a terminal's info. Throws if it does not reply: another program may have its line. */
export async function firstReply(port: string, baudRate: number | undefined): Promise<string> {
  const link = linkFromAddress(port, baudRate === undefined ? {} : { baudRate });
  const terminal = new Terminal(link, { deadlineMs: LONGEST_MS });
  try {
    return await terminal.uname();
  } finally {
    await terminal.close();
  }
}
