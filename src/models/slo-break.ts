import { isotonic } from './isotonic.ts';
import { Random } from './random.ts';

/** A span of a run: requests per second in it, how many it had, and how many of them took longer than the target. */
export type Span = { rate: number; requests: number; late: number };

/**
 * Where a latency target breaks, in requests per second. `broke`: between the highest rate that kept it and the lowest
 * that did not, with a 95 % interval, whose upper end is null when the data do not bound it. `held`: kept up to `rate`,
 * the highest there was. `never`: missed from `rate`, the lowest there was, on.
 */
export type SloBreak =
  | { kind: 'broke'; rate: number; low: number; high: number | null }
  | { kind: 'held' | 'never'; rate: number };

const LEVEL = 0.95;
const REPLICATES = 400;

/**
 * The rate at which more than `allowed` of the requests are late (0.01 for a 99th percentile), when the share of late
 * requests may only grow with the rate: isotonic regression over `spans`. The interval is a parametric bootstrap:
 * counts drawn around the fitted shares, as overdispersed as the measured ones; drawing the spans themselves anew
 * covers too little, since the fit is a step between few of them (B. Sen, M. Banerjee, M. Woodroofe, Inconsistency of
 * bootstrap: the Grenander estimator, 2010). Throws a RangeError without spans, or for a span without requests.
 */
export function sloBreak(spans: readonly Span[], allowed: number, seed: number): SloBreak {
  if (spans.length === 0) throw new RangeError('there must be at least one span');
  const sorted = spans.toSorted((a, b) => a.rate - b.rate);
  const shares = sharesOf(sorted);
  const rate = crossing(sorted, shares, allowed);
  if (rate === undefined) {
    const kind = (shares[0] as number) > allowed ? 'never' : 'held';
    return { kind, rate: (kind === 'held' ? (sorted.at(-1) as Span) : (sorted[0] as Span)).rate };
  }
  const random = new Random(seed);
  const spread = dispersion(sorted, shares);
  const replicates = Array.from({ length: REPLICATES }, () => {
    const drawn = sorted.map((span, i) => {
      const expected = (shares[i] as number) * span.requests;
      return { ...span, late: Math.min(span.requests, spread * random.poisson(expected / spread)) };
    });
    const again = sharesOf(drawn);
    const missed = (again[0] as number) > allowed;
    return crossing(drawn, again, allowed) ?? (missed ? (sorted[0] as Span).rate : Number.POSITIVE_INFINITY);
  }).sort((a, b) => a - b);
  // Interpolation between neighbours has no meaning next to infinity: these are ranks.
  const low = replicates[Math.floor(((1 - LEVEL) / 2) * REPLICATES)] as number;
  const high = replicates[Math.ceil(((1 + LEVEL) / 2) * REPLICATES) - 1] as number;
  return {
    kind: 'broke',
    rate,
    low: Math.min(low, rate),
    high: Number.isFinite(high) ? Math.max(high, rate) : null,
  };
}

/** The share of late requests at the rate of each span, smallest rate first. */
function sharesOf(sorted: readonly Span[]): number[] {
  return isotonic(
    sorted.map(({ late, requests }) => late / requests),
    sorted.map(({ requests }) => requests),
  );
}

/** Between the last span that kept the target and the first that did not; undefined when there are not both. */
function crossing(sorted: readonly Span[], shares: readonly number[], allowed: number): number | undefined {
  const first = shares.findIndex((share) => share > allowed);
  const [kept, broken] = [sorted[first - 1], sorted[first]];
  if (kept === undefined || broken === undefined) return undefined;
  const [below, above] = [shares[first - 1] as number, shares[first] as number];
  return kept.rate + ((allowed - below) / (above - below)) * (broken.rate - kept.rate);
}

/** By how much the counts vary more than those of independent requests: Pearson's statistic per span, at least 1. */
function dispersion(sorted: readonly Span[], shares: readonly number[]): number {
  const terms = sorted.flatMap(({ late, requests }, i) => {
    const expected = (shares[i] as number) * requests;
    return expected > 0 ? [(late - expected) ** 2 / expected] : [];
  });
  return Math.max(1, terms.reduce((sum, term) => sum + term, 0) / Math.max(1, terms.length - 1));
}
