/** What people and keyboards use for an apostrophe; U+02BB and U+02BC are letters of names. */
const APOSTROPHES = /[\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u2032\u00b4\u0060\uff07]/g;
/** Dots between the parts of a name, as keyboards of China, Japan and Greece have them. */
const DOTS = /[\u2022\u2027\u30fb\uff65\u0387\u2219\u22c5]/g;
const HYPHENS = /[\u2010\u2011\uff0d]/g;
const SPACES = /[\u00a0\u202f\u3000]/g;

/**
 * Returns a holder's name with one form for what looks the same: letters composed (Unicode's NFC),
 * one apostrophe (U+0027), one dot (U+00B7), one hyphen and one space. The terminal compares names
 * by their characters, so all names go through here before they are sent or recorded.
 */
export function normalizedName(name: string): string {
  return name.normalize('NFC').replace(APOSTROPHES, "'").replace(DOTS, '·').replace(HYPHENS, '-').replace(SPACES, ' ');
}
