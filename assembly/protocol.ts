/**
 * The numbers on which firmware and host agree. Only enums, so that the file is valid
 * AssemblyScript and valid TypeScript. docs/PROTOCOL.md says what each number means. A released
 * number never changes its meaning.
 */

/** Operation: the low three bits of an SMP header's first byte. */
export enum Op {
  Read = 0,
  ReadResponse = 1,
  Write = 2,
  WriteResponse = 3,
}

/** SMP groups that a terminal has. */
export enum Group {
  Os = 0,
  Stat = 2,
  Enumeration = 10,
  Session = 65,
  Card = 66,
  Screen = 67,
}

/** Commands of group 0 (Zephyr, "Default/OS Management Group"). */
export enum OsCommand {
  Echo = 0,
  DateTime = 4,
  Reset = 5,
  Params = 6,
  Info = 7,
  Bootloader = 8,
}

/** Commands of group 2 (Zephyr, "Statistics Management"). */
export enum StatCommand {
  Show = 0,
  List = 1,
}

/** Commands of group 10 (Zephyr, "Enumeration Management"). */
export enum EnumerationCommand {
  Count = 0,
  List = 1,
  Single = 2,
}

/** Commands of group 65. */
export enum SessionCommand {
  Status = 0,
  Open = 1,
  Message = 2,
  Close = 3,
  LoadPart = 4,
  Commit = 5,
  Passwords = 6,
  Unlock = 7,
  SelfTest = 8,
  About = 9,
}

/** Which part of its life a terminal is in. */
export enum LifeCycle {
  /** It has no terminal master key. */
  Virgin = 0,
  /** It has the key: a host with the same key can do everything. */
  Keyed = 1,
  /** It also has the passwords of its menu. */
  InService = 2,
  /** Somebody opened its case: it has erased its keys and cards. */
  Tampered = 3,
}

/** The people with a password for the terminal's menu. */
export enum MenuUser {
  Operator = 1,
  Administrator = 2,
}

/** Commands of group 66. */
export enum CardCommand {
  List = 0,
  Bind = 1,
  Unbind = 2,
  Replace = 3,
  Verify = 4,
  Format = 6,
  Policy = 7,
}

/** Who may change cards at the keypad: a person or, above zero, everybody from that one up. */
export enum Keyholder {
  Nobody = 0,
  /** The operator and the administrator. */
  Operator = 1,
  /** The administrator alone. */
  Administrator = 2,
}

/** How the menu words the way to a new card. */
export enum Wording {
  /** 设置 → 银行卡管理 → 添加银行卡 */
  BankCard = 0,
  /** 系统设置 → 账户管理 → 添加一卡通 */
  OneCard = 1,
}

/** What becomes of a UnionPay number with a wrong check digit. */
export enum LuhnRule {
  /** It is refused. */
  Required = 0,
  /** It is bound, and marked: the issuer must confirm it. */
  Warn = 1,
}

/** Commands of group 67. */
export enum ScreenCommand {
  Read = 0,
  Press = 1,
}

/** The keys of a terminal. */
export enum Key {
  Digit0 = 0,
  Digit1 = 1,
  Digit2 = 2,
  Digit3 = 3,
  Digit4 = 4,
  Digit5 = 5,
  Digit6 = 6,
  Digit7 = 7,
  Digit8 = 8,
  Digit9 = 9,
  Cancel = 10,
  Clear = 11,
  Enter = 12,
  Up = 13,
  Down = 14,
  Menu = 15,
  Alpha = 16,
  /** Clear, held down. */
  ClearAll = 17,
}

/** How a row of the screen looks. */
export enum RowLook {
  Plain = 0,
  /** Light on dark: a title. */
  Reversed = 1,
}

/** What the beeper says. */
export enum Beep {
  Key = 0,
  Done = 1,
  Refused = 2,
}

/** SMP's own result codes (`mcumgr_err_t`). */
export enum Rc {
  Ok = 0,
  Unknown = 1,
  NoMemory = 2,
  Invalid = 3,
  Timeout = 4,
  NoEntry = 5,
  BadState = 6,
  TooLong = 7,
  NotSupported = 8,
  Corrupt = 9,
  Busy = 10,
  AccessDenied = 11,
  // Of the version in a request's header.
  TooOld = 12,
  TooNew = 13,
}

