/** Where other programs reach a terminal. */
export interface Endpoint {
  /** Address for `linkFromAddress`. */
  readonly address: string;
  /** False while a fault or `unplug` keeps the line out. */
  readonly isPlugged: boolean;
  /** Pulls the line: connections end, and none opens before `replug`. */
  unplug(): Promise<void>;
  /** Plugs the line in again. Codes: as when the endpoint was made. */
  replug(): Promise<void>;
  /** Closes it and its connections. */
  close(): Promise<void>;
}
