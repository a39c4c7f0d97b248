import { Text } from '../../build/generated/menu';
import * as hal from '../hal';
import { CHECK_VALUE, isKeyed, takeCheckValue } from '../keys/slots';
import { Beep, Key, KeySlot, Size } from '../protocol';
import { generation } from '../store/journal';
import { REPLY } from '../scratch';
import { putParagraph, putQr } from './canvas';
import { addItem } from './list-page';
import { add, addNumber, addPoint, addSpaces } from './paragraph';
import { goBack } from './place';
import { contrast, Language, setContrast, setLanguage } from './settings';
import { addText } from './texts';

// Language, contrast, information, self-test.

export function drawLanguage(): void {
  addItem(1);
  addText(Text.Chinese);
  putParagraph();
  addItem(2);
  addText(Text.English);
  putParagraph();
}

export function languageKey(key: i32): void {
  if (key != Key.Digit1 && key != Key.Digit2) return;
  setLanguage(key == Key.Digit1 ? Language.Chinese : Language.English);
  goBack();
}

export function drawContrast(): void {
  addNumber(contrast);
  putParagraph();
  addText(Text.UpDown);
  putParagraph();
}

export function contrastKey(key: i32): void {
  if (key == Key.Up) setContrast(contrast + 1);
  if (key == Key.Down) setContrast(contrast - 1);
}

export function drawInformation(): void {
  addText(Text.Serial);
  addSpaces(1);
  add(REPLY, max(hal.serial_number(REPLY, Size.SerialMax), 0));
  putParagraph();
  addLabelled(Text.Hal, Size.HalVersion);
  addText(Text.Keys);
  addSpaces(1);
  if (isKeyed() && takeCheckValue(KeySlot.Master)) {
    for (let i = 0; i < Size.CheckValue; i++) addHex(load<u8>(CHECK_VALUE + i));
  } else addText(Text.No);
  putParagraph();
  addLabelled(Text.Generation, generation);
  addLabelled(Text.Starts, hal.failures());
}

/** The serial number as a QR code, for the bank's staff to scan. False if the screen has none. */
export function showCode(): bool {
  return putQr(REPLY, max(hal.serial_number(REPLY, Size.SerialMax), 0));
}

/** The same as text. */
export function drawCode(): void {
  add(REPLY, max(hal.serial_number(REPLY, Size.SerialMax), 0));
  putParagraph();
}

function addLabelled(label: i32, value: u32): void {
  addText(label);
  addSpaces(1);
  addNumber(value);
  putParagraph();
}

function addHex(byte: u32): void {
  addPoint(hexDigit(byte >> 4));
  addPoint(hexDigit(byte & 0x0f));
}

function hexDigit(value: u32): i32 {
  return value < 10 ? 0x30 + value : 0x61 - 10 + value;
}

const NOT_RUN: i32 = -1;
/** What the last self-test came to. */
let result: i32 = NOT_RUN;

export function leaveSelfTest(): void {
  result = NOT_RUN;
}

export function drawSelfTest(): void {
  addText(result == NOT_RUN ? Text.EnterStarts : result == 0 ? Text.Passed : Text.Failed);
  if (result > 0) {
    addSpaces(1);
    addNumber(result);
  }
  putParagraph();
}

export function selfTestKey(key: i32): void {
  if (key != Key.Enter) return;
  result = hal.self_test();
  hal.beep(result == 0 ? Beep.Done : Beep.Refused);
}
