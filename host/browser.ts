// What `octobind` exports in a browser, and everywhere else.

export {
  Event,
  FlashState,
  Group,
  Key,
  Keyholder,
  LifeCycle,
  LuhnRule,
  MenuUser,
  Op,
  Rc,
  Refusal,
  Role,
  Scheme,
  Wording,
} from '../assembly/protocol.js';
export type { Bank } from './bank.js';
export { CardJudge, type Verdict } from './cards/card-judge.js';
export { type Clock, systemClock } from './clock.js';
export type { Crypto } from './crypto/crypto.js';
export { checkValue, terminalKey, verifyKey } from './crypto/key-derivation.js';
export { type ErrorCode, type ErrorDetails, OctobindError, type Subject } from './error.js';
export type { ByteStream, LinkFactory, StreamListener } from './link/link.js';
export { messagePortLink } from './link/message-port.js';
export { webSerialLink, type WebSerialPort } from './link/web-serial.js';
export type { Policy } from './policy.js';
export { refusalSentence } from './refusals.js';
export type { TerminalKey } from './session/opening.js';
export { SecureClient } from './session/secure-client.js';
export { type ClientOptions, type Request, type RequestOptions, SmpClient } from './smp/client.js';
export type { LinkCounters } from './smp/counters.js';
export { frameWatch, type LineEnd, type LineWatch } from './smp/frame-text.js';
export type { Body } from './smp/packet.js';
export type { Card, CardTable, Change, HeldPolicy, SlotView, SlotWish } from './terminal/card-table.js';
export type { ChangeHook, ChangeMethod, ChangeOutcome, TerminalChange } from './terminal/change-hook.js';
export type { KeyRecipient, LoadedKey } from './terminal/key-loading.js';
export type { TerminalOptions } from './terminal/requests.js';
export type { ScreenView } from './terminal/front-panel.js';
export type { TerminalInfo } from './terminal/info.js';
export type { TerminalStatus } from './terminal/status.js';
export { Terminal } from './terminal/terminal.js';
