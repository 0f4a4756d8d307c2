import { backTest, type Forecaster, meanAbsolute, origins } from './back-test.ts';
import { type Prediction, predictNaive, predictSmoothed } from './prediction.ts';
import { checkHorizon, naiveErrors, seasonalNaive } from './seasonal-naive.ts';
import { checkFinite, checkSeasons, holtWinters, simpleSmoothing, smoothedAt } from './smoothing.ts';

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
 * rolling-origin back-test over the same horizon; the seasonal naive forecast unless another one beats it there. Means
 * and lower bounds below zero are zero. Throws a RangeError for fewer than two seasons, a period below 2, a horizon
 * below 1, or a value that is negative or not finite.
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
  const scores = at.length === 0 ? [] : scoresOf(values, period, horizon, at);
  // Of equals the earlier: the baseline must be beaten.
  const best = scores.reduce<Score | undefined>(
    (a, b) => (a !== undefined && a.mae <= b.mae ? a : b),
    undefined,
  );
  const method = best?.method ?? 'seasonal-naive';
  const predictions =
    method === 'seasonal-naive'
      ? predictNaive(values, period, horizon, level)
      : predictSmoothed(smoothings[method](values, period), horizon, level);
  const decided = method === 'seasonal-naive' ? 'baseline-wins' : 'beats-baseline';
  return {
    method,
    predictions: predictions.map(aboveZero),
    scores,
    origins: at.length,
    reason: best === undefined ? 'too-short-to-test' : decided,
  };
}

function scoresOf(
  values: readonly number[],
  period: number,
  horizon: number,
  at: readonly number[],
): Score[] {
  const scales = at.map((origin) => meanAbsolute(naiveErrors(values.slice(0, origin), period)));
  const errors = (forecaster: Forecaster) => backTest(values, forecaster, horizon, at);
  const baseline = errors((data, steps) => seasonalNaive(data, period, steps));
  const toBeat = meanAbsolute(baseline.flat());
  const score = (method: Method, tested: readonly (readonly number[])[]): Score => {
    const mae = meanAbsolute(tested.flat());
    const scaled = tested.map((each, i) => meanAbsolute(each) / (scales[i] as number));
    return {
      method,
      mae,
      mase: scales.every((scale) => scale > 0) ? meanAbsolute(scaled) : null,
      againstBaseline: toBeat > 0 ? mae / toBeat : null,
    };
  };
  return [
    score('seasonal-naive', baseline),
    ...candidates(values).map((method) =>
      score(
        method,
        errors((data, steps) => {
          const fit = smoothings[method](data, period);
          return Array.from({ length: steps }, (_, i) => Math.max(0, smoothedAt(fit, i + 1)));
        }),
      ),
    ),
  ];
}

/** A closed market trades nothing, and seasons cannot multiply that. */
function candidates(values: readonly number[]): Smoothing[] {
  const all = Object.keys(smoothings) as Smoothing[];
  return values.every((value) => value > 0)
    ? all
    : all.filter((name) => name !== 'holt-winters-multiplicative');
}

function aboveZero({ mean, low, high }: Prediction): Prediction {
  return { mean: Math.max(0, mean), low: Math.max(0, low), high: Math.max(0, high) };
}
