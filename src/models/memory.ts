import { blockLength, movingBlocks } from './bootstrap.ts';
import { dot, scaledCondition } from './linear.ts';
import { nnls } from './nnls.ts';
import { quantile } from './quantile.ts';
import { Random } from './random.ts';

/**
 * Resident memory of a replica: what it takes idle, with each open connection, with each request in flight, and what
 * it loses by the second. A linear model with non-negative terms, fitted over readings of all replicas; intervals from
 * a moving-block bootstrap of the residuals, in long blocks because memory is given back late.
 */
export type MemoryReading = {
  /** Which replica, and the seconds since it was first read. */
  replica: string;
  t: number;
  bytes: number;
  connections: number;
  inFlight: number;
};

export type MemoryTerm = { value: number; low: number; high: number };

export type MemoryModel = {
  base: MemoryTerm;
  /** Bytes of a connection and of a request in flight, bytes lost per second; null where the readings do not tell. */
  perConnection: MemoryTerm | null;
  perRequest: MemoryTerm | null;
  leak: MemoryTerm | null;
};

type Name = 'connections' | 'inFlight' | 't';

/** Readings needed, collinearity allowed (Belsley, Kuh and Welsch, 1980), and variation that must be explained. */
const FEWEST = 20;
const MAX_CONDITION = 30;
const CONVINCING = 0.5;
/** Seconds before a rise is called a leak: a heap and caches take minutes to reach their size. */
export const LEAK_SECONDS = 600;
/** What was lost must be this share of the base, and go on in the second half at this share of its rate or more. */
const LEAK_SHARE = 0.05;
const LEAK_GOES_ON = 0.6;
const REPLICATES = 200;
const LEVEL = 0.95;

/** Undefined when the readings tell nothing but how much memory there was. Throws a RangeError for numbers that cannot be. */
export function fitMemory(readings: readonly MemoryReading[], seed: number): MemoryModel | undefined {
  for (const { t, bytes, connections, inFlight } of readings) {
    if (![t, bytes, connections, inFlight].every((value) => Number.isFinite(value) && value >= 0)) {
      throw new RangeError('a reading of memory holds finite numbers of zero or more');
    }
  }
  if (readings.length < FEWEST) return undefined;
  const long = Math.max(...readings.map(({ t }) => t)) >= LEAK_SECONDS;
  let names = separable(readings, long ? ['connections', 'inFlight', 't'] : ['connections', 'inFlight']);
  if (names.includes('t') && !leaks(readings, names, seed)) names = names.filter((name) => name !== 't');
  if (names.length === 0) return undefined;
  const { terms, explained } = fitTerms(readings, names, seed);
  if (explained < CONVINCING) return undefined;
  const term = (name: Name) => {
    const found = names.includes(name) ? terms[names.indexOf(name) + 1] : undefined;
    return found !== undefined && found.low > 0 ? found : null;
  };
  const model = { perConnection: term('connections'), perRequest: term('inFlight'), leak: term('t') };
  if (Object.values(model).every((each) => each === null)) return undefined;
  return { base: terms[0] as MemoryTerm, ...model };
}

/** The names whose columns vary, and differ from each other: two that move as one are both left out. */
function separable(readings: readonly MemoryReading[], names: readonly Name[]): Name[] {
  const apart = (own: readonly Name[]) => scaledCondition(designOf(readings, own)) <= MAX_CONDITION;
  const varying = names.filter((name) => apart([name]));
  return varying.filter((name) => varying.every((other) => other === name || apart([name, other])));
}

/** A rise that is large, more than chance, and no slower at the end. */
function leaks(readings: readonly MemoryReading[], names: readonly Name[], seed: number): boolean {
  const at = names.indexOf('t') + 1;
  const { terms } = fitTerms(readings, names, seed);
  const [base, leak] = [terms[0] as MemoryTerm, terms[at] as MemoryTerm];
  const span = Math.max(...readings.map(({ t }) => t));
  if (!(leak.low > 0) || leak.value * span < LEAK_SHARE * base.value) return false;
  const late = readings.filter(({ t }) => t >= span / 2);
  if (late.length < FEWEST || scaledCondition(designOf(late, names)) > MAX_CONDITION) return false;
  const bytes = late.map((reading) => reading.bytes);
  return (nnls(designOf(late, names), bytes).x[at] ?? 0) >= LEAK_GOES_ON * leak.value;
}

function designOf(readings: readonly MemoryReading[], names: readonly Name[]): number[][] {
  return readings.map((reading) => [1, ...names.map((name) => reading[name])]);
}

function fitTerms(
  readings: readonly MemoryReading[],
  names: readonly Name[],
  seed: number,
): { terms: MemoryTerm[]; explained: number } {
  const design = designOf(readings, names);
  const bytes = readings.map((reading) => reading.bytes);
  const { x } = nnls(design, bytes);
  const fitted = design.map((row) => dot(row, x));
  const errors = bytes.map((value, t) => value - (fitted[t] as number));
  const random = new Random(seed);
  const block = Math.max(blockLength(errors.length), Math.floor(errors.length / 8));
  const replicates = Array.from({ length: REPLICATES }, () => {
    const rows = movingBlocks(errors.length, block, random);
    return nnls(
      design,
      fitted.map((value, t) => value + (errors[rows[t] as number] as number)),
    ).x;
  });
  const terms = x.map((value, j) => {
    const own = replicates.map((replicate) => replicate[j] as number);
    return {
      value,
      low: Math.min(value, quantile(own, (1 - LEVEL) / 2)),
      high: Math.max(value, quantile(own, (1 + LEVEL) / 2)),
    };
  });
  return { terms, explained: shareExplained(bytes, errors) };
}

function shareExplained(values: readonly number[], errors: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const around = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return around === 0 ? 0 : 1 - errors.reduce((sum, error) => sum + error ** 2, 0) / around;
}
