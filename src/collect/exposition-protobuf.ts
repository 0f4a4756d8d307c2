import protobuf from 'protobufjs/light.js';
import type { CumulativeHistogram } from '../run.ts';
import type { Reading } from './collector.ts';
import { explicitBounds, type Span } from './native-histogram.ts';
import { escapeLabel, type Labels, seriesName } from './series-name.ts';

/** What is read of the messages of `io.prometheus.client`. https://github.com/prometheus/client_model */
const messages = {
  LabelPair: { fields: { name: field(1, 'string'), value: field(2, 'string') } },
  Simple: { fields: { value: field(1, 'double') } },
  Quantile: { fields: { quantile: field(1, 'double'), value: field(2, 'double') } },
  Summary: {
    fields: {
      sampleCount: field(1, 'uint64'),
      sampleSum: field(2, 'double'),
      quantile: field(3, 'Quantile', 'repeated'),
    },
  },
  Bucket: {
    fields: {
      cumulativeCount: field(1, 'uint64'),
      cumulativeCountFloat: field(4, 'double'),
      upperBound: field(2, 'double'),
    },
  },
  BucketSpan: { fields: { offset: field(1, 'sint32'), length: field(2, 'uint32') } },
  Histogram: {
    fields: {
      sampleCount: field(1, 'uint64'),
      sampleCountFloat: field(4, 'double'),
      sampleSum: field(2, 'double'),
      bucket: field(3, 'Bucket', 'repeated'),
      schema: field(5, 'sint32'),
      zeroThreshold: field(6, 'double'),
      zeroCount: field(7, 'uint64'),
      zeroCountFloat: field(8, 'double'),
      negativeSpan: field(9, 'BucketSpan', 'repeated'),
      negativeDelta: field(10, 'sint64', 'repeated'),
      negativeCount: field(11, 'double', 'repeated'),
      positiveSpan: field(12, 'BucketSpan', 'repeated'),
      positiveDelta: field(13, 'sint64', 'repeated'),
      positiveCount: field(14, 'double', 'repeated'),
    },
  },
  Metric: {
    fields: {
      label: field(1, 'LabelPair', 'repeated'),
      gauge: field(2, 'Simple'),
      counter: field(3, 'Simple'),
      summary: field(4, 'Summary'),
      untyped: field(5, 'Simple'),
      histogram: field(7, 'Histogram'),
    },
  },
  MetricFamily: {
    fields: { name: field(1, 'string'), type: field(3, 'int32'), metric: field(4, 'Metric', 'repeated') },
  },
};

function field(id: number, type: string, rule?: 'repeated') {
  return { id, type, ...(rule === undefined ? {} : { rule }) };
}

type Simple = { value: number };
type Bucket = { cumulativeCount: number; cumulativeCountFloat: number; upperBound: number };
type Histogram = {
  sampleCount: number;
  sampleCountFloat: number;
  sampleSum: number;
  bucket: Bucket[];
  schema: number;
  zeroThreshold: number;
  zeroCount: number;
  zeroCountFloat: number;
  negativeSpan: Span[];
  negativeDelta: number[];
  negativeCount: number[];
  positiveSpan: Span[];
  positiveDelta: number[];
  positiveCount: number[];
};
type Metric = {
  label: { name: string; value: string }[];
  gauge?: Simple | null;
  counter?: Simple | null;
  untyped?: Simple | null;
  summary?: {
    sampleCount: number;
    sampleSum: number;
    quantile: { quantile: number; value: number }[];
  } | null;
  histogram?: Histogram | null;
};
type Family = { name: string; type: number; metric: Metric[] };

const GAUGE_HISTOGRAM = 5;
const familyType = protobuf.Root.fromJSON({ nested: messages }).lookupType('MetricFamily');

/**
 * The series of a page of delimited `io.prometheus.client.MetricFamily` messages, by the names and with the omissions of
 * `parseExposition`. Where a histogram has native buckets these are kept, and not its classic ones.
 * Throws an Error when the page is cut short or holds something else.
 */
export function parseProtobufExposition(page: Uint8Array): Reading {
  const values: Record<string, number> = {};
  const histograms: Record<string, CumulativeHistogram> = {};
  const reader = protobuf.Reader.create(page);
  while (reader.pos < reader.len) {
    const message = familyType.decodeDelimited(reader);
    const family = familyType.toObject(message, { longs: Number, defaults: true }) as Family;
    for (const metric of family.metric) {
      const labels = metric.label.map(({ name, value }): Labels[number] => [name, escapeLabel(value)]);
      for (const [suffix, value, extra] of simpleSeries(metric)) {
        if (Number.isFinite(value)) {
          values[seriesName(`${family.name}${suffix}`, [...labels, ...extra])] = value;
        }
      }
      const histogram = family.type === GAUGE_HISTOGRAM ? undefined : histogramOf(metric.histogram);
      if (histogram) histograms[seriesName(family.name, labels)] = histogram;
    }
  }
  return { values, histograms };
}

function simpleSeries({ gauge, counter, untyped, summary, histogram }: Metric) {
  const series: [suffix: string, value: number, extra: Labels][] = [];
  for (const simple of [gauge, counter, untyped]) if (simple) series.push(['', simple.value, []]);
  if (summary) {
    series.push(['_sum', summary.sampleSum, []], ['_count', summary.sampleCount, []]);
    for (const { quantile, value } of summary.quantile)
      series.push(['', value, [['quantile', `${quantile}`]]]);
  }
  if (histogram) series.push(['_sum', histogram.sampleSum, []], ['_count', countOf(histogram), []]);
  return series;
}

function countOf({ sampleCount, sampleCountFloat }: Histogram): number {
  return sampleCountFloat > 0 ? sampleCountFloat : sampleCount;
}

/** Undefined where there are no bounds: then there is no more to say than the count. */
function histogramOf(histogram: Histogram | null | undefined): CumulativeHistogram | undefined {
  if (!histogram) return undefined;
  const { schema, zeroThreshold, zeroCount, zeroCountFloat } = histogram;
  const isNative =
    zeroThreshold > 0 ||
    zeroCount + zeroCountFloat > 0 ||
    histogram.positiveSpan.length + histogram.negativeSpan.length > 0;
  const result = isNative
    ? explicitBounds({
        schema,
        count: countOf(histogram),
        zeroThreshold,
        zeroCount: zeroCountFloat > 0 ? zeroCountFloat : zeroCount,
        negative: {
          spans: histogram.negativeSpan,
          deltas: histogram.negativeDelta,
          counts: histogram.negativeCount,
        },
        positive: {
          spans: histogram.positiveSpan,
          deltas: histogram.positiveDelta,
          counts: histogram.positiveCount,
        },
      })
    : classicOf(histogram);
  return isNative || result.bounds.length > 0 ? result : undefined;
}

function classicOf(histogram: Histogram): CumulativeHistogram {
  const finite = histogram.bucket.filter(({ upperBound }) => Number.isFinite(upperBound));
  return {
    bounds: finite.map(({ upperBound }) => upperBound),
    counts: [
      ...finite.map(({ cumulativeCount, cumulativeCountFloat }) =>
        cumulativeCountFloat > 0 ? cumulativeCountFloat : cumulativeCount,
      ),
      countOf(histogram),
    ],
  };
}
