import * as hal from '../hal';
import { Register } from '../protocol';

// What a person sets at the menu. It lasts.

export enum Language {
  Chinese = 0,
  English = 1,
}

const KEPT: usize = memory.data(2, 1);
export const CONTRAST_MAX: i32 = 15;
const CONTRAST_USUAL: u8 = 8;

export let language: Language = Language.Chinese;
export let contrast: i32 = 0;

export function readSettings(): void {
  memory.fill(KEPT, 0, 2);
  hal.register_get(Register.Menu, KEPT, 2);
  language = load<u8>(KEPT) == Language.English ? Language.English : Language.Chinese;
  // Kept as what differs from the usual contrast, so that zeros are the usual settings.
  contrast = (load<u8>(KEPT, 1) ^ CONTRAST_USUAL) & CONTRAST_MAX;
  hal.screen_contrast(contrast);
}

/** Returns whether it was kept. */
export function setLanguage(to: Language): bool {
  language = to;
  return keep();
}

/** Returns whether it was kept. */
export function setContrast(to: i32): bool {
  contrast = max(min(to, CONTRAST_MAX), 0);
  hal.screen_contrast(contrast);
  return keep();
}

function keep(): bool {
  store<u8>(KEPT, language);
  store<u8>(KEPT, (<u8>contrast) ^ CONTRAST_USUAL, 1);
  return hal.register_set(Register.Menu, KEPT, 2) >= 0;
}
