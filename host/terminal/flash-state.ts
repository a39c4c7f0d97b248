import { FlashState } from '../../assembly/protocol.js';

const VOUCHED: ReadonlySet<FlashState> = new Set([FlashState.Ready, FlashState.Worn, FlashState.Blank]);

/**
 * Whether the anchor vouches for the table that a terminal in this state lists: docs/STORE.md,
 * "States". If not, the list may show an older table, or data that somebody wrote to the flash
 * chip.
 */
export function isVouched(state: FlashState): boolean {
  return VOUCHED.has(state);
}
