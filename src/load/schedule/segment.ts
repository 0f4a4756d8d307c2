/**
 * Execution segments: how a test is divided so that parts of it can run apart and together are the whole. The
 * arithmetic is k6's: a segment is a part (from, to] of 0..1, and the indices of a test (of VUs, of iterations) are
 * dealt to the segments of a sequence in stripes as long as the common denominator of the segments' lengths.
 */

/** A rational number, reduced; the denominator is positive. */
export type Ratio = { readonly numerator: bigint; readonly denominator: bigint };

export type Segment = { readonly from: Ratio; readonly to: Ratio };

/** The indices of one segment: `start`, then on by `offsets` in turn, which sum up to `length`. */
export type Stripes = {
  readonly start: number;
  readonly offsets: readonly number[];
  readonly length: number;
};

/** Beyond this a sequence's common denominator is a slip, and its tables would not fit. */
const MAX_LENGTH = 1_000_000n;

const zero: Ratio = { numerator: 0n, denominator: 1n };
const one: Ratio = { numerator: 1n, denominator: 1n };

/** A ratio from "1/3", "0.25", "20%" or "1". Throws a RangeError for anything else and for what is not in 0..1. */
export function parseRatio(text: string): Ratio {
  const ratio = readRatio(text.trim());
  if (ratio === undefined || less(ratio, zero) || less(one, ratio)) {
    throw new RangeError(`${JSON.stringify(text)} is not a share from 0 to 1, for example 1/3, 0.25 or 20%`);
  }
  return ratio;
}

function readRatio(text: string): Ratio | undefined {
  const fraction = /^(\d+)\/(\d+)$/.exec(text);
  if (fraction !== null) return ratioOf(BigInt(fraction[1] ?? 0), BigInt(fraction[2] ?? 0));
  const decimal = /^(\d*)(?:\.(\d*))?(%?)$/.exec(text);
  const [, whole = '', digits = '', percent = ''] = decimal ?? [];
  if (whole + digits === '') return undefined;
  const scale = 10n ** BigInt(digits.length) * (percent === '%' ? 100n : 1n);
  return ratioOf(BigInt(whole + digits), scale);
}

