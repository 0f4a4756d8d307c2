import { sortedQuantile } from '../quantile.ts';
import { type Candidate, candidatesFor, type Observation, type Replica } from './fit.ts';
import { checkUtilisation, type LatencyModel, latencyOf, type ModelName, odds } from './shapes.ts';

/** The root of the mean square of the relative error at utilisations above those that a model was fitted to. */
export type CandidateError = { readonly model: ModelName; readonly error: number };

export type LatencyFit = {
  readonly quantile: number;
  readonly latency: LatencyModel;
  /** That of the chosen model. */
  readonly error: number;
  /** Of every model, the least error first. */
  readonly candidates: readonly (CandidateError & { readonly latency: LatencyModel })[];
  /** The range of utilisation that was observed. */
  readonly from: number;
  readonly to: number;
  /** The logarithm of the factor by which the prediction may be off within that range, either way. */
  readonly spread: number;
  readonly observations: readonly Observation[];
};

export type Prediction = { readonly value: number; readonly low: number; readonly high: number };

/** Fewer observations leave nothing to be held out. */
export const FEWEST_OBSERVATIONS = 5;
/** A simpler model is chosen when it is at most this much worse, as a factor and on top of it. */
const NO_WORSE = 1.1;
const ALIKE = 0.003;
/** Latencies are kept in buckets of 0.8 %. */
const LEAST_SPREAD = 0.01;

/**
 * The model of a quantile of the response against utilisation, chosen by how well it foretells: each is fitted to the
 * observations of low utilisation and judged by those above them, from the lower half on, with one more every time (as
 * forecasts are back-tested from a rolling origin). Throws a RangeError for fewer than five observations, or one that is
 * not above 0.
 */
export function chooseLatency(observations: readonly Observation[], replica: Replica): LatencyFit {
  const sorted = observations.toSorted((a, b) => a.utilisation - b.utilisation);
  checkObservations(sorted);
  const judged = candidatesFor(replica).map((candidate) => ({
    ...candidate,
    ...foretold(candidate, sorted, replica.quantile),
  }));
  const least = Math.min(...judged.map(({ error }) => error));
  const good = judged.filter(({ error }) => error <= least * NO_WORSE + ALIKE);
  const [chosen] = good.toSorted((a, b) => a.parameters - b.parameters || a.error - b.error);
  if (chosen === undefined) throw new RangeError('no model fits observations that are not finite');
  const latency = chosen.fit(sorted);
  const residuals = sorted.map(({ utilisation, seconds }) =>
    Math.abs(Math.log(seconds / latencyOf(latency, replica.quantile, utilisation))),
  );
  return {
    quantile: replica.quantile,
    latency,
    error: chosen.error,
    candidates: judged
      .toSorted((a, b) => a.error - b.error)
      .map((each) => ({ model: each.model, error: each.error, latency: each.fit(sorted) })),
    from: (sorted[0] as Observation).utilisation,
    to: (sorted.at(-1) as Observation).utilisation,
    spread: Math.max(LEAST_SPREAD, ...residuals, sortedQuantile(chosen.offs, 0.95)),
    observations: sorted,
  };
}

/**
 * The quantile at a utilisation, and the interval that it may lie in: within what was observed as wide as the residuals
 * and what was foretold were off, and beyond that wider in proportion to the odds u / (1 - u), as waits grow.
 */
export function predictLatency(
  fit: Pick<LatencyFit, 'quantile' | 'latency' | 'to' | 'spread'>,
  utilisation: number,
): Prediction {
  checkUtilisation(utilisation);
  const value = latencyOf(fit.latency, fit.quantile, utilisation);
  const factor = Math.exp(fit.spread * Math.max(1, odds(utilisation) / odds(fit.to)));
  return { value, low: value / factor, high: value * factor };
}

/** How far off a model is above what it was fitted to. */
function foretold(candidate: Candidate, sorted: readonly Observation[], q: number) {
  const offs: number[] = [];
  let [squares, weight] = [0, 0];
  for (let known = Math.max(3, Math.ceil(sorted.length / 2)); known < sorted.length; known++) {
    const latency = candidate.fit(sorted.slice(0, known));
    for (const { utilisation, seconds, count } of sorted.slice(known)) {
      const predicted = latencyOf(latency, q, utilisation);
      squares += count * (predicted / seconds - 1) ** 2;
      weight += count;
      offs.push(Math.abs(Math.log(predicted / seconds)));
    }
  }
  return { error: Math.sqrt(squares / weight), offs: offs.sort((a, b) => a - b) };
}

function checkObservations(observations: readonly Observation[]): void {
  if (observations.length < FEWEST_OBSERVATIONS)
    throw new RangeError(`${observations.length} observations are fewer than ${FEWEST_OBSERVATIONS}`);
  for (const { utilisation, seconds, count } of observations) {
    checkUtilisation(utilisation);
    if (!(utilisation > 0)) throw new RangeError('at a utilisation of 0 there is no request to observe');
    if (!(seconds > 0 && count > 0 && Number.isFinite(seconds) && Number.isFinite(count)))
      throw new RangeError(`${seconds} s of ${count} requests is not an observation`);
  }
}
