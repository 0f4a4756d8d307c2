import type { Change, Leaf } from '../planners/diff/leaves.ts';
import type { DemandChange, PlanDiff } from '../planners/diff/plan-diff.ts';
import type { Cause, CauseName } from '../planners/diff/replica-causes.ts';
import type { Finding } from '../planners/findings.ts';
import type { Saturation } from '../planners/types.ts';
import { cpuQuantity, formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { figureAt } from './figure-words.ts';
import { describeFindings } from './findings.ts';
import { capital, counted, perRequest, resourceNames, saturationNames } from './resource-words.ts';

/** What two plans differ in, in words: the answer, and rows of cells below a title. */
export type DiffText = { answer: string; sections: { title: string; rows: string[][] }[] };

/** Smaller changes of a figure are not shown. */
const SMALLEST = 0.005;
/** Of one part of the plan; the rest is in the JSON. */
const MOST_ROWS = 10;
/** Of the change of the replicas, from which on a cause belongs to the answer. */
const MAIN_SHARE = 0.3;
/** Replicas that would be shown as none. */
const UNFELT = 0.05;

const titles: Record<string, string> = {
  ...{ atPeak: 'At the peak', cpu: 'CPU', hpa: 'HPA', iops: 'IOPS', wal: 'WAL' },
};
/** The outer parts of an interval move with its middle. */
const outer = /(?:^|\.)(?:low|high|p5|p95|spread\..*)$/;

export function diffInWords(diff: PlanDiff): DiffText {
  const { came, went } = diff.findings;
  const sections = [
    {
      title: 'Why',
      rows: diff.replicas.causes.filter(isFelt).map((cause) => [signed(cause.replicas), causeText(cause)]),
    },
    { title: 'Asked', rows: rowsOf(diff.inputs) },
    { title: 'One request uses', rows: diff.demand.filter(isShown).map(demandRow) },
    ...Object.entries(diff.tiers).map(([name, changes]) => ({
      title: titles[name] ?? capital(name),
      rows: rowsOf(
        changes.map((change) => ({ ...change, path: `${name}.${change.path}` })),
        name,
      ),
    })),
    { title: 'Binds first', rows: bottleneckRows(diff) },
    { title: 'New', rows: findingRows(came) },
    { title: 'Gone', rows: findingRows(went) },
  ];
  return {
    answer: [answer(diff), ...cost(diff)].join(' '),
    sections: sections.filter(({ rows }) => rows.length > 0),
  };
}

function answer({ replicas: { from, to, causes }, ...diff }: PlanDiff): string {
  const same = diff.inputs.length + diff.demand.length + Object.keys(diff.tiers).length === 0;
  if (same) return 'The plans are the same.';
  if (from === null || to === null) {
    return from === to ? 'No service is in these plans; what else differs is below.' : oneSided(from, to);
  }
  if (from === to) {
    const [first] = causes.filter(isFelt);
    return `${counted(to, 'replica')} as before${first ? `, although ${causeText(first)}` : ''}.`;
  }
  const change = to - from;
  const mainly = causes
    .filter(({ replicas }) => replicas / change >= MAIN_SHARE)
    .slice(0, 2)
    .map(causeText);
  const why = mainly.length === 0 ? '' : `, because ${mainly.join(', and ')}`;
  return `${counted(Math.abs(change), 'replica')} ${change > 0 ? 'more' : 'fewer'} (${from} → ${to})${why}.`;
}

/** Of a month, where prices were known for both. */
function cost({ tiers }: PlanDiff): string[] {
  const change = tiers.cost?.find(({ path }) => path === 'perMonth.recommended');
  if (typeof change?.from !== 'number' || typeof change.to !== 'number') return [];
  const size = `${round(change.from)} → ${round(change.to)}`;
  return [`A month costs ${compared(change.from, change.to, 'more', 'less')} (${size}).`];
}

function oneSided(from: number | null, to: number | null): string {
  return from === null
    ? `Only the second plan is for a service: ${counted(to ?? 0, 'replica')}.`
    : `Only the first plan is for a service: ${counted(from, 'replica')}.`;
}

const causeTexts: Record<CauseName, (cause: Cause) => string> = {
  rate: ({ from, to }) =>
    `the peak is ${compared(from, to, 'higher', 'lower')} (${arrow(from, to, formatRate)})`,
  mix: ({ from, to }) => `the mix of classes is ${Number(from) < Number(to) ? 'heavier' : 'lighter'}`,
  demand: ({ class: name, from, to }) =>
    `${name ?? 'a request'} costs ${compared(from, to, 'more', 'less')} CPU (${arrow(from, to, formatSeconds)})`,
  idle: ({ from, to }) =>
    `a replica uses ${Number(from) < Number(to) ? 'more' : 'less'} CPU without requests (${arrow(from, to, cores)})`,
  margin: ({ from, to }) =>
    `${Number(from) < Number(to) ? 'more' : 'less'} room is left for what is not known for certain (${arrow(from, to, (value) => `×${round(value)}`)})`,
  replicaCpu: ({ from, to }) =>
    `a replica has ${Number(from) < Number(to) ? 'more' : 'less'} CPU (${arrow(from, to, cpuQuantity)})`,
  target: ({ from, to }) =>
    `a replica may be ${Number(from) < Number(to) ? 'busier' : 'less busy'} (${arrow(from, to, formatPercent)} of its CPU)`,
  sizing: ({ from, to }) =>
    `the same cores take ${Number(from) < Number(to) ? 'more' : 'fewer'} replicas, which are whole ones`,
  memory: ({ from, to }) => `memory takes ${arrow(from, to, round)} replicas`,
  availability: ({ from, to }) => `what may be lost is another (${from} → ${to})`,
  other: () => 'the least count of replicas, and whole ones to spare',
};

function isFelt({ replicas }: Cause): boolean {
  return Math.abs(replicas) >= UNFELT;
}

function causeText(cause: Cause): string {
  return causeTexts[cause.cause](cause);
}

function cores(value: number): string {
  return counted(value, 'core');
}

function arrow(from: number | string, to: number | string, format: (value: number) => string): string {
  return `${format(Number(from))} → ${format(Number(to))}`;
}

/** `18% more`; `2.5 times as much` has no room in the same sentence, so it stays a percentage. */
function compared(from: number | string, to: number | string, more: string, less: string): string {
  const change = Number(to) / Number(from) - 1;
  if (!Number.isFinite(change)) return Number(to) > Number(from) ? more : less;
  return `${formatPercent(Math.abs(change))} ${change > 0 ? more : less}`;
}

function signed(replicas: number): string {
  const text = round(Math.abs(Number(replicas.toFixed(1))));
  return `${replicas < 0 ? '−' : '+'}${text}`;
}

function isShown({
  from,
  to,
}: {
  from: Leaf | DemandChange['from'];
  to: Leaf | DemandChange['to'];
}): boolean {
  const [a, b] = [from, to].map((each) => (typeof each === 'object' ? each?.value : each));
  if (typeof a !== 'number' || typeof b !== 'number') return true;
  return Math.abs(b - a) > SMALLEST * Math.max(Math.abs(a), Math.abs(b));
}

/** `within` is the part of the plan that the paths begin with, which its title says already. */
function rowsOf(changes: readonly Change[], within?: string): string[][] {
  const shown = changes.filter((change) => isShown(change) && !outer.test(change.path));
  const rows = shown
    .slice(0, MOST_ROWS)
    .map(({ path, from, to }) => [
      within === undefined ? path : path.slice(within.length + 1) || within,
      leafText(path, from),
      '→',
      leafText(path, to),
      changeText(from, to),
    ]);
  const more = shown.length - rows.length;
  return more === 0 ? rows : [...rows, [`and ${more} more`]];
}

function leafText(path: string, value: Leaf): string {
  if (value === null) return 'none';
  return typeof value === 'number' ? figureAt(path, value) : String(value);
}

function changeText(from: Leaf, to: Leaf): string {
  if (typeof from !== 'number' || typeof to !== 'number' || from === 0) return '';
  const change = to / from - 1;
  return `${change < 0 ? '−' : '+'}${formatPercent(Math.abs(change))}`;
}

function demandRow({ class: name, resource, from, to, beyond }: DemandChange): string[] {
  const format = perRequest[resource] ?? round;
  return [
    `${name}: ${resourceNames[resource] ?? resource}`,
    format(from.value),
    '→',
    format(to.value),
    changeText(from.value, to.value),
    beyond ? 'beyond its intervals' : 'within its intervals',
  ];
}

/** A resource that this version does not know has the name that the plan gives it. */
function nameOf(resource: string): string {
  return (saturationNames as Record<string, string>)[resource] ?? resource;
}

/** A plan of another version may have findings for which this one has no words. */
function findingRows(findings: readonly Finding[]): string[][] {
  const known = findings.filter(hasWords);
  const unknown = findings.filter((finding) => !known.includes(finding));
  return [...describeFindings(known).map(({ text }) => [text]), ...unknown.map(({ code }) => [code])];
}

function hasWords(finding: Finding): boolean {
  try {
    return describeFindings([finding]).length > 0;
  } catch {
    return false;
  }
}

function bottleneckRows({ bottleneck: { from, to } }: PlanDiff): string[][] {
  const text = (each: Saturation | null) =>
    each === null ? 'nothing' : `${nameOf(each.resource)} at ${formatRate(each.atRate)}`;
  return text(from) === text(to) ? [] : [[text(from), '→', text(to)]];
}