function ratioOf(numerator: bigint, denominator: bigint): Ratio | undefined {
  if (denominator === 0n) return undefined;
  const divisor = gcd(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? (a === 0n ? 1n : a) : gcd(b, a % b);
}

function less(a: Ratio, b: Ratio): boolean {
  return a.numerator * b.denominator < b.numerator * a.denominator;
}

function same(a: Ratio, b: Ratio): boolean {
  return a.numerator === b.numerator && a.denominator === b.denominator;
}

/** A segment from "a:b", or from "b", which is "0:b". Throws a RangeError when it is empty or no segment. */
export function parseSegment(text: string): Segment {
  const parts = text.split(':');
  if (parts.length > 2) throw new RangeError(`${JSON.stringify(text)} is not a segment: write from:to`);
  const [first = '', second] = parts;
  const segment =
    second === undefined
      ? { from: zero, to: parseRatio(first) }
      : { from: parseRatio(first), to: parseRatio(second) };
  if (!less(segment.from, segment.to)) {
    throw new RangeError(`the segment ${JSON.stringify(text)} is empty: its end must lie after its start`);
  }
  return segment;
}

/** Segments one after the other from "0,1/3,2/3,1". Throws a RangeError when the values do not grow. */
export function parseSequence(text: string): Segment[] {
  const values = text.split(',').map(parseRatio);
  const sequence = values.slice(1).map((to, i) => ({ from: values[i] ?? zero, to }));
  if (sequence.length === 0 || sequence.some(({ from, to }) => !less(from, to))) {
    throw new RangeError(
      `${JSON.stringify(text)} is not a sequence of segments: write growing shares, for example 0,1/3,2/3,1`,
    );
  }
  return sequence;
}

/**
 * The sequence that a segment stands in, and its place there. Without a sequence the rest before and after it are
 * one segment each, as in k6. Throws a RangeError when the sequence does not hold the segment.
 */
export function placeOf(segment: Segment, sequence: readonly Segment[] | undefined): Division {
  const whole = sequence ?? around(segment);
  const at = whole.findIndex(({ from, to }) => same(from, segment.from) && same(to, segment.to));
  if (at < 0) throw new RangeError('the execution segment is not one of the execution segment sequence');
  return { lengths: whole.map(distance), at };
}

function around(segment: Segment): Segment[] {
  const before = same(segment.from, zero) ? [] : [{ from: zero, to: segment.from }];
  const after = same(segment.to, one) ? [] : [{ from: segment.to, to: one }];
  return [...before, segment, ...after];
}

function distance({ from, to }: Segment): Ratio {
  return (
    ratioOf(
      to.numerator * from.denominator - from.numerator * to.denominator,
      to.denominator * from.denominator,
    ) ?? zero
  );
}

/** A test cut into parts of these lengths, and which of them is meant. */
export type Division = { readonly lengths: readonly Ratio[]; readonly at: number };

/** How much of the whole a division's part is, 0 to 1. */
export function lengthOf({ lengths, at }: Division): number {
  const { numerator, denominator } = lengths[at] ?? zero;
  return Number(numerator) / Number(denominator);
}

/** One of `count` equal parts. */
export function equalPart(count: number, at: number): Division {
  return {
    lengths: Array.from({ length: count }, () => ({ numerator: 1n, denominator: BigInt(count) })),
    at,
  };
}

/**
 * The stripes of a division's part; undefined when that part is empty. Index i goes to the longest part (the first
 * of equal ones) whose share is not ahead of i. Throws a RangeError when the stripes would be absurdly long.
 */
export function stripesOf({ lengths, at }: Division): Stripes | undefined {
  const denominator = lengths.reduce((all, { denominator: own }) => (all * own) / gcd(all, own), 1n);
  const numerators = lengths.map((length) => (length.numerator * denominator) / length.denominator);
  const divisor = numerators.reduce((all, own) => gcd(all, own), denominator);
  const length = denominator / divisor;
  if (length > MAX_LENGTH) {
    throw new RangeError('the execution segments have no common denominator below a million');
  }
  return deal(
    numerators.map((numerator) => Number(numerator / divisor)),
    Number(length),
    at,
  );
}

function deal(shares: readonly number[], length: number, at: number): Stripes | undefined {
  const order = shares
    .map((share, part) => ({ share, part, dealt: 0 }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share);
  const own: number[] = [];
  for (let index = 0; index < length; index++) {
    const next = order.find(({ share, dealt }) => dealt * length <= index * share && dealt < share);
    if (next === undefined) continue;
    next.dealt++;
    if (next.part === at) own.push(index);
  }
  const [start] = own;
  if (start === undefined) return undefined;
  const offsets = own.map((index, i) => (own[i + 1] ?? start + length) - index);
  return { start, offsets, length };
}

/** How many of the indices 0 to `count - 1` are the part's. */
export function scale({ start, offsets, length }: Stripes, count: number): number {
  if (!Number.isFinite(count)) return count;
  if (count <= start) return 0;
  const rounds = Math.floor((count - start) / length);
  let scaled = rounds * offsets.length;
  let index = start + rounds * length;
  for (let i = 0; index < count; i++) {
    scaled++;
    index += offsets[i % offsets.length] ?? length;
  }
  return scaled;
}

/** The index that is the part's `k`-th, from 0: the inverse of `scale`. */
export function unscale({ start, offsets, length }: Stripes, k: number): number {
  const inRound = k % offsets.length;
  let index = start + ((k - inRound) / offsets.length) * length;
  for (let i = 0; i < inRound; i++) index += offsets[i] ?? 0;
  return index;
}

/**
 * The division that results when `count` indivisible things (VUs) are dealt by `division`: what executors whose VUs
 * share one schedule cut that schedule by, so that each part's share of it follows its share of the VUs.
 */
export function divisionOf(count: number, division: Division): Division {
  const { lengths, at } = division;
  const shares = lengths.map((_, part) => {
    const stripes = stripesOf({ lengths, at: part });
    return stripes === undefined ? 0 : scale(stripes, count);
  });
  const whole = BigInt(Math.max(1, count));
  return {
    lengths: shares.map((share) => ratioOf(BigInt(share), whole) ?? zero),
    at,
  };
}
