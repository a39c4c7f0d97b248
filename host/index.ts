/**
 * Drives card terminals over a link: one terminal, or many by a plan. Begin with `Terminal` and
 * `linkFromAddress`; examples/ has programs to start from. All errors are `OctobindError`s:
 * docs/ERRORS.md has cause and cure of each code.
 *
 * @module octobind
 */

export * from './browser.js';
export { auditHook, type ChangePlace } from './audit/hook.js';
export { AuditLog, type AuditEvent, readAuditLog } from './audit/log.js';
export type { Chain, ChainLink, Entry } from './audit/chain.js';
export { type Applied, type ApplyOptions, type ApplyOutcome, applyPlan, type SlotChange } from './fleet/apply.js';
export { type CardEntry, type CardFile, readCards } from './fleet/card-file.js';
export type { Consent } from './fleet/consent.js';
export { KeyedRecord } from './fleet/keyed-record.js';
export { type KeyLoad, type KeyLoadOptions, type KeyLoadOutcome, loadTerminals } from './fleet/load-keys.js';
export { ensureMasterKey, generateMasterKey, type MasterCheckValues, readMasterKey } from './fleet/master-key.js';
export { type FleetOptions, onTerminals, type Outcome, type Work } from './fleet/on-terminals.js';
export type { Plan, PlannedCard, PlannedSlot, PlannedTerminal, TablePlan } from './fleet/plan.js';
export { type CheckedPolicy, readPolicy } from './fleet/policy-file.js';
export { readPlan, readPlanTerminals, readTable } from './fleet/plan-file.js';
export {
  type KnownCard,
  knownCards,
  policyMac,
  proveTerminal,
  recordMac,
  type SlotProof,
  type TerminalProof,
} from './fleet/proof.js';
export { type CardsProof, proveCards, type ProveCardsOptions } from './fleet/prove-cards.js';
export { type Candidate, type FindOptions, findTargets, type Target, type Wanted } from './fleet/targets.js';
export { linkFromAddress } from './link/node/address.js';
export { type FoundSerialPort, serialPorts } from './link/node/ports.js';
