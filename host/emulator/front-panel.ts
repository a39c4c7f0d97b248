import type { Screen } from '../screen/screen.js';

/** What a person sees and hears of a terminal. */
export interface FrontPanel {
  /** Without one, the terminal has no menu. */
  readonly screen: Screen | undefined;
  /** The strap of a development terminal: keys may be pressed over the line. */
  readonly bench: boolean;
}

export const NO_PANEL: FrontPanel = { screen: undefined, bench: false };
