/** A property does not hold. */
export class Violation extends Error {}

/** A name or an id stands for nothing. */
export class Unknown extends Error {}
