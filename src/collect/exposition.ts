/**
 * The Prometheus text format, version 0.0.4, and what OpenMetrics 1.0 adds to it on the same lines (exemplars,
 * fractional timestamps, `# EOF`). https://prometheus.io/docs/instrumenting/exposition_formats/
 */

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABELS_START = /[ \t]*\{/y;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|(?=\}))/y;
const LABELS_END = /[ \t]*\}/y;
/** A value, a timestamp that is not used, and an OpenMetrics exemplar that is not used. */
const REST = /[ \t]*(\S+)(?:[ \t]+-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)?[ \t]*(?:#[ \t]*\{.*)?\r?$/y;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^(?:nan|[+-]?inf(?:inity)?)$/i;
/** The types whose families OpenMetrics gives a `_created` time. */
const counted = new Set(['counter', 'histogram', 'summary', 'gaugehistogram']);
const TYPE = /^#[ \t]+TYPE[ \t]+(\S+)[ \t]+(\S+)/;

/**
 * The series of a page by `name{label="value",…}`, labels sorted by name and values escaped as on the page. A label
 * without a value is left out, as it means the same. NaN and infinities are left out, because a run file cannot
 * hold them; so are the buckets of histograms (their `_sum` and `_count` stay) and OpenMetrics `_created` times,
 * which would be most of a run file and are used by no model.
 * Throws an Error that names the line when the page is not in this format.
 */
export function parseExposition(page: string): Record<string, number> {
  const series: Record<string, number> = {};
  const types = new Map<string, string>();
  page.split('\n').forEach((raw, index) => {
    const line = raw.trimStart();
    if (line === '') return;
    if (line.startsWith('#')) {
      const [, family, type] = TYPE.exec(line) ?? [];
      if (family !== undefined && type !== undefined) types.set(family, type);
      return;
    }
    const sample = parseSample(line);
    if (sample === undefined) throw new Error(`line ${index + 1} is not a sample: ${excerpt(line)}`);
    if (Number.isFinite(sample.value) && !isDropped(sample, types)) series[seriesName(sample)] = sample.value;
  });
  return series;
}

type Sample = { name: string; labels: [name: string, value: string][]; value: number };

function parseSample(line: string): Sample | undefined {
  const name = matchAt(NAME, line, 0)?.[0];
  if (name === undefined) return undefined;
  let end = NAME.lastIndex;
  const labels: Sample['labels'] = [];
  if (matchAt(LABELS_START, line, end)) {
    end = LABELS_START.lastIndex;
    for (let match = matchAt(LABEL, line, end); match; match = matchAt(LABEL, line, end)) {
      if (match[2] !== '') labels.push([match[1] ?? '', match[2] ?? '']);
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
  return NOT_FINITE.test(text) ? Number.NaN : undefined;
}

function isDropped({ name, labels }: Sample, types: Map<string, string>): boolean {
  if (name.endsWith('_bucket')) return labels.some(([label]) => label === 'le');
  return name.endsWith('_created') && counted.has(types.get(name.slice(0, -'_created'.length)) ?? '');
}

function seriesName({ name, labels }: Sample): string {
  if (labels.length === 0) return name;
  labels.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `${name}{${labels.map(([label, value]) => `${label}="${value}"`).join(',')}}`;
}

function excerpt(line: string): string {
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);
}
