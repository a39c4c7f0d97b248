/** What a worker thread is given when it starts: the numbers of its sequences. */
export interface Task {
  readonly first: number;
  readonly step: number;
  readonly sequences: number;
  /** Of the sequence with number 0. */
  readonly seed: number;
}

/** What a worker thread tells of a sequence. */
export interface Message {
  /** What differed. */
  readonly failure?: string | undefined;
  /** Lines of the trace, and how many there are of each kind. */
  readonly lines: number;
  readonly kinds: Readonly<Record<string, number>>;
}
