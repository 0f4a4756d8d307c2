import type { Interval } from '../models/interval.ts';
import type { Usl } from '../models/usl.ts';
import type { Severity } from '../planners/findings.ts';
import type { ProbeLevel, ProbeResult } from '../planners/probe.ts';
import { formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { CURVE, drawChart, MARK, POINT } from './chart.ts';
import { hang } from './hang.ts';
import { BOLD, CYAN, type Paint, painter, RED } from './k6-layout.ts';
import { describeProbeFinding, probeAnswer } from './probe-words.ts';

const NARROWEST = 60;
const WIDEST = 110;
const LABEL = 9;
const CHART_LINES = 12;
const YELLOW = '33';
const DIM = '2';

type Shown = {
  readonly color: boolean;
  readonly width?: number;
  /** The throughput that the fitted law has at a concurrency. */
  readonly law: (usl: Usl, concurrency: number) => number;
};

/** What a probe found, for a person: the answer, a chart, the steps, the law and what to beware of. */
export function renderProbe(result: ProbeResult, { color, width: columns = 80, law }: Shown): string {
  const paint = painter(color);
  const width = Math.min(WIDEST, Math.max(NARROWEST, columns - 1));
  const invalid = result.findings.some(({ severity }) => severity === 'error');
  const parts = [
    ...(invalid ? [paint(RED, hang('INVALID in part: see the error below.', 0, width))] : []),
    paint(BOLD, hang(probeAnswer(result), 0, width)),
    chart(result, paint, width, law),
    table(result.steps, paint),
    parameters(result, paint),
    findings(result, paint, width),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function chart({ steps, usl }: ProbeResult, paint: Paint, width: number, law: Shown['law']): string {
  if (steps.length < 2) return '';
  const lines = drawChart({
    points: steps.map(({ concurrency, throughput }) => ({ x: concurrency, y: throughput })),
    curve: usl === null ? undefined : (x) => law(usl, x),
    mark: usl?.peak?.concurrency,
    axis: 'logarithmic',
    label: round,
    width,
    height: CHART_LINES,
  });
  const legend = [
    `${POINT} measured`,
    ...(usl === null ? [] : [`${CURVE} fitted`]),
    ...(usl?.peak ? [`${MARK} peak`] : []),
  ];
  return [
    `Requests per second by connections   ${paint(DIM, legend.join('   '))}`,
    ...lines.map((line) => line.replaceAll(POINT, paint(CYAN, POINT))),
  ].join('\n');
}

const seconds = (value: number | null) => (value === null ? '' : formatSeconds(value));

type Column = { readonly title: string; readonly cell: (level: ProbeLevel) => string };

const columnsOfSteps: readonly Column[] = [
  { title: 'connections', cell: ({ concurrency }) => round(concurrency) },
  { title: 'throughput', cell: ({ throughput }) => formatRate(throughput) },
  { title: 'fitted', cell: ({ fitted }) => (fitted === null ? '' : formatRate(fitted.value)) },
  { title: 'p50', cell: ({ p50 }) => seconds(p50) },
  { title: 'p90', cell: ({ p90 }) => seconds(p90) },
  { title: 'p99', cell: ({ p99 }) => seconds(p99) },
  { title: 'errors', cell: ({ errors }) => round(errors) },
  { title: 'timeouts', cell: ({ timeouts }) => round(timeouts) },
];

function table(steps: readonly ProbeLevel[], paint: Paint): string {
  const columns = columnsOfSteps
    .map(({ title, cell }) => [title, ...steps.map(cell)])
    .filter(([, ...cells]) => cells.some((cell) => cell !== ''));
  const widths = columns.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  const line = (row: number) =>
    columns.map((cells, i) => (cells[row] ?? '').padStart(widths[i] ?? 0)).join('  ');
  return [paint(DIM, line(0)), ...steps.map((_, i) => line(i + 1))].join('\n');
}

function parameters({ usl }: ProbeResult, paint: Paint): string {
  if (usl === null) return '';
  const { ci, peak } = usl;
  const range = (format: (value: number) => string, { low, high }: Interval) =>
    `${format(low)} to ${format(high)}`;
  const rows = [
    ['λ', 'one connection alone', formatRate(usl.lambda), range(formatRate, ci.lambda)],
    ['σ', 'contention', formatPercent(usl.sigma), range(formatPercent, ci.sigma)],
    ['κ', 'coherency, for every pair', formatPercent(usl.kappa), range(formatPercent, ci.kappa)],
    ...(peak === null
      ? []
      : [
          ['', 'peak throughput', formatRate(peak.throughput), range(formatRate, peak.ci.throughput)],
          ['', 'peak connections', round(peak.concurrency), range(round, peak.ci.concurrency)],
        ]),
  ];
  const widths = [1, 25, 10].map((least, i) => Math.max(least, ...rows.map((row) => row[i]?.length ?? 0)));
  return [
    `Universal scalability law   ${paint(DIM, `R² ${usl.r2.toFixed(3)}, 95% intervals`)}`,
    ...rows.map(([symbol = '', name = '', value = '', interval = '']) =>
      [
        symbol.padEnd(widths[0] ?? 0),
        name.padEnd(widths[1] ?? 0),
        value.padStart(widths[2] ?? 0),
        paint(DIM, interval),
      ].join('  '),
    ),
  ].join('\n');
}

const marks: Record<Severity, { word: string; code: string }> = {
  error: { word: 'Error', code: RED },
  warning: { word: 'Warning', code: YELLOW },
  info: { word: 'Note', code: DIM },
};

function findings(result: ProbeResult, paint: Paint, width: number): string {
  const order: Severity[] = ['error', 'warning', 'info'];
  return order
    .flatMap((severity) => result.findings.filter((each) => each.severity === severity))
    .map((finding) => {
      const { word, code } = marks[finding.severity];
      return paint(code, word.padEnd(LABEL)) + hang(describeProbeFinding(finding), LABEL, width);
    })
    .join('\n');
}

const BAR = 20;

/** How far a probe is, in one line of at most `width` characters. */
export function probeProgressLine(
  { done, of, connections, left }: { done: number; of: number; connections: number; left: number },
  last: { connections: number; throughput: number } | undefined,
  width: number,
): string {
  const filled = Math.round((done / of) * BAR);
  const parts = [
    `${'━'.repeat(filled)}${'┄'.repeat(BAR - filled)} step ${Math.min(of, done + 1)} of ${of}`,
    `${connections} connections`,
    `${formatSeconds(Math.ceil(left))} left`,
    ...(last === undefined ? [] : [`last: ${formatRate(last.throughput)} with ${last.connections}`]),
  ];
  return parts.join('  ').slice(0, width);
}