/** Result codes of group 0 in SMP version 2 (`os_mgmt_err_code_t`). */
export enum OsRc {
  InvalidFormat = 2,
  QueryYieldsNoAnswer = 3,
  RtcNotSet = 4,
  RtcCommandFailed = 5,
}

/** Result codes of group 2 in SMP version 2 (`stat_mgmt_err_code_t`). */
export enum StatRc {
  InvalidGroup = 2,
}

/** Result codes of group 10 in SMP version 2 (`enum_mgmt_err_code_t`). */
export enum EnumerationRc {
  IndexTooLarge = 4,
}

/** Why group 65 or 66 refused. A refusal changes no table. */
export enum Refusal {
  None = 0,
  /** A character other than a digit, a space or a hyphen. */
  PanCharacter = 256,
  /** Fewer than 12 or more than 19 digits (ISO/IEC 7812-1). */
  PanLength = 257,
  /** The check digit is wrong (ISO/IEC 7812-1, annex B). */
  PanCheckDigit = 258,
  /** The scheme does not issue numbers of this length. */
  PanSchemeLength = 259,
  /** Fewer than 2 or more than 26 code points. */
  NameLength = 260,
  /** A character that a holder's name cannot have, or text that is not UTF-8. */
  NameCharacter = 261,
  /** Only digits. */
  NameDigits = 262,
  /** A card number in the name field. */
  NamePan = 263,
  /** A control character. */
  NameControl = 264,
  /** One of ^ % ? ; = , which separate fields on a magnetic stripe (ISO/IEC 7813). */
  NameSeparator = 265,
  /** Han and Latin letters in one name. */
  NameScripts = 266,
  /** A middle dot or a space at an end of the name, a doubled dot, or a dot without Han. */
  NameEdge = 267,
  /** More than the 52 bytes that a slot keeps for a name. */
  NameBytes = 268,
  /** All eight slots are bound. */
  TableFull = 269,
  /** No such slot: they are 1 to 8. */
  SlotRange = 270,
  /** The slot holds another card. */
  SlotOccupied = 271,
  /** The card is bound already, in another slot. */
  DuplicateCard = 272,
  /** The number is bound already, under another name. */
  HolderDiffers = 273,
  /** The card is bound already, in another role. */
  RoleDiffers = 274,
  /** Another slot is the settlement card already. */
  SettlementTaken = 275,
  /** No such role. */
  RoleUnknown = 276,
  /** The table is not at the generation that the request expected. */
  GenerationStale = 277,
  /** The request carries expiry, card verification value, track data or PIN. */
  SensitiveData = 278,
  /** A field that the command does not know. */
  FieldUnknown = 279,
  /** A field that the command needs is missing. */
  FieldMissing = 280,
  /** The flash holds something that is not a card table. */
  FlashForeign = 281,
  /** The flash holds a card table for another geometry. */
  FlashGeometry = 282,
  /** At least one record of the table cannot be read. */
  FlashDamaged = 283,
  /** No sector took a new table, or the anchor could not be read or written. */
  FlashFailed = 284,
  /** The store does not support the flash's geometry. */
  FlashUnsupported = 285,
  /** The terminal holds no key yet. */
  KeyMissing = 286,
  /** Too few sectors can still be written: the table can be read, but no longer changed. */
  FlashWorn = 287,
  /** The flash does not hold the card table that this terminal wrote last. */
  FlashForged = 288,
  /** The command needs a session, and none is open. */
  SessionMissing = 289,
  /** What the host sent does not prove the key. */
  NotAuthentic = 290,
  /** The message came before, or a later message of its session came first. */
  Replayed = 291,
  /** Too many failures: the next try is allowed after `wait` milliseconds. */
  TooSoon = 292,
  /** The terminal has a key already: load another one inside a session under that key. */
  KeyLive = 293,
  /** Both components must be loaded first. */
  PartMissing = 294,
  /** The key that the components make has another check value. */
  CheckValueDiffers = 295,
  /** A password has 6 to 16 digits. */
  PasswordShape = 296,
  /** The password is wrong. */
  PasswordWrong = 297,
  /** The terminal was tampered with, and has erased its keys and cards. */
  Tampered = 298,
  /** A component is all zeros, or both components are the same. */
  KeyWeak = 299,
  /**
   * A read failed at boot, or no sector was left to finish what a power cut interrupted: which
   * table is the newest is not certain.
   */
  FlashUnread = 300,
  /** One digit repeated, which no scheme issues: a placeholder. */
  PanRepeated = 301,
  /** As many cards are bound as the policy allows, or more. */
  PolicySlots = 302,
  /** The policy does not allow the card's scheme. */
  PolicyScheme = 303,
  /** The flash does not hold the policy that this terminal wrote last. */
  PolicyLost = 304,
  /**
   * A text of a policy is too long for two rows of the smallest screen, or has a wrong character.
   */
  PolicyText = 305,
  /** A number of a policy is out of its range. */
  PolicyRange = 306,
}

