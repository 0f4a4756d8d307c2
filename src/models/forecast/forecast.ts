import {
  backTest,
  coverage,
  type Forecaster,
  meanAbsolute,
  origins,
  type Tested,
  widening,
} from './back-test.ts';
import { type Prediction, predictNaive, predictSmoothed } from './prediction.ts';
import { checkHorizon, naiveErrors } from './seasonal-naive.ts';
import { checkFinite, checkSeasons, holtWinters, simpleSmoothing } from './smoothing.ts';

const smoothings = {
  'simple-smoothing': (values: readonly number[]) => simpleSmoothing(values),
  'holt-winters-additive': (values: readonly number[], period: number) =>
    holtWinters(values, period, 'additive'),
  'holt-winters-multiplicative': (values: readonly number[], period: number) =>
    holtWinters(values, period, 'multiplicative'),
};

type Smoothing = keyof typeof smoothings;
export type Method = 'seasonal-naive' | Smoothing;

export type Score = {
  readonly method: Method;
  /** Mean absolute error over all origins and steps, in the unit of the values. */
  readonly mae: number;
  /** MASE, in the mean over the origins; null where the data before one repeat exactly. */
  readonly mase: number | null;
  /**
   * `mae` over that of the baseline at the same origins and steps: below 1 the baseline is beaten. MASE alone would
   * also blame a method for a long horizon or a restless end of the data. Null where the baseline is exact.
   */
  readonly againstBaseline: number | null;
  /** The share of the values that were within their intervals, and how many times wider these had to be to hold. */
  readonly coverage: number;
  readonly widening: number;
};

export type Forecast = {
  readonly method: Method;
  readonly predictions: readonly Prediction[];
  /** Of every method that the data allow, the baseline first; empty when there are too few values to test any. */
  readonly scores: readonly Score[];
  readonly origins: number;
  /** Why the method was taken. */
  readonly reason: 'beats-baseline' | 'baseline-wins' | 'too-short-to-test';
};

/** Hours in a week: the season of a market that opens on Sunday night and closes on Friday. */
export const WEEK_IN_HOURS = 168;
const MOST_ORIGINS = 8;

/**
 * The next `horizon` values of a rate, a volume or another figure of zero or more, by the method that was best in a
 * rolling-origin back-test over the same horizon; the seasonal naive forecast unless another one beats it there. Its
 * intervals are widened to what would have held there. Nothing is predicted below zero. Throws a RangeError for fewer
 * than two seasons, a period below 2, a horizon or number of origins below 1, or a value that is negative or not finite.
 */
export function forecast(
  values: readonly number[],
  options: { period: number; horizon: number; level?: number; origins?: number },
): Forecast {
  const { period, horizon, level = 0.95 } = options;
  checkFinite(values);
  checkSeasons(values.length, period);
  checkHorizon(horizon);
  if (!values.every((value) => value >= 0)) throw new RangeError('values below zero are not forecast');
  const at = origins(values.length, 2 * period, horizon, options.origins ?? MOST_ORIGINS);
  const scores = at.length === 0 ? [] : scoresOf(values, { period, horizon, level }, at);
  // Of equals the earlier: the baseline must be beaten.
  const best = scores.reduce<Score | undefined>(
    (a, b) => (a === undefined || b.mae < a.mae ? b : a),
    undefined,
  );
  const method = best?.method ?? 'seasonal-naive';
  const decided = method === 'seasonal-naive' ? 'baseline-wins' : 'beats-baseline';
  const predictions = predictor(method, period, level)(values, horizon);
  return {
    method,
    predictions: predictions.map((each) => widened(each, best?.widening ?? 1)),
    scores,
    origins: at.length,
    reason: best === undefined ? 'too-short-to-test' : decided,
  };
}

function predictor(method: Method, period: number, level: number): Forecaster {
  return (values, horizon) =>
    (method === 'seasonal-naive'
      ? predictNaive(values, period, horizon, level)
      : predictSmoothed(smoothings[method](values, period), horizon, level)
    ).map(aboveZero);
}

function scoresOf(
  values: readonly number[],
  { period, horizon, level }: { period: number; horizon: number; level: number },
  at: readonly number[],
): Score[] {
  const scales = at.map((origin) => meanAbsolute(naiveErrors(values.slice(0, origin), period)));
  const errorsOf = (tested: readonly Tested[]) => tested.map(({ error }) => error);
  let toBeat: number | undefined;
  return candidates(values).map((method) => {
    const tested = backTest(values, predictor(method, period, level), horizon, at);
    const steps = tested.flat();
    const mae = meanAbsolute(errorsOf(steps));
    toBeat ??= mae;
    const scaled = tested.map((each, i) => meanAbsolute(errorsOf(each)) / (scales[i] as number));
    return {
      method,
      mae,
      mase: scales.every((scale) => scale > 0) ? meanAbsolute(scaled) : null,
      againstBaseline: toBeat > 0 ? mae / toBeat : null,
      coverage: coverage(steps),
      widening: widening(steps, level),
    };
  });
}

/** The baseline first. A closed market trades nothing, and seasons cannot multiply that. */
function candidates(values: readonly number[]): Method[] {
  const all: Method[] = ['seasonal-naive', ...(Object.keys(smoothings) as Smoothing[])];
  return values.every((value) => value > 0)
    ? all
    : all.filter((name) => name !== 'holt-winters-multiplicative');
}

function aboveZero({ mean, low, high }: Prediction): Prediction {
  return { mean: Math.max(0, mean), low: Math.max(0, low), high: Math.max(0, high) };
}

function widened({ mean, low, high }: Prediction, times: number): Prediction {
  return { mean, low: Math.max(0, mean - times * (mean - low)), high: mean + times * (high - mean) };
}
