/**
 * The Prometheus text format, version 0.0.4, and what OpenMetrics 1.0 adds to it on the same lines (exemplars,
 * fractional timestamps, `# EOF`). https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type { CumulativeHistogram } from '../run.ts';
import type { Reading } from './collector.ts';
import { type Labels, seriesName } from './series-name.ts';

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABELS_START = /[ \t]*\{/y;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|(?=\}))/y;
const LABELS_END = /[ \t]*\}/y;
/** A value, a timestamp that is not used, and an OpenMetrics exemplar that is not used. */
const REST = /[ \t]*(\S+)(?:[ \t]+-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)?[ \t]*(?:#[ \t]*\{.*)?\r?$/y;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^(?:nan|[+-]?inf(?:inity)?)$/i;
const TYPE = /^#[ \t]+TYPE[ \t]+(\S+)[ \t]+(\S+)/;
/** The types whose families OpenMetrics gives a `_created` time. */
const counted = new Set(['counter', 'histogram', 'summary', 'gaugehistogram']);

/**
 * The series of a page by `name{label="value",…}`, labels sorted by name and values escaped as on the page, and its
 * histograms by the name and labels of their family. NaN and infinities are left out, because a run file cannot hold
 * them; so are OpenMetrics `_created` times, which are used by no model, the buckets of gauge histograms, which count
 * what is there and not what was observed, and histograms of a single bucket, which say no more than their `_count`.
 * Throws an Error that names the line when the page is not in this format, or when one of OpenMetrics is cut short.
 */
export function parseExposition(page: string, format: 'text' | 'OpenMetrics' = 'text'): Reading {
  const values: Record<string, number> = {};
  const buckets = new Map<string, Bucket[]>();
  let neighbours: Bucket[] = [];
  const types = new Map<string, string>();
  const lines = page.split('\n');
  if (format === 'OpenMetrics') checkEnd(lines);
  lines.forEach((raw, index) => {
    const line = raw.trimStart();
    if (line === '') return;
    if (line.startsWith('#')) {
      const [, family, type] = TYPE.exec(line) ?? [];
      if (family !== undefined && type !== undefined) types.set(family, type);
      return;
    }
    const sample = parseSample(line);
    if (sample === undefined) throw new Error(`line ${index + 1} is not a sample: ${excerpt(line)}`);
    const { name, labels, value } = sample;
    const bucket = bucketOf(sample);
    if (bucket === undefined) {
      if (Number.isFinite(value) && !isCreated(name, types)) values[seriesName(name, labels)] = value;
    } else if (neighbours[0] && isOfSameHistogram(neighbours[0], bucket)) {
      // Nearly always, and much cheaper than to make the name again.
      neighbours.push(bucket);
    } else if (types.get(bucket.family) !== 'gaugehistogram') {
      const histogram = seriesName(bucket.family, bucket.labels);
      neighbours = buckets.get(histogram) ?? [];
      neighbours.push(bucket);
      buckets.set(histogram, neighbours);
    }
  });
  return { values, histograms: Object.fromEntries([...buckets].flatMap(histogramEntry)) };
}

/** `# EOF` ends a page of OpenMetrics, so that half a page cannot be taken for a whole one. */
function checkEnd(lines: readonly string[]): void {
  const last = lines.at(-1) === '' ? lines.at(-2) : lines.at(-1);
  if (last?.trimEnd() !== '# EOF') throw new Error('it was cut short: it does not end with # EOF');
}

type Sample = { name: string; labels: Labels; value: number };
type Bucket = { family: string; labels: Labels; bound: number; count: number };

function bucketOf({ name, labels, value }: Sample): Bucket | undefined {
  if (!name.endsWith('_bucket')) return undefined;
  const at = labels.findIndex(([label]) => label === 'le');
  const bound = labels[at]?.[1];
  if (bound === undefined) return undefined;
  labels.splice(at, 1);
  const family = name.slice(0, -'_bucket'.length);
  return { family, labels, bound: parseValue(bound) ?? Number.NaN, count: value };
}

function isOfSameHistogram(a: Bucket, b: Bucket): boolean {
  const same = ([name, value]: Labels[number], i: number) =>
    name === b.labels[i]?.[0] && value === b.labels[i]?.[1];
  return a.family === b.family && a.labels.length === b.labels.length && a.labels.every(same);
}

/** The histogram of these buckets, if they are one: bounds all different, the last infinite, counts finite. */
function histogramEntry([name, buckets]: [string, Bucket[]]): [string, CumulativeHistogram][] {
  buckets.sort((a, b) => a.bound - b.bound);
  const bounds = buckets.map(({ bound }) => bound);
  const counts = buckets.map(({ count }) => count);
  const isHistogram =
    bounds.pop() === Number.POSITIVE_INFINITY &&
    bounds.length > 0 &&
    bounds.every((bound, i) => Number.isFinite(bound) && bound !== bounds[i + 1]) &&
    counts.every((count) => Number.isFinite(count));
  return isHistogram ? [[name, { bounds, counts }]] : [];
}

function parseSample(line: string): Sample | undefined {
  const name = matchAt(NAME, line, 0)?.[0];
  if (name === undefined) return undefined;
  let end = NAME.lastIndex;
  const labels: Labels = [];
  if (matchAt(LABELS_START, line, end)) {
    end = LABELS_START.lastIndex;
    for (let match = matchAt(LABEL, line, end); match; match = matchAt(LABEL, line, end)) {
      labels.push([match[1] ?? '', match[2] ?? '']);
      end = LABEL.lastIndex;
    }
    if (!matchAt(LABELS_END, line, end)) return undefined;
    end = LABELS_END.lastIndex;
  } else if (!/[ \t]/.test(line[end] ?? '')) {
    return undefined;
  }
  const value = parseValue(matchAt(REST, line, end)?.[1] ?? '');
  return value === undefined ? undefined : { name, labels, value };
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

function parseValue(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  if (!NOT_FINITE.test(text)) return undefined;
  if (/nan/i.test(text)) return Number.NaN;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function isCreated(name: string, types: Map<string, string>): boolean {
  return name.endsWith('_created') && counted.has(types.get(name.slice(0, -'_created'.length)) ?? '');
}

function excerpt(line: string): string {
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);
}
