import { maskSecrets } from '../masking.ts';
import { formatThreshold, type ThresholdSpec } from '../options/thresholds.ts';
import { rfc3339Nano } from './instant.ts';
import type { SampleFormat } from './samples.ts';

/** k6's `--out json`: a line for each metric and one for each of its samples. */
export function jsonFormat(thresholds: ReadonlyMap<string, readonly ThresholdSpec[]>): SampleFormat {
  return {
    definition({ name, type, contains, submetrics }) {
      const conditions = (thresholds.get(name) ?? []).map(formatThreshold);
      const views = submetrics.map((view) => ({
        name: view.name,
        suffix: view.suffix,
        tags: Object.fromEntries(view.tags),
      }));
      const data = {
        name,
        type,
        contains,
        thresholds: conditions,
        submetrics: views.length === 0 ? null : views,
      };
      return `${goJson({ type: 'Metric', data, metric: name })}\n`;
    },
    line(metric, tags) {
      const start = `{"metric":${goJson(metric.name)},"type":"Point","data":{"time":"`;
      const metadata = sorted(tags.metadata());
      const rest = Object.keys(metadata).length === 0 ? '' : `,"metadata":${goJson(metadata)}`;
      const end = `,"tags":${goJson(sorted(tags.toObject()))}${rest}}}\n`;
      return (at, value) =>
        `${start}${rfc3339Nano(at)}","value":${Object.is(value, -0) ? '-0' : String(value)}${end}`;
    },
  };
}

/** JSON as Go writes it, as far as that differs in what a tag may hold. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (c) => (c === '\u2028' ? '\\u2028' : '\\u2029'));
}

function sorted(object: Readonly<Record<string, string>>): Record<string, string> {
  const masked = Object.entries(object).map(([key, value]) => [key, maskSecrets(value)] as const);
  return Object.fromEntries(masked.sort(([a], [b]) => (a < b ? -1 : 1)));
}
