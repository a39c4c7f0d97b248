/** Prints an event on one line, with the time, and its details below. */
export function log(text: string, details: readonly string[] = []): void {
  const time = new Date().toTimeString().slice(0, 8);
  process.stdout.write([`${time}  ${text}`, ...details.map((line) => `          ${line}`), ''].join('\n'));
}

/** The seconds since `began`, a value of `performance.now`. */
export const secondsSince = (began: number): string => `${((performance.now() - began) / 1000).toFixed(2)} s`;
