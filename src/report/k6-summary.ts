import { formatValue, percent, plain, type Units } from './k6-values.ts';

/** The end-of-test summary as text, in the layout that k6 users know (`--summary-mode compact`). */

export type SummaryData = {
  /** Setup, load and teardown: what counter rates were divided by. */
  readonly seconds: number;
  readonly trendStats: readonly string[];
  /** '' picks a unit for each number. */
  readonly timeUnit: Units['timeUnit'];
  readonly metrics: readonly SummaryMetric[];
  /** Group by group, in the order in which they first ran. */
  readonly checks: readonly SummaryCheck[];
};

export type SummaryMetric = {
  readonly name: string;
  /** Of a view of the metric: its tags as written between the braces. */
  readonly selector?: string;
  readonly type: 'counter' | 'gauge' | 'rate' | 'trend';
  /** Plain numbers, milliseconds or bytes. */
  readonly contains: Units['contains'];
  /** counter: count, rate; gauge: value, min, max; rate: rate, passes, fails; trend: the trend stats. */
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds: readonly SummaryThreshold[];
};

export type SummaryThreshold = {
  readonly expression: string;
  /** The left side of the expression, such as `p(95)`, and what it was. */
  readonly aggregation: string;
  readonly value: number;
  readonly ok: boolean;
};

/** `path` is `::group::check`. */
export type SummaryCheck = {
  readonly name: string;
  readonly path: string;
  readonly passes: number;
  readonly fails: number;
};

type Paint = (code: string, text: string) => string;
type Row = { readonly name: string } & (
  | { readonly stats: readonly string[] }
  | { readonly cells: readonly string[] }
);

const GREEN = '32';
const RED = '31';
const CYAN = '36';
const WHITE = '37';
const BOLD = '1';
const FAINT_WHITE = '2;37';
const FAINT_CYAN = '2;36';

const sections: readonly [title: string, names: ReadonlySet<string>][] = [
  ['HTTP', new Set(['http_req_duration', 'http_req_failed', 'http_reqs'])],
  ['EXECUTION', new Set(['dropped_iterations', 'iteration_duration', 'iterations', 'vus', 'vus_max'])],
  ['NETWORK', new Set(['data_received', 'data_sent'])],
];

/** Built-in metrics that the compact summary leaves out; checks have a part of their own. */
const hidden = new Set([
  'checks',
  'group_duration',
  'http_req_blocked',
  'http_req_connecting',
  'http_req_receiving',
  'http_req_sending',
  'http_req_tls_handshaking',
  'http_req_waiting',
]);

/** The whole summary, from its first empty line to its last. */
export function renderK6Summary(data: SummaryData, { color }: { color: boolean }): string {
  const paint: Paint = (code, text) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const metrics = data.metrics.toSorted(byName);
  const blocks = [block('TOTAL RESULTS', totals(data, metrics, paint), paint)];
  const judged = metrics.filter(({ thresholds }) => thresholds.length > 0);
  if (judged.length > 0)
    blocks.unshift(block('THRESHOLDS', thresholdLines(judged, data.timeUnit, paint), paint));
  return `${blocks.join('')}\n\n\n`;
}

function byName(a: SummaryMetric, b: SummaryMetric): number {
  const [left, right] = a.name === b.name ? [a.selector ?? '', b.selector ?? ''] : [a.name, b.name];
  return left < right ? -1 : left > right ? 1 : 0;
}

function block(title: string, lines: readonly string[], paint: Paint): string {
  return `\n\n  █ ${paint(BOLD, title)} \n\n${lines.map((line) => `${line}\n`).join('')}`;
}

function thresholdLines(
  metrics: readonly SummaryMetric[],
  timeUnit: Units['timeUnit'],
  paint: Paint,
): string[] {
  const lines = metrics.flatMap(({ name, selector, type, contains, thresholds }) => {
    const under =
      selector !== undefined && metrics.some((other) => other.name === name && other.selector === undefined);
    const indent = under ? '      ' : '    ';
    const title = selector === undefined ? name : `${under ? '' : name}{${selector}}`;
    const verdicts = thresholds.map(({ expression, aggregation, value, ok }) => {
      const mark = ok ? paint(GREEN, '✓') : paint(RED, '✗');
      const shown = formatValue(type, aggregation, value, { contains, timeUnit });
      return `${indent}${mark} ${paint(WHITE, `'${expression}'`)} ${paint(WHITE, aggregation)}=${paint(CYAN, shown)}`;
    });
    return ['', indent + title, ...verdicts];
  });
  return lines.slice(1);
}

