import { FlashState } from '../../assembly/protocol.js';

const VOUCHED: ReadonlySet<FlashState> = new Set([FlashState.Ready, FlashState.Worn, FlashState.Blank]);

/**
 * The anchor vouches for the table that a terminal in this state lists: docs/STORE.md, "States". In any other state the list may
 * show an older table, or what somebody wrote to the flash chip.
 */
export function isVouched(state: FlashState): boolean {
  return VOUCHED.has(state);
}
