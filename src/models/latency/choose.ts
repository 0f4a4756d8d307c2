import { quantile } from '../quantile.ts';
import { type Candidate, candidatesFor, type Replica } from './fit.ts';
import type { Observation } from './observation.ts';
import { checkUtilisation, type LatencyModel, latencyOf, type ModelName, odds } from './shapes.ts';

/** A model fitted to all observations. */
export type FittedModel = {
  readonly model: ModelName;
  readonly latency: LatencyModel;
  /**
   * How far off it was, as a share, at utilisations above those that it was fitted to: from the root of the mean square of
   * the logarithm of foretold over observed.
   */
  readonly error: number;
  /** The logarithm of the factor by which it may be off within the range that was observed, either way. */
  readonly spread: number;
  /** Those that were free. */
  readonly parameters: number;
};

/** `model` to `parameters` are those of the chosen model. */
export type LatencyFit = FittedModel & {
  readonly quantile: number;
  /** Every model, the least error first. */
  readonly candidates: readonly FittedModel[];
  /** The range of utilisation that was observed. */
  readonly from: number;
  readonly to: number;
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
 * forecasts are back-tested from a rolling origin). `candidates` may be made once for observations of several classes.
 * Throws a RangeError for fewer than five observations, or one that is not above 0.
 */
export function chooseLatency(
  observations: readonly Observation[],
  replica: Replica,
  candidates: readonly Candidate[] = candidatesFor(replica),
): LatencyFit {
  const sorted = observations.toSorted((a, b) => a.utilisation - b.utilisation);
  checkObservations(sorted);
  const fitted = candidates
    .map((candidate) => judge(candidate, sorted, replica.quantile))
    .toSorted((a, b) => a.error - b.error);
  return {
    ...simplestGood(fitted),
    quantile: replica.quantile,
    candidates: fitted,
    from: (sorted[0] as Observation).utilisation,
    to: (sorted.at(-1) as Observation).utilisation,
    observations: sorted,
  };
}

/**
 * One model for all quantiles of the same requests, which stood in the same queue: the one whose errors are least
 * together. A high quantile alone is told by few requests, and follows their chance.
 */
export function chooseTogether(fits: readonly LatencyFit[]): LatencyFit[] {
  const models = fits[0]?.candidates ?? [];
  const together = models.map(({ model, parameters }) => {
    const squares = fits.map((fit) => candidateOf(fit, model).error ** 2);
    return {
      model,
      parameters,
      error: Math.sqrt(squares.reduce((sum, each) => sum + each, 0) / fits.length),
    };
  });
  if (together.length === 0) return [];
  const { model } = simplestGood(together);
  return fits.map((fit) => ({ ...fit, ...candidateOf(fit, model) }));
}

function candidateOf({ candidates }: LatencyFit, model: ModelName): FittedModel {
  const found = candidates.find((each) => each.model === model);
  if (found === undefined) throw new RangeError(`${model} was not fitted to every quantile`);
  return found;
}

/** Of those that are hardly worse than the best, the one with the fewest parameters. */
function simplestGood<T extends { readonly error: number; readonly parameters: number }>(
  all: readonly T[],
): T {
  const least = Math.min(...all.map(({ error }) => error));
  const [chosen] = all
    .filter(({ error }) => error <= least * NO_WORSE + ALIKE)
    .toSorted((a, b) => a.parameters - b.parameters || a.error - b.error);
  if (chosen === undefined) throw new RangeError('no model fits these observations');
  return chosen;
}

/**
 * The quantile at a utilisation, and the interval that it may lie in: within what was observed as wide as the residuals
 * and what was foretold were off, and beyond that wider in proportion to the odds u / (1 - u), as waits grow. A quota
 * that is not used up leaves no trace in latencies: of a replica that may be throttled, beyond what was observed, the
 * slower of the chosen and the throttled model is foretold, and the interval holds both.
 */
export function predictLatency(
  fit: Pick<LatencyFit, 'quantile' | 'latency' | 'candidates' | 'to' | 'spread'>,
  utilisation: number,
): Prediction {
  checkUtilisation(utilisation);
  const value = latencyOf(fit.latency, fit.quantile, utilisation);
  const throttled = fit.candidates.find(({ model }) => model === 'throttled');
  const other =
    throttled === undefined || utilisation <= fit.to
      ? value
      : latencyOf(throttled.latency, fit.quantile, utilisation);
  const factor = Math.exp(fit.spread * Math.max(1, odds(utilisation) / odds(fit.to)));
  const slower = Math.max(value, other);
  return { value: slower, low: Math.min(value, other) / factor, high: slower * factor };
}

/** A model fitted to all observations, and how far off it was at those above what it was fitted to before. */
function judge(candidate: Candidate, sorted: readonly Observation[], q: number): FittedModel {
  const offs: number[] = [];
  let [squares, weight] = [0, 0];
  for (let known = Math.max(3, Math.ceil(sorted.length / 2)); known < sorted.length; known++) {
    const latency = candidate.fit(sorted.slice(0, known));
    for (const { utilisation, seconds, count } of sorted.slice(known)) {
      // The logarithm, because half is as far off as double: else what always foretells too little would look better.
      const off = Math.abs(Math.log(latencyOf(latency, q, utilisation) / seconds));
      squares += count * off * off;
      weight += count;
      offs.push(off);
    }
  }
  const latency = candidate.fit(sorted);
  const residuals = sorted.map(({ utilisation, seconds }) =>
    Math.abs(Math.log(seconds / latencyOf(latency, q, utilisation))),
  );
  return {
    model: candidate.model,
    latency,
    error: Math.expm1(Math.sqrt(squares / weight)),
    spread: Math.max(LEAST_SPREAD, ...residuals, quantile(offs, 0.95)),
    parameters: candidate.parameters,
  };
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