/** What a slot is for. */
export enum Role {
  Empty = 0,
  Payment = 1,
  Settlement = 2,
}

/** The network of a card. Numbers are kept in slots on flash: append, never renumber. */
export enum Scheme {
  Unknown = 0,
  Visa = 1,
  Mastercard = 2,
  AmericanExpress = 3,
  DinersClub = 4,
  Discover = 5,
  Jcb = 6,
  UnionPay = 7,
  Maestro = 8,
  Mir = 9,
  Troy = 10,
  Elo = 11,
  Hiper = 12,
  Hipercard = 13,
  Naranja = 14,
  Verve = 15,
}

/** What the store found at boot. */
export enum FlashState {
  /** A complete table. */
  Ready = 0,
  /** Erased flash: the first bind writes a table. */
  Blank = 1,
  /**
   * Something that is not a card table, on a terminal that had none. Nothing is written until
   * `format`.
   */
  Foreign = 2,
  /** A card table for another geometry. Nothing is written until `format`. */
  OtherGeometry = 3,
  /**
   * A record cannot be read, or a read failed at boot: the anchor vouches for nothing. Nothing is
   * written until `format`, or a boot that reads well.
   */
  Damaged = 4,
  /** A geometry that the store cannot use. */
  Unsupported = 5,
  /** A complete table, on a flash that can no longer be changed. */
  Worn = 6,
  /**
   * Not the table that this terminal wrote last, or no table any more. Nothing is written until
   * `format`.
   */
  Forged = 7,
  /** Not read: the terminal has no keys. */
  Locked = 8,
}

/**
 * Slots for keys of 32 bytes that the HAL keeps. No key can be read. Slots below 8 are durable;
 * the others are lost with the power.
 */
export enum KeySlot {
  /** Device root key, made inside the HAL. */
  Root = 0,
  /** Terminal master key. */
  Master = 1,
  /** The two components of a master key that is being loaded, and the key that they make. */
  PartOne = 8,
  PartTwo = 9,
  Candidate = 10,
  /** Seals records on flash; derived from `Root`. */
  Storage = 11,
  /** HMAC key of `verify`; derived from `Master`. */
  Verify = 12,
  /** Of a Noise handshake: chaining key, ephemeral private key, shared secret, cipher key. */
  Chain = 13,
  Ephemeral = 14,
  Shared = 15,
  Cipher = 16,
  /**
   * The receive key and the send key of two sessions: the open one, and one that has not proven
   * its key yet.
   */
  FirstReceive = 17,
  FirstSend = 18,
  SecondReceive = 19,
  SecondSend = 20,
  /** Not a slot: an empty input. */
  None = -1,
}

/** Small durable values that the HAL keeps; each is set in one atomic step. */
export enum Register {
  /** A `TamperStage`. */
  Tamper = 0,
  /**
   * The anchor up to HAL version 4, two digests of 16 bytes. It is read to be converted, and never
   * written.
   */
  FormerAnchor = 1,
  /** Failures since the last success, u32. */
  SessionTries = 2,
  OperatorTries = 3,
  AdministratorTries = 4,
  /**
   * Generation and digest of the valid table, and the digest of the table that is being written:
   * docs/STORE.md.
   */
  Anchor = 5,
  /** Generation and digest of the policy that holds: docs/STORE.md, "Policy". */
  PolicyAnchor = 6,
  /** What a person set at the menu: language, and contrast. */
  Menu = 7,
}

