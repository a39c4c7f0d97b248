export { FlashState, LifeCycle, MenuUser, Refusal, Role, Scheme } from '../assembly/protocol.js';
export { type Clock, systemClock } from './clock.js';
export { type ErrorCode, OctobindError } from './error.js';
export { CardJudge, type Verdict } from './cards/card-judge.js';
export { applyPlan, type ApplyOptions, type Outcome, type SlotChange } from './fleet/apply.js';
export { type CardFile, readCards } from './fleet/card-file.js';
export { ensureMasterKey, generateMasterKey, type MasterCheckValues, readMasterKey } from './fleet/master-key.js';
export type { Plan, Table } from './fleet/plan.js';
export { readPlan, readTable } from './fleet/plan-file.js';
export { type Holding, type KnownCard, knownCards, recordMac, type Survey, survey } from './fleet/proof.js';
export { checkValue, terminalKey, verifyKey } from './crypto/key-derivation.js';
export { linkFromAddress, type LinkFactory } from './link/index.js';
export { refusalSentence } from './refusals.js';
export type { TerminalKey } from './session/opening.js';
export { SecureClient } from './session/secure-client.js';
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
  type TerminalStatus,
} from './terminal/terminal.js';
