/** A number with what it counts: `1 slot`, `3 slots`, `0 tries`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
