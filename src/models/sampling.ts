import { Random } from './random.ts';

/**
 * `count` numbers in (0, 1), one from each of as many equal parts, in an order of their own: a Latin hypercube when every
 * factor has its own `name` (M. McKay, R. Beckman, W. Conover, 1979). They depend on nothing but the name, the seed and
 * the count, so that a factor that is added leaves the draws of the others as they were. Throws a RangeError for a count
 * below 1.
 */
export function stratified(name: string, seed: number, count: number): Float64Array {
  if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`${count} is not a count of draws`);
  const random = new Random(nameHash(name) + 2 ** 32 * (seed % 2 ** 20));
  const draws = Float64Array.from({ length: count }, (_, i) => (i + random.uniform()) / count);
  // R. Fisher and F. Yates, in the form of R. Durstenfeld (1964).
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [draws[i], draws[j]] = [draws[j] as number, draws[i] as number];
  }
  return draws;
}

/** FNV-1a with 32 bits (G. Fowler, L. Noll, K. Vo). */
function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
  return hash >>> 0;
}

/**
 * The `q` quantile of the triangular distribution from `low` to `high` with its mode at `mid` (S. Kotz, J. van Dorp, Beyond
 * Beta, 2004). It never falls when any of the three rises. Throws a RangeError unless low <= mid <= high, and `q` is 0 to 1.
 */
export function triangularQuantile(q: number, low: number, mid: number, high: number): number {
  if (!(low <= mid && mid <= high))
    throw new RangeError(`${low}, ${mid}, ${high} are not in ascending order`);
  if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile ${q} is not between 0 and 1`);
  const width = high - low;
  if (width === 0) return mid;
  const below = (mid - low) / width;
  return q < below
    ? low + Math.sqrt(q * width * (mid - low))
    : high - Math.sqrt((1 - q) * width * (high - mid));
}
