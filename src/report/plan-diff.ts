import type { PlanDiff } from '../planners/diff/plan-diff.ts';
import { hang } from './hang.ts';
import { BOLD, painter } from './k6-layout.ts';
import { diffInWords } from './plan-diff-words.ts';
import { DIM } from './severity.ts';

const NARROWEST = 60;
const WIDEST = 120;
const INDENT = 2;

/** Two plans against each other, for a person: the answer, and then what it rests on. */
export function renderPlanDiff(
  diff: PlanDiff,
  { color, width = 100 }: { color: boolean; width?: number },
): string {
  const paint = painter(color);
  const columns = Math.min(WIDEST, Math.max(NARROWEST, width));
  const { answer, sections } = diffInWords(diff);
  const parts = sections.map(({ title, rows }) =>
    [paint(BOLD, title), ...aligned(rows, columns, (text) => paint(DIM, text))].join('\n'),
  );
  return `${[paint(BOLD, hang(answer, 0, columns)), ...parts].join('\n\n')}\n`;
}

/** Cells below each other; the last of a row of two is a sentence and is broken. */
function aligned(rows: readonly string[][], columns: number, dim: (text: string) => string): string[] {
  const tabular = rows.filter(({ length }) => length > 2);
  const widths = Array.from({ length: Math.max(0, ...tabular.map(({ length }) => length)) }, (_, column) =>
    Math.max(...tabular.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) => {
    const [first = '', second = ''] = row;
    const indent = ' '.repeat(INDENT);
    if (row.length === 1) return indent + hang(first, INDENT, columns);
    if (row.length === 2) return `${indent}${first.padEnd(6)} ${hang(second, INDENT + 7, columns)}`;
    const cells = row.map((cell, column) => {
      const text = cell.padEnd(widths[column] ?? 0);
      return cell === '→' ? dim(text) : text;
    });
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

/** The same as a Markdown document, for a pull request. */
export function renderPlanDiffMarkdown(diff: PlanDiff): string {
  const { answer, sections } = diffInWords(diff);
  const parts = sections.flatMap(({ title, rows }) => [`## ${escaped(title)}`, table(rows)]);
  return `${['# Capacity plan, compared', escaped(answer), ...parts].join('\n\n')}\n`;
}

function table(rows: readonly string[][]): string {
  if (rows.every(({ length }) => length === 1))
    return rows.map(([text = '']) => `- ${escaped(text)}`).join('\n');
  const count = Math.max(...rows.map(({ length }) => length));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const empty = Array.from({ length: count }, () => '');
  return [
    line(empty),
    line(empty.map(() => '---')),
    ...rows.map((row) => line([...row.map(escaped), ...empty.slice(row.length)])),
  ].join('\n');
}

/** Names of classes and scripts are the user's own: they must not turn into markup. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*[\]<>|]/g, '\\$&');
}
