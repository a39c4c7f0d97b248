import { Size } from '../protocol';

/** The table as it is committed. */
const TABLE: usize = memory.data(544);
/** The table as a request would have it; `commit` takes from it the slots that change. */
export const NEXT: usize = memory.data(544);

/** Record of slot `index`, 0 to 7, in the table. */
export function slotAt(index: i32): usize {
  return TABLE + index * Size.Record;
}

/** Record of slot `index`, 0 to 7, in `NEXT`. */
export function nextAt(index: i32): usize {
  return NEXT + index * Size.Record;
}

/** Empties the table in memory; flash is the journal's. */
export function clearTable(): void {
  memory.fill(TABLE, 0, Size.Slots * Size.Record);
}