/** How far a terminal has reacted to tampering. */
export enum TamperStage {
  None = 0,
  /** Latched: keys, flash and memory must be erased. */
  Latched = 1,
  /** Everything is erased. */
  Erased = 2,
}

/** Why the terminal started last. */
export enum ResetCause {
  Power = 0,
  /** The firmware called `reset`. */
  Asked = 1,
  /** The firmware trapped, or its processor met a fault. */
  Trap = 2,
  /** The firmware did not return in time. */
  Watchdog = 3,
}

/** Parts of the NOR flash that the firmware may use. */
export enum Region {
  /** The card table. */
  Table = 0,
  /** The bank's policy: two sectors. */
  Policy = 1,
}

/**
 * What the firmware reports as it works: docs/HAL.md, `event`. Only numbers, so that no secret can
 * leak.
 */
export enum Event {
  /** A boot begins; value: the `ResetCause`. */
  Boot = 1,
  /** A session proved its key; value: how many have done so since boot. */
  SessionOpened = 2,
  /** The session ended; value: as for `SessionOpened`. */
  SessionEnded = 3,
  /** The table changed; value: its generation. */
  Commit = 4,
  /** A request was refused; value: the group's result code, a `Refusal` in groups 65 and 66. */
  Refusal = 5,
  /** A sector of the table is being erased; value: its index. */
  Erase = 6,
  /** A sector failed and is not used any more; value: its index. */
  Retirement = 7,
  /** The latch of an opened case changed; value: the `TamperStage`. */
  Tamper = 8,
  /** The firmware trapped, as the runtime reports; value: where, as `failed_at`. */
  Trap = 9,
}

/** What `poll` returns below zero. */
export enum PollResult {
  /** Nothing to do before the next byte. */
  Idle = -1,
  /** The UART is full. The next byte has to wait until it is not. */
  UartFull = -2,
}

/** What a runtime says of itself: docs/HAL.md, "Runtime and build". */
export enum RuntimeText {
  /** Name and version: `emulator 0.1.0`. */
  Runtime = 0,
  Architecture = 1,
  Processor = 2,
  Board = 3,
}

/** What an import of the HAL returns below zero. */
export enum HalError {
  /** Out of range, misaligned, or a program that would set a bit. */
  Argument = -1,
  /** The device failed. */
  Device = -2,
  /** There is no clock, key, serial number or digest. */
  Absent = -3,
  /** The bytes were not sealed under this key. */
  NotAuthentic = -4,
}

/** Sizes and limits, in bytes unless the comment names another unit. */
export enum Size {
  Slots = 8,
  /** Version of the HAL that this firmware needs: docs/HAL.md. */
  HalVersion = 8,
  /** One SMP packet, header and CBOR. */
  Packet = 2048,
  SmpHeader = 8,
  /** One slot, in memory and in the MAC of `verify`: docs/PROTOCOL.md, "Record". */
  Record = 68,
  PanMin = 12,
  PanMax = 19,
  NameMin = 2,
  NameMax = 26,
  NameBytes = 52,
  Mac = 16,
  NonceMin = 8,
  NonceMax = 32,
  SerialMax = 32,
  /** Each text of `RuntimeText`. */
  RuntimeTextMax = 32,
  /** A key of the HAL; also a digest, an HMAC and a public key. */
  Key = 32,
  /** Slots for keys. Those below `DurableKeySlots` are durable. */
  KeySlots = 32,
  DurableKeySlots = 8,
  /** Nonce of ChaCha20-Poly1305 (RFC 8439). */
  AeadNonce = 12,
  AeadTag = 16,
  /** A slot on flash: nonce, sealed record, tag. */
  Sealed = 96,
  /** The policy, in memory and in the MAC of `verify`: docs/PROTOCOL.md, "Policy". */
  Policy = 352,
  /** One row of the smallest screen, in half-width cells. */
  RowCells = 16,
  /** Shown instead of a key, so that people can compare two keys. */
  CheckValue = 3,
  PasswordMin = 6,
  PasswordMax = 16,
  /** Messages in a session, in each direction. */
  SessionMessages = 65536,
}
