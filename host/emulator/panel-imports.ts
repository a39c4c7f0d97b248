import { HalError, RowLook } from '../../assembly/protocol.js';
import type * as hal from '../../assembly/hal.js';
import { OctobindError } from '../error.js';
import type { Screen } from '../screen/screen.js';
import type { FrontPanel } from './front-panel.js';

/** The darkest writing. At 0, nothing is seen. */
const CONTRAST_MAX = 15;

type PanelImports = Pick<
  typeof hal,
  'screen_columns' | 'screen_rows' | 'screen_write' | 'screen_contrast' | 'screen_qr' | 'beep' | 'bench'
>;

/** The imports of docs/HAL.md for screen, beeper and strap. */
export function panelImports({ screen, bench }: FrontPanel, memory: () => Uint8Array): PanelImports {
  const bytes = (ptr: number, len: number): Uint8Array => memory().subarray(ptr >>> 0, (ptr >>> 0) + len);
  const onScreen = (draw: (screen: Screen) => void): number => {
    if (!screen) return HalError.Absent;
    try {
      draw(screen);
      return 0;
    } catch (error) {
      if (error instanceof OctobindError) return HalError.Argument;
      throw error;
    }
  };
  return {
    screen_columns: () => screen?.state.columns ?? HalError.Absent,
    screen_rows: () => screen?.state.lines.length ?? HalError.Absent,
    screen_write: (row, ptr, len, look, column) =>
      onScreen((on) => {
        on.writeRow(row, bytes(ptr, len), { reversed: look === (RowLook.Reversed as number) });
        if (column >= 0) on.moveCursor({ row, column });
        else if (on.state.cursor?.row === row) on.moveCursor(undefined);
      }),
    screen_contrast: (level) => {
      if (screen && (level < 0 || level > CONTRAST_MAX)) return HalError.Argument;
      return onScreen((on) => on.darken(level === 0));
    },
    screen_qr: (ptr, len) => onScreen((on) => on.showQr(bytes(ptr, len))),
    beep: () => undefined,
    bench: () => Number(bench),
  };
}
