/**
 * The controller's integer arithmetic. Sums of milli-units are exact up to 2^53, which is nine terabytes of memory in
 * milli-bytes; above that they are doubles, as the controller's own ratios are.
 */
const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

/**
 * A double as Go's `int32(value)`: truncated. Outside int32 it stops at the edge if `capped`, and otherwise does what
 * compiled Go does on x86-64: to int64, and the lower half of it.
 */
export function toInt32(value: number, capped: boolean): number {
  if (value <= INT32_MAX && value >= INT32_MIN) return value | 0;
  if (capped) return value > INT32_MAX ? INT32_MAX : INT32_MIN;
  return Math.abs(value) < 2 ** 63 ? value | 0 : 0;
}

/** `100 part / whole`, truncated to whole percent, as int64 division does. */
export function percentOf(part: number, whole: number): number {
  const scaled = part * 100;
  if (Number.isSafeInteger(scaled)) return Math.trunc(scaled / whole);
  return Number((BigInt(part) * 100n) / BigInt(whole));
}

/** `percent` of `whole`, truncated. */
export function shareOf(whole: number, percent: number): number {
  const scaled = whole * percent;
  if (Number.isSafeInteger(scaled)) return Math.trunc(scaled / 100);
  return Number((BigInt(whole) * BigInt(percent)) / 100n);
}

/** `total / count`, truncated. */
export function meanOf(total: number, count: number): number {
  return Math.trunc(total / count);
}
