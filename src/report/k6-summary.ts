import { BOLD, CYAN, GREEN, Layout, type Paint, painter, RED, type Row, WHITE } from './k6-layout.ts';
import { formatValue, percent, plain, type Units } from './k6-values.ts';

/** The end-of-test summary as text, in the layout that k6 users know. */

export type SummaryData = {
  /** Setup, load and teardown: what counter rates were divided by. */
  readonly seconds: number;
  readonly trendStats: readonly string[];
  /** '' picks a unit for each number. */
  readonly timeUnit: Units['timeUnit'];
  readonly metrics: readonly SummaryMetric[];
  /** Group by group, in the order in which they first ran. */
  readonly checks: readonly SummaryCheck[];
  /** Scenarios and groups, when they were counted by themselves. */
  readonly parts?: readonly SummaryPart[];
};

/** What was recorded in one scenario, or in one group without those inside it. */
export type SummaryPart = Pick<SummaryData, 'metrics' | 'checks'> & {
  readonly kind: 'scenario' | 'group';
  readonly name: string;
  readonly groups: readonly SummaryPart[];
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
  /** There was nothing to judge, and the threshold says what that means. */
  readonly noData?: true;
};

/** `path` is `::group::check`. */
export type SummaryCheck = {
  readonly name: string;
  readonly path: string;
  readonly passes: number;
  readonly fails: number;
};

/** Both list metrics by name; metrics of any other name are the script's own. */
const sections: readonly [title: string, belongs: (name: string) => boolean][] = [
  ['HTTP', (name) => http.has(name)],
  ['EXECUTION', (name) => execution.has(name)],
  ['NETWORK', (name) => name === 'data_received' || name === 'data_sent'],
  ['GRPC', (name) => grpc.has(name)],
  ['WEBSOCKET', (name) => webSocket.has(name)],
];

/** Built-in metrics that the compact summary leaves out. */
const details = new Set([
  'http_req_blocked',
  'http_req_connecting',
  'http_req_receiving',
  'http_req_sending',
  'http_req_tls_handshaking',
  'http_req_waiting',
]);
const http = new Set([...details, 'http_req_duration', 'http_req_failed', 'http_reqs']);
const execution = new Set(['dropped_iterations', 'iteration_duration', 'iterations', 'vus', 'vus_max']);
const grpc = new Set([
  'grpc_req_duration',
  'grpc_streams',
  'grpc_streams_msgs_received',
  'grpc_streams_msgs_sent',
]);
const webSocket = new Set([
  'ws_connecting',
  'ws_msgs_received',
  'ws_msgs_sent',
  'ws_ping',
  'ws_session_duration',
  'ws_sessions',
]);

/** Left out of both summaries: checks have a part of their own. */
const hidden = new Set(['checks', 'group_duration']);

const INDENT = '    ';

/** How a summary is to look. */
type Style = Pick<SummaryData, 'seconds' | 'trendStats' | 'timeUnit'> & {
  readonly paint: Paint;
  readonly full: boolean;
};

/** The whole summary, from its first empty line to its last. */
export function renderK6Summary(
  data: SummaryData,
  { color, mode = 'compact' }: { color: boolean; mode?: 'compact' | 'full' },
): string {
  const style: Style = { ...data, paint: painter(color), full: mode === 'full' };
  const metrics = data.metrics.toSorted(byName);
  const blocks = [block('TOTAL RESULTS', results(metrics, data.checks, style, INDENT), style)];
  const judged = metrics.filter(({ thresholds }) => thresholds.length > 0);
  if (judged.length > 0) blocks.unshift(block('THRESHOLDS', thresholdLines(judged, style), style));
  for (const part of style.full ? (data.parts ?? []) : [])
    blocks.push(block(titleOf(part), partLines(part, style, INDENT), style));
  return `${blocks.join('')}\n\n\n`;
}

function titleOf({ kind, name }: SummaryPart): string {
  return `${kind === 'scenario' ? 'SCENARIO' : 'GROUP'}: ${name}`;
}

/** A scenario or group, and below it its groups. */
function partLines(part: SummaryPart, style: Style, indent: string): string[] {
  const own = results(part.metrics.toSorted(byName), part.checks, style, indent);
  const inner = part.groups.flatMap((group) => {
    const below = partLines(group, style, `${indent}  `);
    const title = `${indent}↳ ${style.paint(BOLD, titleOf(group))} `;
    return ['', title, ...(below.length === 0 ? [] : ['', ...below])];
  });
  return own.length === 0 ? inner.slice(1) : [...own, ...inner];
}

function byName(a: SummaryMetric, b: SummaryMetric): number {
  const [left, right] = a.name === b.name ? [a.selector ?? '', b.selector ?? ''] : [a.name, b.name];
  return left < right ? -1 : left > right ? 1 : 0;
}

