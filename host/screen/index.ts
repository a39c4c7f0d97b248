/**
 * The screen and the keypad of a terminal: what it shows, as text, as a picture and on a VT100;
 * and the keys of a keyboard that stand for its own. It runs in Node and in a browser.
 *
 * @module octobind/screen
 */

export { Key } from '../../assembly/protocol.js';
export { type Bitmap, pixels } from './bitmap.js';
export { cellsOf } from './cells.js';
export { type KeyName, KEYBOARD, KeyReader } from './keys.js';
export { montage, type MontageOptions, type Page } from './montage.js';
export { type Colour, type Colours, LCD, png, type PngOptions } from './png.js';
export { type Cursor, type Line, type RowAttributes, rowTexts, Screen, type ScreenState } from './screen.js';
export { ansi, vt100 } from './shell.js';
