import { Chalk, type ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import type { Severity } from '../planners/findings.ts';
import type { Plan } from '../planners/types.ts';
import { type Described, describeFindings } from './findings.ts';
import { hang } from './hang.ts';
import { answer, grounds, type Statement } from './plan-words.ts';
import { tiers } from './resource-rows.ts';
import { trialTable } from './trial-rows.ts';
import { changes } from './what-if-words.ts';

const NARROWEST = 60;
const WIDEST = 120;
const LABEL = 13;

/** The plan for a person: the answer, a table for each tier, what follows from it, and what to beware of. */
export function renderTerminal(plan: Plan, options: { color: boolean; width?: number }): string {
  const paint = new Chalk({ level: options.color ? 1 : 0 });
  const width = Math.min(WIDEST, Math.max(NARROWEST, options.width ?? 100));
  const errors = plan.findings.filter(({ severity }) => severity === 'error').length;
  const beware = `Do not use this plan as it stands: see the ${errors === 1 ? 'error' : 'errors'} below.`;
  const parts = [
    ...(errors === 0 ? [] : [paint.red.bold(beware)]),
    labelled(answer(plan), paint, width),
    tables(plan, paint, width),
    trials(plan, paint, width),
    labelled(grounds(plan), paint, width),
    findings(describeFindings(plan.findings), paint, width),
    whatIf(plan, paint, width),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function labelled(statements: Statement[], paint: ChalkInstance, width: number): string {
  return statements
    .map(({ label, text }) => paint.bold(label.padEnd(LABEL)) + hang(text, LABEL, width))
    .join('\n');
}

/** No lines between the rows: a resource's name at the left begins each. */
const frame = {
  ...{ top: '─', 'top-mid': '─', 'top-left': '', 'top-right': '' },
  ...{ bottom: '─', 'bottom-mid': '─', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: ' ' },
};

const titles = ['One request uses (95%)', 'The peak needs', 'Recommended'] as const;

/** A table for each tier, with columns as wide as those of the others. */
function tables(plan: Plan, paint: ChalkInstance, width: number): string {
  const all = tiers(plan).map(({ name, known, rows }) => ({
    head: [name, known ?? titles[0], ...titles.slice(1)],
    rows: rows.map(({ resource, demand, atPeak, recommended }) => [
      resource,
      demand.join('\n'),
      atPeak,
      recommended,
    ]),
  }));
  if (all.length === 0) return '';
  const colWidths = columnWidths(
    all.flatMap(({ head, rows }) => [head, ...rows]),
    width,
  );
  // The top line of a table is the bottom line of the one above it.
  return all.flatMap((each, i) => table(each, colWidths, paint).slice(i === 0 ? 0 : 1)).join('\n');
}

function table(
  { head: [tier = '', ...head], rows }: { head: string[]; rows: string[][] },
  colWidths: number[],
  paint: ChalkInstance,
): string[] {
  const grid = new Table({
    head: [paint.bold(tier), ...head.map((title) => paint.dim(title))],
    chars: frame,
    colWidths,
    wordWrap: true,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1 },
  });
  grid.push(...rows);
  return grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

function trials(plan: Plan, paint: ChalkInstance, width: number): string {
  const found = trialTable(plan);
  if (found === undefined) return '';
  const { title, head, rows } = found;
  const colWidths = columnWidths([[title, ...head], ...rows], width);
  return table({ head: [title, ...head], rows }, colWidths, paint).join('\n');
}

/** What a column's width is worth against the others': names must not be broken, and demand has the longest lines. */
const worth = [2, 1.45, 1, 1];

/** As wide as their text and a blank, with one more blank between two; when that is too wide the widest give way. */
function columnWidths(rows: string[][], width: number): number[] {
  const longest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
  const widths = (rows[0] ?? []).map(
    (_, column) => Math.max(...rows.map((row) => longest(row[column] ?? ''))) + 1,
  );
  const room = width - (widths.length - 1);
  while (widths.reduce((sum, each) => sum + each, 0) > room) {
    const shares = widths.map((each, column) => each / (worth[column] ?? 1));
    const widest = shares.indexOf(Math.max(...shares));
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** Last, for who wants to know what else could be. */
function whatIf(plan: Plan, paint: ChalkInstance, width: number): string {
  const lines = changes(plan);
  if (lines.length === 0) return '';
  return [paint.bold('What would change this'), ...lines.map((line) => `  ${hang(line, 2, width)}`)].join(
    '\n',
  );
}

const marks: Record<Severity, string> = { error: 'Error', warning: 'Warning', info: 'Note' };

function findings(all: Described[], paint: ChalkInstance, width: number): string {
  const colours: Record<Severity, ChalkInstance> = {
    error: paint.red.bold,
    warning: paint.yellow,
    info: paint.dim,
  };
  return all
    .map(({ severity, text }) => colours[severity](marks[severity].padEnd(LABEL)) + hang(text, LABEL, width))
    .join('\n');
}
