export { FlashState, Refusal, Role, Scheme } from '../assembly/protocol.js';
export { type Clock, systemClock } from './clock.js';
export { type ErrorCode, OctobindError } from './error.js';
export { linkFromAddress, type LinkFactory } from './link/index.js';
export { refusalSentence } from './refusals.js';
export type { LinkCounters } from './smp/counters.js';
export { type Request, type RequestOptions, SmpClient } from './smp/client.js';
export {
  type Card,
  type CardTable,
  type Change,
  type SlotView,
  type SlotWish,
  Terminal,
  type TerminalOptions,
} from './terminal.js';
