/** Domains that many formulas share: each throws a RangeError, with `what` in its text, for a value outside. */
export function checkAmount(what: string, value: number): void {
  if (!(value >= 0) || !Number.isFinite(value))
    throw new RangeError(`a ${what} of ${value} is not zero or more`);
}

export function checkAbove(what: string, value: number): void {
  if (!(value > 0) || !Number.isFinite(value))
    throw new RangeError(`a ${what} of ${value} is not above zero`);
}

/** A whole number of `least` or more. */
export function checkCount(what: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`a number of ${what} of ${value} is not a whole number of ${least} or more`);
}

/** The least whole number that is not below `value`, but for rounding errors of a quotient. */
export function wholeAbove(value: number): number {
  return Math.ceil(value * (1 - 1e-12));
}
