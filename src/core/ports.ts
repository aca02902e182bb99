/** Milliseconds since the Unix epoch; a Clock's readings never go backwards. */
export type Millis = number;

/** The only source of time the core may use. */
export interface Clock {
  now(): Millis;
}

/** The only source of chance the core may use: a number in [0, 1). */
export interface Random {
  next(): number;
}