function block(title: string, lines: readonly string[], { paint }: Style): string {
  return `\n\n  █ ${paint(BOLD, title)} \n\n${lines.map((line) => `${line}\n`).join('')}`;
}

function thresholdLines(metrics: readonly SummaryMetric[], { timeUnit, paint }: Style): string[] {
  const lines = metrics.flatMap(({ name, selector, type, contains, thresholds }) => {
    const under =
      selector !== undefined && metrics.some((other) => other.name === name && other.selector === undefined);
    const indent = under ? '      ' : '    ';
    const title = selector === undefined ? name : `${under ? '' : name}{${selector}}`;
    const verdicts = thresholds.map(({ expression, aggregation, value, ok, noData }) => {
      const mark = ok ? paint(GREEN, '✓') : paint(RED, '✗');
      const shown = noData ? 'no data' : formatValue(type, aggregation, value, { contains, timeUnit });
      return `${indent}${mark} ${paint(WHITE, `'${expression}'`)} ${paint(WHITE, aggregation)}=${paint(CYAN, shown)}`;
    });
    return ['', indent + title, ...verdicts];
  });
  return lines.slice(1);
}

/** Checks, then metrics in their sections. */
function results(
  metrics: readonly SummaryMetric[],
  checks: readonly SummaryCheck[],
  style: Style,
  indent: string,
): string[] {
  const shown = metrics
    .filter(({ name }) => !hidden.has(name) && (style.full || !details.has(name)))
    .map((metric) => ({ metric, row: metricRow(metric, style) }));
  const layout = new Layout(
    shown.map(({ row }) => row),
    style.trendStats,
    style.paint,
    indent,
  );
  const section = (title: string, belongs: (name: string) => boolean) => {
    const rows = shown.filter(({ metric }) => belongs(metric.name)).map(({ row }) => layout.line(row));
    return rows.length === 0 ? [] : ['', `${indent}${style.paint(BOLD, title)}`, ...rows];
  };
  const custom = (name: string) => !sections.some(([, belongs]) => belongs(name));
  const parts = [
    ...section('CUSTOM', custom),
    ...sections.flatMap(([title, belongs]) => section(title, belongs)),
  ];
  const all = metrics.find(({ name, selector }) => name === 'checks' && selector === undefined);
  if (all === undefined) return parts.slice(1);
  return [...checkRows(all, style, indent), '', ...checkLines(checks, style, indent), ...parts];
}

function checkRows({ values }: SummaryMetric, { seconds, paint }: Style, indent: string): string[] {
  const { passes = 0, fails = 0 } = values;
  const total = passes + fails;
  const share = (count: number) => [percent(total === 0 ? 0 : count / total), `${count} out of ${total}`];
  const perSecond = seconds > 0 ? total / seconds : 0;
  const rows = [
    { name: 'checks_total', cells: [plain(total), `${plain(perSecond)}/s`] },
    { name: 'checks_succeeded', cells: share(passes) },
    { name: 'checks_failed', cells: share(fails) },
  ];
  const layout = new Layout(rows, [], paint, indent);
  return rows.map((row) => layout.line(row));
}

/** Checks of the same name in different groups count as one. */
function checkLines(checks: readonly SummaryCheck[], { paint }: Style, indent: string): string[] {
  const byName = new Map<string, { passes: number; fails: number }>();
  for (const { name, passes, fails } of checks) {
    const sum = byName.get(name) ?? { passes: 0, fails: 0 };
    byName.set(name, { passes: sum.passes + passes, fails: sum.fails + fails });
  }
  return [...byName].flatMap(([name, { passes, fails }]) => {
    if (fails === 0) return [indent + paint(GREEN, `✓ ${name}`)];
    const share = Math.floor((100 * passes) / (passes + fails));
    return [
      indent + paint(RED, `✗ ${name}`),
      // k6 indents this line twice.
      ' '.repeat(2 * indent.length - 2) + paint(RED, `↳  ${share}% — ✓ ${passes} / ✗ ${fails}`),
    ];
  });
}

function metricRow(
  { name: metric, selector, type, contains, values }: SummaryMetric,
  { timeUnit, trendStats }: Style,
): Row {
  const name = selector === undefined ? metric : `  { ${selector} }`;
  const format = (aggregation: string) =>
    formatValue(type, aggregation, values[aggregation] ?? 0, { contains, timeUnit });
  if (type === 'trend') return { name, stats: trendStats.map(format) };
  if (type === 'counter') return { name, cells: [format('count'), format('rate')] };
  if (type === 'gauge')
    return { name, cells: [format('value'), `min=${format('min')}`, `max=${format('max')}`] };
  const { passes = 0, fails = 0 } = values;
  return { name, cells: [format('rate'), `${passes} out of ${passes + fails}`] };
}
