/**
 * Compound growth. `rate` is the growth per period, 0.28 for 28 %, and may be negative down to -1; periods need not be
 * whole. Every function throws a RangeError outside its domain.
 */
export function grown(value: number, rate: number, periods: number): number {
  checkRate(rate);
  if (!Number.isFinite(periods)) throw new RangeError(`${periods} periods is not a finite number`);
  return value * (1 + rate) ** periods;
}

/** The rate per period at which `from` becomes `to` within `periods`. */
export function growthRate(from: number, to: number, periods: number): number {
  checkPositive(from, to);
  if (!(periods > 0)) throw new RangeError(`${periods} periods is not above zero`);
  return (to / from) ** (1 / periods) - 1;
}

/** The periods after which `from` reaches `to`; null when it moves away from it or stands still. */
export function periodsUntil(from: number, to: number, rate: number): number | null {
  checkPositive(from, to);
  checkRate(rate);
  if (from === to) return 0;
  const periods = Math.log(to / from) / Math.log1p(rate);
  return Number.isFinite(periods) && periods >= 0 ? periods : null;
}

function checkRate(rate: number): void {
  if (!(rate > -1) || !Number.isFinite(rate)) throw new RangeError(`a growth of ${rate} is not above -1`);
}

function checkPositive(...values: number[]): void {
  for (const value of values)
    if (!(value > 0) || !Number.isFinite(value)) throw new RangeError(`${value} is not above zero`);
}
