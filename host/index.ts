export { FlashState, Group, LifeCycle, MenuUser, Op, Refusal, Role, Scheme } from '../assembly/protocol.js';
export { CardJudge, type Verdict } from './cards/card-judge.js';
export { type Clock, systemClock } from './clock.js';
export type { Crypto } from './crypto/crypto.js';
export { checkValue, terminalKey, verifyKey } from './crypto/key-derivation.js';
export { type ErrorCode, OctobindError } from './error.js';
export { type ApplyOptions, type ApplyOutcome, applyPlan, type SlotChange } from './fleet/apply.js';
export { type CardEntry, type CardFile, readCards } from './fleet/card-file.js';
export type { Consent } from './fleet/consent.js';
export { KeyedRecord } from './fleet/keyed-record.js';
export { type KeyLoadOptions, type KeyLoadOutcome, loadTerminals } from './fleet/load-keys.js';
export { ensureMasterKey, generateMasterKey, type MasterCheckValues, readMasterKey } from './fleet/master-key.js';
export type { Plan, TablePlan } from './fleet/plan.js';
export { readPlan, readTable } from './fleet/plan-file.js';
export {
  type KnownCard,
  knownCards,
  proveTerminal,
  recordMac,
  type SlotProof,
  type TerminalProof,
} from './fleet/proof.js';
export type { ByteStream, LinkFactory, StreamListener } from './link/link.js';
export { linkFromAddress } from './link/node/address.js';
export { refusalSentence } from './refusals.js';
export type { TerminalKey } from './session/opening.js';
export { SecureClient } from './session/secure-client.js';
export { type ClientOptions, type Request, type RequestOptions, SmpClient } from './smp/client.js';
export type { LinkCounters } from './smp/counters.js';
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