function totals(data: SummaryData, metrics: readonly SummaryMetric[], paint: Paint): string[] {
  const shown = metrics
    .filter(({ name }) => !hidden.has(name))
    .map((metric) => ({ metric, row: metricRow(metric, data) }));
  const known = new Set(sections.flatMap(([, names]) => [...names]));
  const layout = new Layout(
    shown.map(({ row }) => row),
    data.trendStats,
    paint,
  );
  const section = (title: string, belongs: (name: string) => boolean) => {
    const rows = shown.filter(({ metric }) => belongs(metric.name)).map(({ row }) => layout.line(row));
    return rows.length === 0 ? [] : ['', `    ${paint(BOLD, title)}`, ...rows];
  };
  const parts = [
    ...section('CUSTOM', (name) => !known.has(name)),
    ...sections.flatMap(([title, names]) => section(title, (name) => names.has(name))),
  ];
  const checks = metrics.find(({ name, selector }) => name === 'checks' && selector === undefined);
  if (checks === undefined) return parts.slice(1);
  return [...checkRows(checks, data, paint), '', ...checkLines(data.checks, paint), ...parts];
}

function checkRows({ values }: SummaryMetric, data: SummaryData, paint: Paint): string[] {
  const { passes = 0, fails = 0 } = values;
  const total = passes + fails;
  const share = (count: number) => [percent(total === 0 ? 0 : count / total), `${count} out of ${total}`];
  const perSecond = data.seconds > 0 ? total / data.seconds : 0;
  const rows = [
    { name: 'checks_total', cells: [plain(total), `${plain(perSecond)}/s`] },
    { name: 'checks_succeeded', cells: share(passes) },
    { name: 'checks_failed', cells: share(fails) },
  ];
  const layout = new Layout(rows, [], paint);
  return rows.map((row) => layout.line(row));
}

/** Checks of the same name in different groups count as one. */
function checkLines(checks: readonly SummaryCheck[], paint: Paint): string[] {
  const byName = new Map<string, { passes: number; fails: number }>();
  for (const { name, passes, fails } of checks) {
    const sum = byName.get(name) ?? { passes: 0, fails: 0 };
    byName.set(name, { passes: sum.passes + passes, fails: sum.fails + fails });
  }
  return [...byName].flatMap(([name, { passes, fails }]) => {
    if (fails === 0) return [`    ${paint(GREEN, `✓ ${name}`)}`];
    const share = Math.floor((100 * passes) / (passes + fails));
    return [
      `    ${paint(RED, `✗ ${name}`)}`,
      `      ${paint(RED, `↳  ${share}% — ✓ ${passes} / ✗ ${fails}`)}`,
    ];
  });
}

function metricRow(
  { name: metric, selector, type, contains, values }: SummaryMetric,
  data: SummaryData,
): Row {
  const name = selector === undefined ? metric : `  { ${selector} }`;
  const format = (aggregation: string) =>
    formatValue(type, aggregation, values[aggregation] ?? 0, { contains, timeUnit: data.timeUnit });
  if (type === 'trend') return { name, stats: data.trendStats.map(format) };
  if (type === 'counter') return { name, cells: [format('count'), format('rate')] };
  if (type === 'gauge')
    return { name, cells: [format('value'), `min=${format('min')}`, `max=${format('max')}`] };
  const { passes = 0, fails = 0 } = values;
  return { name, cells: [format('rate'), `${passes} out of ${passes + fails}`] };
}

/** Lines up rows: names with dots, and columns as wide as their widest cell. */
class Layout {
  readonly #trendStats: readonly string[];
  readonly #paint: Paint;
  readonly #nameWidth: number;
  readonly #statWidths: number[] = [];
  readonly #cellWidths: number[] = [];

  constructor(rows: readonly Row[], trendStats: readonly string[], paint: Paint) {
    this.#trendStats = trendStats;
    this.#paint = paint;
    this.#nameWidth = Math.max(0, ...rows.map(({ name }) => widthOf(name))) + 3;
    for (const row of rows) {
      const widths = 'stats' in row ? this.#statWidths : this.#cellWidths;
      ('stats' in row ? row.stats : row.cells).forEach((cell, i) => {
        widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
      });
    }
  }

  line(row: Row): string {
    const dots = `${'.'.repeat(this.#nameWidth - widthOf(row.name))}:`;
    const start = `    ${row.name}${this.#paint(FAINT_WHITE, dots)} `;
    return start + ('stats' in row ? this.#stats(row.stats) : this.#cells(row.cells));
  }

  #stats(stats: readonly string[]): string {
    return stats
      .map(
        (text, i) => `${this.#trendStats[i]}=${this.#paint(CYAN, text)}${padding(text, this.#statWidths[i])}`,
      )
      .join(' ');
  }

  #cells(cells: readonly string[]): string {
    return cells
      .map((text, i) => {
        // k6 pads a single extra cell in no case, and two of them both.
        const pad = i === 0 || cells.length > 2 ? padding(text, this.#cellWidths[i]) : '';
        return this.#paint(i === 0 ? CYAN : FAINT_CYAN, text) + pad;
      })
      .join(' ');
  }
}

function widthOf(text: string): number {
  return [...text].length;
}

function padding(text: string, width = 0): string {
  return ' '.repeat(Math.max(0, width - widthOf(text)));
}
