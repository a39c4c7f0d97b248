import { Rc, Refusal } from '../protocol';
import * as reader from '../link/reader';

/** Fields of group 65's requests, a bit each. */
export enum Field {
  Unknown = 0,
  Data = 1,
  Session = 2,
  Number = 4,
  Part = 8,
  Key = 16,
  CheckValue = 32,
  Operator = 64,
  Administrator = 128,
  Who = 256,
  Password = 512,
}

const NUMBERS: u32 = Field.Session | Field.Number | Field.Part | Field.Who;
const TEXTS: u32 = Field.Operator | Field.Administrator | Field.Password;

/** Of each field: the number, or the count of bytes; and where the bytes lie. */
const VALUES: usize = memory.data(40);
const POINTERS: usize = memory.data(40);

/** Reads a body that has all of `fields`, once each, and nothing else. Answers as handlers do. */
export function readFields(fields: u32): i32 {
  let seen: u32 = 0;
  for (let left = reader.openBody(); reader.more(left); left = reader.next(left)) {
    reader.readText();
    if (reader.bad) return Rc.Invalid;
    const field = fieldRead();
    if ((field & fields) == 0) return -Refusal.FieldUnknown;
    if ((field & seen) != 0) return Rc.Invalid;
    seen |= field;
    readValue(field);
    if (reader.bad) return Rc.Invalid;
  }
  if (!reader.finished()) return Rc.Invalid;
  return seen == fields ? Rc.Ok : -Refusal.FieldMissing;
}

export function numberOf(field: u32): u32 {
  return load<u32>(VALUES + (ctz(field) << 2));
}
export function bytesOf(field: u32): i32 {
  return load<u32>(VALUES + (ctz(field) << 2));
}
export function pointerOf(field: u32): usize {
  return load<u32>(POINTERS + (ctz(field) << 2));
}

function readValue(field: u32): void {
  const at = ctz(field) << 2;
  if ((field & NUMBERS) != 0) {
    store<u32>(VALUES + at, reader.readUnsigned(u32.MAX_VALUE));
    return;
  }
  if ((field & TEXTS) != 0) reader.readText();
  else reader.readBytes();
  store<u32>(VALUES + at, reader.stringBytes);
  store<u32>(POINTERS + at, <u32>reader.stringPtr);
}

function fieldRead(): u32 {
  if (reader.stringIs('d')) return Field.Data;
  if (reader.stringIs('s')) return Field.Session;
  if (reader.stringIs('n')) return Field.Number;
  if (reader.stringIs('part')) return Field.Part;
  if (reader.stringIs('key')) return Field.Key;
  if (reader.stringIs('kcv')) return Field.CheckValue;
  if (reader.stringIs('operator')) return Field.Operator;
  if (reader.stringIs('admin')) return Field.Administrator;
  if (reader.stringIs('who')) return Field.Who;
  if (reader.stringIs('password')) return Field.Password;
  return Field.Unknown;
}
