/** A property that does not hold. */
export class Violation extends Error {}

/** A name or an id that names nothing. */
export class Unknown extends Error {}
