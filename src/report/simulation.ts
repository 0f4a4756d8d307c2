import type { HpaFinding } from '../models/hpa/lint.ts';
import type { Scaling, Simulation } from '../models/world/ledger.ts';
import type { Comparison } from '../models/world/recorded.ts';
import type { Replica, Slo } from '../models/world/replica.ts';
import { formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { CURVE, drawChart, POINT } from './chart.ts';
import { hang } from './hang.ts';
import { unwise } from './hpa-findings.ts';
import { BOLD, CYAN, painter } from './k6-layout.ts';
import { counted } from './resource-words.ts';
import { causesText, minutes, moment } from './simulation-words.ts';

export type SimulatedHpa = {
  name: string;
  simulation: Simulation;
  /** With what was recorded of its target; null without a recording. */
  comparison: Comparison | null;
  cost: number | null;
  findings: HpaFinding[];
};

export type SimulationReport = {
  hpas: SimulatedHpa[];
  slo: Slo;
  replica: Replica;
  engine: 'fluid' | 'events';
  /** Of the topic whose records the pods read; null where requests are sent to them. */
  partitions: number | null;
  release: number;
  seed: number;
  assumptions: readonly string[];
};

const CHART_LINES = 10;
const VIOLATIONS = 5;
const SCALINGS = 8;
const DAY = 86_400;
/** Below this share of rough steps nobody needs to know. */
const ROUGH = 0.01;

/** What HPAs did with the traffic, side by side, and for each of them where it failed and why. */
export function renderSimulation(
  report: SimulationReport,
  { color, width: columns = 80 }: { color: boolean; width?: number },
): string {
  const paint = painter(color);
  const width = Math.min(110, Math.max(60, columns - 1));
  const parts = [
    ...report.hpas.map(({ simulation, name }) =>
      [
        paint(BOLD, headline(name, simulation, report.slo)),
        chart(simulation, width, (text) => paint(CYAN, text)),
      ].join('\n\n'),
    ),
    table(report),
    ...report.hpas.map((each) => recorded(each, width)),
    ...report.hpas.map((each) => violations(each, width)),
    ...report.hpas.map((each) => scalings(each, width)),
    unwise(report.hpas, width),
    notes(report, width),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

export function sloText({ quantile, within }: Slo): string {
  return `p${round(quantile * 100)} within ${formatSeconds(within)}`;
}

function headline(name: string, { violated, steps, seconds }: Simulation, slo: Slo): string {
  const time = steps.rate.length * seconds;
  if (violated === 0) return `${name} keeps ${sloText(slo)} all of ${minutes(time)}.`;
  return `${name} does not keep ${sloText(slo)} for ${minutes(violated)} of ${minutes(time)} (${formatPercent(violated / time)}).`;
}

/** Replicas, the most in each column's time, over the pods that the load needs. */
function chart({ steps, seconds, start }: Simulation, width: number, mark: (text: string) => string): string {
  const length = steps.rate.length;
  const columns = Math.min(length, width - 8);
  const most = (column: Float64Array, i: number) => {
    const [from, to] = [Math.floor((i * length) / columns), Math.floor(((i + 1) * length) / columns)];
    return column.subarray(from, Math.max(to, from + 1)).reduce((a, b) => Math.max(a, b), 0);
  };
  const days = (i: number) => (i * length * seconds) / columns / DAY;
  const lines = drawChart({
    points: Array.from({ length: columns }, (_, i) => ({ x: days(i), y: most(steps.replicas, i) })),
    curve: (x) =>
      most(steps.needed, Math.min(columns - 1, Math.round((x * DAY * columns) / length / seconds))),
    mark: undefined,
    axis: 'linear',
    label: round,
    width,
    height: CHART_LINES,
  });
  return [
    `Replicas by day from ${moment(start)} UTC   ${POINT} asked for   ${CURVE} needed for the SLO`,
    ...lines.map((line) => line.replaceAll(POINT, mark(POINT))),
  ].join('\n');
}

type Row = [string, (each: SimulatedHpa) => string];

function table({ hpas, slo }: SimulationReport): string {
  const priced = hpas.some(({ cost }) => cost !== null);
  const nodes = hpas.some(({ simulation }) => simulation.nodeHours !== null);
  const rows: Row[] = [
    ['', ({ name }) => name],
    ['SLO not kept', ({ simulation }) => minutes(simulation.violated)],
    [
      'longest',
      ({ simulation }) => minutes(Math.max(0, ...simulation.violations.map(({ seconds }) => seconds))),
    ],
    ['pod-hours', ({ simulation }) => round(simulation.podHours)],
    ...(nodes ? [['node-hours', ({ simulation }) => round(simulation.nodeHours ?? 0)] satisfies Row] : []),
    ...(priced ? [['cost', ({ cost }) => (cost === null ? '-' : cost.toFixed(2))] satisfies Row] : []),
    ['replicas', ({ simulation }) => range(simulation.steps.replicas)],
    ['rescaled', ({ simulation }) => `${simulation.scalings.length} times`],
    ['utilisation, mean', ({ simulation }) => formatPercent(utilisation(simulation))],
    ['p50', ({ simulation }) => latency(simulation.response.p50)],
    ['p95', ({ simulation }) => latency(simulation.response.p95)],
    ['p99', ({ simulation }) => latency(simulation.response.p99)],
    [
      `later than ${formatSeconds(slo.within)}`,
      ({ simulation }) => share(simulation.late - simulation.rejected, simulation),
    ],
    ['turned away', ({ simulation }) => share(simulation.rejected, simulation)],
    [
      'too few pods',
      ({ simulation: { elasticity: e } }) =>
        `${formatPercent(e.underTime)} of time, ${formatPercent(e.underAccuracy)} short`,
    ],
    [
      'too many pods',
      ({ simulation: { elasticity: e } }) =>
        `${formatPercent(e.overTime)} of time, ${formatPercent(e.overAccuracy)} over`,
    ],
    ['instability', ({ simulation }) => formatPercent(simulation.elasticity.instability)],
  ];
  const cells = rows.map(([label, of]) => [label, ...hpas.map(of)]);
  const widths = hpas.map((_, i) => Math.max(...cells.map((row) => (row[i + 1] ?? '').length)));
  const labels = Math.max(...cells.map(([label = '']) => label.length));
  return cells
    .map(([label = '', ...values]) =>
      `${label.padEnd(labels)}  ${values.map((value, i) => value.padStart(widths[i] ?? 0)).join('   ')}`.trimEnd(),
    )
    .join('\n');
}

function range(column: Float64Array): string {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const value of column) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return `${low} to ${high}`;
}

/** Of all pods that were ready, over all time. */
function utilisation({ steps }: Simulation): number {
  let [work, room] = [0, 0];
  for (let k = 0; k < steps.rate.length; k++) {
    const ready = steps.ready[k] as number;
    if (ready === 0) continue;
    work += (steps.utilisation[k] as number) * ready;
    room += ready;
  }
  return room > 0 ? work / room : 0;
}

function latency(seconds: number): string {
  return Number.isNaN(seconds) ? '-' : formatSeconds(seconds);
}

function share(count: number, { arrived }: Simulation): string {
  return arrived > 0 ? formatPercent(count / arrived) : '-';
}

function recorded({ name, comparison }: SimulatedHpa, width: number): string {
  if (comparison === null) return '';
  const { recordedPodHours, askedPodHours, same, meanDifference, largest } = comparison;
  const change = formatPercent(Math.abs(askedPodHours / recordedPodHours - 1));
  const text =
    `${name} would have asked for ${round(askedPodHours)} pod-hours where ${round(recordedPodHours)} were recorded, ` +
    `${change} ${askedPodHours < recordedPodHours ? 'fewer' : 'more'}. Both are the same ${formatPercent(same)} of the time and ${round(meanDifference)} replicas apart in the mean; ` +
    `furthest at ${moment(largest.time)}: ${largest.simulated} and not ${largest.recorded}.`;
  return hang(text, 0, width);
}

function violations({ name, simulation }: SimulatedHpa, width: number): string {
  const { violations: all, causes, violated } = simulation;
  if (all.length === 0) return '';
  const longest = all.toSorted((a, b) => b.seconds - a.seconds).slice(0, VIOLATIONS);
  return [
    hang(
      `${name}: of ${minutes(violated)} in which the SLO was not kept, ${causesText(causes, 4)}. The longest:`,
      0,
      width,
    ),
    ...longest.map(({ from, seconds, causes: why }) =>
      hang(`  ${moment(from)}, ${minutes(seconds)}: ${causesText(why, 3)}`, 4, width),
    ),
  ].join('\n');
}

function scalings({ name, simulation }: SimulatedHpa, width: number): string {
  const all = simulation.scalings;
  if (all.length === 0) return `${name}: it never rescaled.`;
  const reasons = new Map<string, number>();
  for (const { reason } of all) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const worst = simulation.violations.toSorted((a, b) => b.seconds - a.seconds)[0]?.from ?? simulation.start;
  const first = Math.max(
    0,
    all.findIndex(({ time }) => time >= worst),
  );
  const line = ({ time, from, to, reason }: Scaling) =>
    hang(`  ${moment(time)}  ${from} -> ${to}  ${reason}`, 4, width);
  return [
    hang(
      `${name}: ${[...reasons].map(([reason, count]) => `${count} x ${reason}`).join('; ')}. ${worst === simulation.start ? 'The first' : 'From the longest violation on'}:`,
      0,
      width,
    ),
    ...all.slice(first, first + SCALINGS).map(line),
  ].join('\n');
}

function notes(
  { hpas, replica, engine, partitions, release, seed, assumptions }: SimulationReport,
  width: number,
): string {
  const rough = Math.max(...hpas.map(({ simulation }) => simulation.rough));
  const lines = [
    `A pod does ${formatRate(replica.capacity)} with ${replica.workers} at once${partitions === null ? '' : `, reading its share of ${counted(partitions, 'partition')}`}; Kubernetes 1.${release}; ${partitions === null ? 'requests' : 'records'} ${engine === 'events' ? 'one by one' : 'as a stream'}, seed ${seed}.`,
    ...(rough > ROUGH
      ? [
          `${formatPercent(rough)} of the requests met pods that were almost full, where the stream is only a rough picture of their latency: --engine events is exact and slow.`,
        ]
      : []),
    ...assumptions.map((text) => `Assumed: ${text}.`),
  ];
  return lines.map((line) => hang(line, 0, width)).join('\n');
}
