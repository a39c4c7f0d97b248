import { Rc, Refusal } from '../protocol';
import * as reader from './reader';

// The request under way: its fields, by name, and where their values are. Requests are maps of
// named fields; each name has one type. docs/PROTOCOL.md lists them by command.

/** A bit for each field. Two fields share the name `d`, and no command has both. */
export enum Field {
  None = 0,
  // Unsigned integers.
  Generation = 0x1,
  Slot = 0x2,
  Role = 0x4,
  Session = 0x8,
  Number = 0x10,
  Part = 0x20,
  Who = 0x40,
  Index = 0x80,
  // Texts.
  Pan = 0x100,
  Name = 0x200,
  Confirm = 0x400,
  Operator = 0x800,
  Administrator = 0x1000,
  Password = 0x2000,
  Echo = 0x4000,
  DateTime = 0x8000,
  Format = 0x1_0000,
  Query = 0x2_0000,
  // Bytes.
  Data = 0x4_0000,
  Nonce = 0x8_0000,
  Key = 0x10_0000,
  CheckValue = 0x20_0000,
  /** An array, which the caller reads. */
  Slots = 0x40_0000,
  /** Not a name: stands for all others, which the command passes over (Zephyr's groups). */
  Others = 0x80_0000,
  /** A map, which the caller reads. */
  Policy = 0x100_0000,
}

const NUMBERS: u32 =
  Field.Generation | Field.Slot | Field.Role | Field.Session | Field.Number | Field.Part | Field.Who | Field.Index;
/** Numbers that are read as signed ones. */
const SIGNED: u32 = Field.Slot | Field.Role;
const BYTES: u32 = Field.Data | Field.Nonce | Field.Key | Field.CheckValue;

const FIELDS: i32 = 22;
/** Of each field the number, or the count of bytes. */
const VALUES: usize = memory.data(4 * FIELDS, 4);
/** The fields that are numbers come first, and have no bytes. */
const FIRST_STRING: i32 = 8;
/** Of each other field where its bytes lie. */
const POINTERS: usize = memory.data(4 * (FIELDS - FIRST_STRING), 4);

/** Fields that the request has. */
let present: u32 = 0;
/** Its generation is null: any. */
let anyGeneration: bool = false;

/** Forgets the request before. Returns the fields that it had, for `resumeFields`. */
export function startFields(): u32 {
  const before = present;
  present = 0;
  return before;
}

/** Goes on with the map around the one that was read. */
export function resumeFields(before: u32): void {
  present = before;
}

/**
 * Reads a body that has fields among `allowed`, each at most once, and all of `needed`. Returns
 * `Rc.Ok`, `Rc.Invalid` for what is malformed, or minus a `Refusal`.
 */
export function readFields(allowed: u32, needed: u32): i32 {
  startFields();
  for (let left = reader.openBody(); reader.more(left); left = reader.next(left)) {
    const field = takeField(allowed);
    if (field <= 0) return field == Field.None ? <i32>Rc.Invalid : field;
  }
  if (!reader.finished()) return Rc.Invalid;
  return hasFields(needed) ? <i32>Rc.Ok : -Refusal.FieldMissing;
}

/**
 * Reads one pair of a map. Returns its field; `Field.None` if it is malformed; or minus a
 * `Refusal`.
 */
export function takeField(allowed: u32): i32 {
  reader.readText();
  if (reader.bad) return Field.None;
  const field = fieldNamed(reader.lastWord(), allowed);
  if ((field & allowed) == 0) {
    if ((allowed & Field.Others) == 0) return -Refusal.FieldUnknown;
    reader.skip();
    return reader.bad ? Field.None : Field.Others;
  }
  if ((field & present) != 0) return Field.None;
  present |= field;
  if (field != Field.Slots && field != Field.Policy) readValue(field);
  return reader.bad ? Field.None : field;
}

/** The request has all of `fields`. */
export function hasFields(fields: u32): bool {
  return (present & fields) == fields;
}

export function numberOf(field: Field): u32 {
  assert((field & NUMBERS) != 0 && hasFields(field));
  return load<u32>(VALUES + (ctz<u32>(field) << 2));
}
export function bytesOf(field: Field): i32 {
  assert((field & NUMBERS) == 0 && hasFields(field));
  return load<u32>(VALUES + (ctz<u32>(field) << 2));
}
export function pointerOf(field: Field): usize {
  assert((field & NUMBERS) == 0 && hasFields(field));
  return load<u32>(pointerPlace(field));
}

function pointerPlace(field: u32): usize {
  return POINTERS + ((ctz(field) - FIRST_STRING) << 2);
}

/** The request takes any generation. */
export function isAnyGeneration(): bool {
  return anyGeneration;
}

function readValue(field: u32): void {
  const at = ctz(field) << 2;
  if ((field & NUMBERS) != 0) {
    const nullable = field == Field.Generation;
    if (nullable) anyGeneration = reader.takeNull();
    if (nullable && anyGeneration) return;
    store<u32>(VALUES + at, reader.readUnsigned((field & SIGNED) != 0 ? <u32>i32.MAX_VALUE : u32.MAX_VALUE));
    return;
  }
  if ((field & BYTES) != 0) reader.readBytes();
  else reader.readText();
  store<u32>(VALUES + at, reader.stringBytes);
  store<u32>(pointerPlace(field), <u32>reader.stringPtr);
}

function fieldNamed(name: u64, allowed: u32): u32 {
  if (name == word('d')) return (allowed & Field.Echo) != 0 ? Field.Echo : Field.Data;
  if (name == word('s')) return Field.Session;
  if (name == word('n')) return Field.Number;
  if (name == word('gen')) return Field.Generation;
  if (name == word('slot')) return Field.Slot;
  if (name == word('pan')) return Field.Pan;
  if (name == word('name')) return Field.Name;
  if (name == word('role')) return Field.Role;
  if (name == word('slots')) return Field.Slots;
  if (name == word('policy')) return Field.Policy;
  if (name == word('nonce')) return Field.Nonce;
  if (name == word('confirm')) return Field.Confirm;
  if (name == word('part')) return Field.Part;
  if (name == word('key')) return Field.Key;
  if (name == word('kcv')) return Field.CheckValue;
  if (name == word('operator')) return Field.Operator;
  if (name == word('admin')) return Field.Administrator;
  if (name == word('who')) return Field.Who;
  if (name == word('index')) return Field.Index;
  if (name == word('password')) return Field.Password;
  if (name == word('datetime')) return Field.DateTime;
  if (name == word('format')) return Field.Format;
  if (name == word('query')) return Field.Query;
  return Field.None;
}
