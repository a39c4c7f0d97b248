import type { ResetCause } from '../../assembly/protocol.js';

/** How a terminal failed before, kept through power cuts: docs/HAL.md, from `failures` on. */
export interface Failures {
  readonly failures: number;
  readonly lastFailure: ResetCause;
  /** Offset in the firmware, 0 if it is not known. */
  readonly failedAt: number;
}

/** Keeps what the firmware asks of its earlier failures. */
export interface FailureBacking {
  /** Undefined if there was no failure yet. */
  read(): Failures | undefined;
  /** Returns when it is durable. If it throws, it is kept until the process ends. */
  write(failures: Failures): void;
}
