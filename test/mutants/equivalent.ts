import type { TokenMutant } from './tokens.js';

/**
 * A mutant that does the same as the firmware, though its binary is another one. It is named by
 * its text, so that the list outlives edits elsewhere in the file.
 */
export interface Equivalent extends Pick<TokenMutant, 'file' | 'text' | 'from' | 'to'> {
  readonly why: string;
}

export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: 'assembly/cbor/item.ts',
    text: 'const inner = itemsAwaited(<u32>(end - at));',
    from: '-',
    to: '+',
    why: 'a container that announces too many items is refused all the same, where the input ends',
  },
];

export function whyEquivalent({ file, text, from, to }: TokenMutant): string | undefined {
  return EQUIVALENT.find((one) => one.file === file && one.text === text && one.from === from && one.to === to)?.why;
}
