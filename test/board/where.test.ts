import { expect, it } from 'vitest';
import { run } from '../unit/cli-support.js';
import { symbolOf } from '../support/gdb.js';
import { onBoard } from '../support/tools.js';

const BOARD = 'emcraft-sf2';

onBoard(
  'an address of a board',
  () => {
    it('is in a function of assembly/, at a line of its C', async () => {
      const { address } = symbolOf(BOARD, 'w2c_assembly_link_\\w+');
      const { stdout, code } = await run(['where', `0x${(address & ~1).toString(16)}`, '--board', BOARD]);
      expect(stdout).toMatch(
        /^assembly\/link\/\w+\/\w+ \(\/.*\/build\/boards\/emcraft-sf2\/wasm\/terminal\.c:\d+\)\n$/,
      );
      expect(code).toBe(0);
    });

    it('is in a function of device/', async () => {
      const { address } = symbolOf(BOARD, 'board_reset');
      const { stdout } = await run(['where', String(address & ~1), '--board', BOARD]);
      expect(stdout).toMatch(/^board_reset \(\/.*\/device\/cortex-m\/reset\.c:\d+\)\n/);
    });

    it('is in no function', async () => {
      expect(await run(['where', '0xf0000000', '--board', BOARD])).toMatchObject({ code: 2 });
    });
  },
  BOARD,
);
