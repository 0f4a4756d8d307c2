import { FxscaleError } from '../../errors.ts';
import { type Forecast, forecast, WEEK_IN_HOURS } from '../../models/forecast/forecast.ts';
import { highest } from '../../models/forecast/highest.ts';
import { peakOfMean, peakToMean } from '../../models/forecast/peak.ts';
import type { Prediction } from '../../models/forecast/prediction.ts';
import type { Interval } from '../../models/interval.ts';
import { mean } from '../../models/moments.ts';
import { quantile } from '../../models/quantile.ts';
import type { History } from '../../models/traffic/history.ts';
import { formatSeconds } from '../../units.ts';
import { LEVEL, rangeOf } from '../interval-range.ts';
import type { Declared, Range } from '../worlds.ts';
import type { TrafficFinding } from './findings.ts';

const HOUR = 3600;
const DAY_IN_HOURS = 24;
/** Older hours say nothing more of the next week; they count in the trend. */
const MOST_HOURS = 8 * WEEK_IN_HOURS;
/** Hours below this quantile have few requests, whose chance peaks are no concern. */
const BUSY = 0.75;

/** The peak within an hour: `ratio` of its mean, the `quantile` of the busy hours that were recorded every `step`. */
export type WithinHour = { ratio: number; quantile: number; step: number };

export type TrafficForecast = Pick<Forecast, 'method' | 'reason' | 'origins' | 'scores'> & {
  /** Hours after which the traffic is taken to come again, and hours that were forecast. */
  season: number;
  /** Of the chosen method, in the back-test; null when none was possible. See `Score`. */
  mase: number | null;
  againstBaseline: number | null;
  coverage: number | null;
  widening: number | null;
  level: number;
  /** Hourly means from `t`, seconds since 1970. */
  hours: (Prediction & { t: number })[];
  /** The mean of the highest of these hours. */
  highest: Interval & { median: number };
};

/** What the next season will be like, before growth and events. */
export type Level = {
  peak: Declared;
  mean: number;
  forecast: TrafficForecast | null;
  withinHour: WithinHour | null;
  findings: TrafficFinding[];
};

/**
 * The next week by the method that the back-test chooses, and the peak within its hours by the measured ratio. When less
 * than two weeks are known it is the next day, with a peak that is not below that of the busiest hour of the record, and
 * the record's mean. Under two days it is the record itself. Throws REFUSED when its points do not show hours, or any
 * traffic.
 */
export function levelOf(history: History): Level {
  const { from, to, step } = history;
  if (step > HOUR)
    throw new FxscaleError(
      'REFUSED',
      `the points of the traffic are ${formatSeconds(step)} apart and do not show its busiest hour: record the rate every hour, or better every minute`,
    );
  if (history.mean(from, to) === 0)
    throw new FxscaleError(
      'REFUSED',
      'the traffic is zero in all of the record: there is nothing to plan for',
    );
  const first = Math.ceil(from / HOUR);
  const hours = Array.from({ length: Math.floor(to / HOUR) - first }, (_, i) =>
    history.mean((first + i) * HOUR, (first + i + 1) * HOUR),
  );
  const seconds = to - from;
  if (hours.length < 2 * DAY_IN_HOURS) {
    return {
      peak: recordedPeak(history, from).rate,
      mean: history.mean(from, to),
      forecast: null,
      withinHour: null,
      findings: [{ code: 'HISTORY_WITHOUT_DAYS', severity: 'warning', args: { seconds } }],
    };
  }
  const used = hours.slice(-MOST_HOURS);
  const start = first + hours.length - used.length;
  const found = forecastOf(used, start + used.length);
  const within = withinHourOf(history, used, start);
  const ratio = within?.ratio ?? 1;
  const weekly = found.season === WEEK_IN_HOURS;
  // Days differ, and the last ones may have been a weekend: which of them comes next is not known.
  const floor = weekly ? 0 : peakOfMean(Math.max(...used), ratio);
  const peak = atLeast(floor, peakRange(found.highest, ratio));
  const findings: TrafficFinding[] = [];
  if (!weekly) findings.push({ code: 'HISTORY_WITHOUT_WEEKS', severity: 'warning', args: { seconds } });
  if (found.reason === 'too-short-to-test') {
    const needed = 3 * found.season * HOUR;
    findings.push({ code: 'FORECAST_NOT_TESTED', severity: 'warning', args: { seconds, needed } });
  }
  if (within === null)
    findings.push({ code: 'PEAK_WITHIN_HOUR_UNKNOWN', severity: 'warning', args: { step } });
  const recorded = recordedPeak(history, start * HOUR);
  if (recorded.rate > peak.high) {
    const args = { ...recorded, forecast: peak.high };
    findings.push({ code: 'RECORDED_PEAK_ABOVE_FORECAST', severity: 'warning', args });
  }
  return {
    peak,
    mean: mean(weekly ? found.hours.map((hour) => hour.mean) : used),
    forecast: found,
    withinHour: within,
    findings,
  };
}

/** Hourly means, the last of them before the hour `next`, counted from 1970. */
function forecastOf(values: readonly number[], next: number): TrafficForecast {
  const season = values.length >= 2 * WEEK_IN_HOURS ? WEEK_IN_HOURS : DAY_IN_HOURS;
  const { method, predictions, scores, origins, reason } = forecast(values, {
    period: season,
    horizon: season,
    level: LEVEL,
  });
  const score = scores.find((each) => each.method === method);
  return {
    method,
    reason,
    origins,
    scores,
    season,
    mase: score?.mase ?? null,
    againstBaseline: score?.againstBaseline ?? null,
    coverage: score?.coverage ?? null,
    widening: score?.widening ?? null,
    level: LEVEL,
    hours: predictions.map((each, h) => ({ t: (next + h) * HOUR, ...each })),
    highest: highest(predictions, LEVEL),
  };
}

function peakRange({ low, median, high }: TrafficForecast['highest'], ratio: number): Range {
  const range = rangeOf(low, median, high);
  const at = (rate: number) => peakOfMean(Math.max(0, rate), ratio);
  return { low: at(range.low), mid: at(range.mid), high: at(range.high) };
}

function atLeast(floor: number, { low, mid, high }: Range): Range {
  return { low, mid: Math.max(mid, floor), high: Math.max(high, floor) };
}

/** Null when an hour has one point, or no hour has traffic. `start` is the first of the hours, counted from 1970. */
function withinHourOf(history: History, hours: readonly number[], start: number): WithinHour | null {
  const perHour = Math.min(HOUR, Math.floor(HOUR / history.step));
  const open = hours.filter((rate) => rate > 0);
  if (perHour < 2 || open.length === 0) return null;
  const least = quantile(open, BUSY);
  const step = HOUR / perHour;
  const values = hours.flatMap((rate, h) =>
    rate < least
      ? []
      : Array.from({ length: perHour }, (_, i) => meanFrom(history, (start + h) * HOUR + i * step, step)),
  );
  return { ratio: peakToMean(values, perHour, LEVEL), quantile: LEVEL, step };
}

function meanFrom(history: History, t: number, seconds: number): number {
  return history.mean(t, Math.min(history.to, t + seconds));
}

/** The highest of its points since `from`. */
function recordedPeak(history: History, from: number): { rate: number; at: number } {
  let highestYet = { rate: 0, at: from };
  for (let t = from; t < history.to; t += history.step) {
    const rate = history.rateAt(t);
    if (rate > highestYet.rate) highestYet = { rate, at: t };
  }
  return highestYet;
}
