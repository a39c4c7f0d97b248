/** Whom to call: paragraphs, if the bank's policy names somebody. */
export function putCall(): void {}
