/** What a worker thread is given when it starts. */
export interface Task {
  /** Path of the firmware. */
  readonly wasm: string;
  readonly every: number;
}

/** What a worker thread tells. */
export type Message =
  /** Cases that ended since it told last. */
  | { readonly kind: 'cases'; readonly cases: number }
  /** A case that failed, and why. */
  | { readonly kind: 'failure'; readonly id: string; readonly message: string }
  /** The geometry that it was told last has no more cases. */
  | { readonly kind: 'done' };
