/** A place in the sources of the firmware. Absent parts are unknown. */
export interface Place {
  /** With its module: `assembly/link/frame/takeByte`. */
  readonly function?: string | undefined;
  readonly file?: string | undefined;
  /** Counts from 1. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** Returns the place of an offset in the firmware's file. */
export type Locate = (offset: number) => Place;

/** `function (file:line:column)`, without the unknown parts; undefined if all are unknown. */
export function placeText({ function: name, file, line, column }: Place): string | undefined {
  const where = [file, line, column].filter((part) => part !== undefined).join(':');
  if (name === undefined) return where === '' ? undefined : where;
  return where === '' ? name : `${name} (${where})`;
}

/** The calls that led to a trap, the innermost first: each is a place, or else an offset. */
export function callsOf(trap: unknown, locate: Locate = () => ({})): string[] {
  return offsetsOf(trap).map((offset) => {
    const place = placeText(locate(offset));
    return place === undefined ? `at 0x${offset.toString(16)}` : `in ${place}`;
  });
}

/** Offsets in the firmware's file, read from V8's text of a trap, the innermost call first. */
export function offsetsOf(trap: unknown): number[] {
  const stack = String((trap as Partial<Error> | undefined)?.stack);
  return [...stack.matchAll(/wasm-function\[\d+\]:0x([0-9a-f]+)/g)].map(([, offset = '']) => parseInt(offset, 16));
}
