const FACTOR = 1000;

/** Three decimals: what a plot can show, in half the bytes. */
export const rounded = (value: number): number => Math.round(value * FACTOR) / FACTOR;
