import type { Interval } from '../models/interval.ts';
import type {
  Advised,
  ContainerAdvice,
  RankedAdvice,
  ResourceName,
  Resources,
  Rightsizing,
  Strategy,
} from '../planners/rightsizing/types.ts';
import { formatPercent, formatSeconds } from '../units.ts';
import { hang } from './hang.ts';
import { BOLD, CYAN, GREEN, type Paint, painter, RED } from './k6-layout.ts';
import { counted } from './resource-words.ts';
import { findingLines, nameOfWorkload, quantityOf } from './rightsizing-findings.ts';
import {
  hpaWords,
  ignoredWords,
  rightsizingAnswer,
  savingWords,
  shownStrategies,
  strategyNames,
} from './rightsizing-words.ts';
import { DIM, severityLines, YELLOW } from './severity.ts';

const NARROWEST = 60;
const WIDEST = 160;
const LABEL = 9;

/** What runs, and what it should ask for: the answer, each workload by each strategy, and what to beware of. */
export function renderRightsizing(
  report: Rightsizing,
  { color, width: columns = 80 }: { color: boolean; width?: number },
): string {
  const paint = painter(color);
  const width = Math.min(WIDEST, Math.max(NARROWEST, columns - 1));
  const [first = '', second = ''] = rightsizingAnswer(report);
  const all = findingLines(report.workloads);
  const parts = [
    `${paint(BOLD, hang(first, 0, width))}\n${hang(second, 0, width)}`,
    table(report, paint, width),
    severityLines(all, { label: LABEL, width, paint }),
    notes(report, width),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const titles = ['CPU request', 'CPU limit', 'memory request', 'memory limit'] as const;
const shortTitles = ['CPU req', 'CPU lim', 'mem req', 'mem lim'] as const;

/** A line for each workload, and under it one for each container and strategy. */
function table({ workloads, inputs, chosen }: Rightsizing, paint: Paint, width: number): string {
  const shown = shownStrategies(inputs.strategy);
  const names = ['now', ...shown.map((strategy) => strategyNames[strategy])];
  const label = Math.max(...names.map(({ length }) => length));
  const container = Math.min(
    30,
    Math.max(9, ...workloads.flatMap(({ containers }) => containers.map(({ name }) => name.length))),
  );
  const heads = 2 + container + 2 + label + 4 * 16 <= width ? titles : shortTitles;
  const columns = heads.map(({ length }) => Math.max(length, 7));
  const line = (left: string, name: string, cells: readonly string[]) =>
    `  ${left.padEnd(container)}  ${name.padEnd(label)}${cells.map((cell, i) => `  ${cell.padStart(columns[i] ?? 0)}`).join('')}`;
  const rowsOf = (each: ContainerAdvice) =>
    [
      line(each.name, 'now', cellsOf(each.now)),
      ...shown.map((strategy) => {
        const text = line('', strategyNames[strategy], cellsOf(each.advice[strategy]));
        const row = strategy === chosen ? paint(CYAN, text) : text;
        const rests = strategy === 'fxscale' ? basisWords(each) : '';
        return rests === '' || text.length + rests.length + 3 > width ? row : `${row}   ${paint(DIM, rests)}`;
      }),
    ].join('\n');
  return [
    paint(DIM, line('container', '', heads)),
    ...workloads.map((workload) =>
      [
        title(workload, paint),
        ...workload.containers.map(rowsOf),
        ...(workload.hpa === null ? [] : [`  ${hang(hpaWords(workload.hpa), 2, width)}`]),
      ].join('\n'),
    ),
  ].join('\n\n');
}

function title(workload: RankedAdvice, paint: Paint): string {
  const { kind, replicas, severity, saving } = workload;
  const colours = { critical: RED, warning: YELLOW, ok: GREEN, good: GREEN, unknown: DIM };
  const worth = saving === null ? 'nothing advised' : savingWords(saving);
  return `${paint(BOLD, nameOfWorkload(workload))}  ${kind}, ${counted(replicas.now, 'pod')}; ${worth}; ${paint(colours[severity], severity)}`;
}

function cellsOf(amounts: Resources | Advised): string[] {
  return (['cpu', 'memory'] as const).flatMap((resource) =>
    (['request', 'limit'] as const).map((part) => quantityOf(resource, amounts[resource]?.[part])),
  );
}

/** What the figures of `fxscale` rest on: the intervals of the CPU request and of the memory limit. */
function basisWords({ basis, days }: ContainerAdvice): string {
  if (basis === null) return '';
  const { cpuRequest, memoryLimit } = basis;
  const range = (resource: ResourceName, { low, high }: Interval) =>
    `${quantityOf(resource, low)} to ${quantityOf(resource, high)}`;
  return `from ${range('cpu', cpuRequest)}, ${range('memory', memoryLimit)}; ${days} days`;
}

function notes(report: Rightsizing, width: number): string {
  const { inputs, score, grade, ignored, workloads } = report;
  const share = formatPercent(inputs.confidence);
  const own = shownStrategies(inputs.strategy).includes('fxscale' satisfies Strategy);
  const lines = [
    `Score ${score} of 100, grade ${grade} (KRR's scale), from ${formatSeconds(inputs.history)} of history in steps of ${formatSeconds(inputs.step)}.`,
    ...(own
      ? [
          `fxscale: with ${share} confidence a pod does ${share} of its work within its CPU request and has ${share} of its daily peaks within its memory request; the memory limit lasts 30 days.`,
        ]
      : []),
    ...(workloads.some(({ hpa }) => hpa !== null)
      ? [
          'HPAs are replayed by the rules of their controller without `behavior`, which Prometheus does not have, one sync in every step.',
        ]
      : []),
    ...ignoredWords(ignored),
  ];
  return lines.map((line) => hang(line, 0, width)).join('\n');
}
