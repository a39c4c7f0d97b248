import { expect, it } from 'vitest';
import { QemuBoard } from '../../host/sim/board/qemu-board.js';

it.each([
  [15, 4],
  [41, 15],
  [16, 3],
  [40, 16],
  [20.5, 8],
])('a screen of %s×%s is refused', (columns, rows) => {
  const options = { board: 'emcraft-sf2', flash: 'none', serial: 'OB', screen: { columns, rows } } as const;
  expect(() => new QemuBoard(options)).toThrow(expect.objectContaining({ code: 'SCREEN' }));
});
