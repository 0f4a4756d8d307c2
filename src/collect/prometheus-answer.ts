import type { CumulativeHistogram } from '../run.ts';
import { type Bucket, cumulative } from './native-histogram.ts';
import { escapeLabel, type Labels, seriesName } from './series-name.ts';

/** What one series of an answer was; times are seconds since 1970. */
export type RangeSeries = {
  labels: Readonly<Record<string, string>>;
  /** NaN and infinities are left out; where a series was not there, nothing is. */
  points: { t: number; value: number }[];
  /** Of a native histogram. */
  histograms: { t: number; sum: number; histogram: CumulativeHistogram }[];
};

/** Series, and what Prometheus remarked on how it found them. */
export type RangeAnswer = { series: RangeSeries[]; warnings: string[] };

type HistogramJson = {
  count: string;
  sum: string;
  buckets?: [rule: number, lower: string, upper: string, count: string][];
};
type SeriesJson = {
  metric?: Record<string, string>;
  values?: [t: number, value: string][];
  histograms?: [t: number, histogram: HistogramJson][];
};
type AnswerJson = {
  status?: unknown;
  errorType?: unknown;
  error?: unknown;
  warnings?: string[];
  infos?: string[];
  data?: { resultType?: unknown; result?: SeriesJson[] };
};

/**
 * The answer of Prometheus' `query_range`. https://prometheus.io/docs/prometheus/latest/querying/api/
 * Throws an Error of one line with what Prometheus says is wrong, or when it is no such answer.
 */
export function parseRangeAnswer(text: string): RangeAnswer {
  const answer = parseObject(text);
  if (answer.status === 'error') {
    throw new Error(`${answer.errorType}: ${String(answer.error).replaceAll(/\s+/g, ' ')}`);
  }
  const { data } = answer;
  if (answer.status !== 'success' || data?.resultType !== 'matrix' || !Array.isArray(data.result)) {
    throw notPrometheus(text);
  }
  return {
    series: data.result.map(({ metric, values, histograms }) => ({
      labels: metric ?? {},
      points: (values ?? []).flatMap(([t, value]) => {
        const point = { t, value: Number(value) };
        return Number.isFinite(point.value) ? [point] : [];
      }),
      histograms: (histograms ?? []).map(([t, json]) => ({
        t,
        sum: Number(json.sum),
        histogram: histogramOf(json),
      })),
    })),
    warnings: [...(answer.warnings ?? []), ...(answer.infos ?? [])],
  };
}

function parseObject(text: string): AnswerJson {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // What it is instead is told below.
  }
  throw notPrometheus(text);
}

function notPrometheus(text: string): Error {
  const start = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return new Error(`it does not answer as Prometheus does: ${JSON.stringify(start)}`);
}

function histogramOf({ count, buckets = [] }: HistogramJson): CumulativeHistogram {
  const parsed = buckets.map(
    ([, lower, upper, within]): Bucket => ({
      lower: parseBound(lower),
      upper: parseBound(upper),
      count: Number(within),
    }),
  );
  return cumulative(parsed, { total: Number(count), exponential: parsed.every(isExponential) });
}

function parseBound(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

/** The finest of the exponential schemas has this many buckets for each power of two. */
const FINEST = 2 ** 8;

/** Whether this is a bucket that an exponential schema has: the answer does not tell the schema. */
function isExponential({ lower, upper }: Bucket): boolean {
  if (lower * upper <= 0) return Number.isFinite(lower) && Number.isFinite(upper);
  return [lower, upper].every((bound) => {
    const steps = Math.log2(Math.abs(bound)) * FINEST;
    return Math.abs(steps - Math.round(steps)) < 1e-6;
  });
}

/** The name of one series among those of the query `name`. */
export function seriesNameOf(name: string, labels: Readonly<Record<string, string>>): string {
  const own = Object.entries(labels).filter(([label]) => label !== '__name__');
  return seriesName(
    name,
    own.map(([label, value]): Labels[number] => [label, escapeLabel(value)]),
  );
}
