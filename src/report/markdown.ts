import type { Severity } from '../planners/findings.ts';
import type { Plan } from '../planners/types.ts';
import { type Described, describeFindings } from './findings.ts';
import { answer, grounds, type Statement } from './plan-words.ts';
import { type ResourceRow, tiers } from './resource-rows.ts';
import { trialTable } from './trial-rows.ts';
import { changes } from './what-if-words.ts';

const headings: Record<Severity, string> = {
  error: 'Do not use this plan as it stands',
  warning: 'Warnings',
  info: 'Notes',
};

/** The plan as a Markdown document, for a pull request or a wiki. */
export function renderMarkdown(plan: Plan): string {
  const described = describeFindings(plan.findings);
  return `${[
    '# Capacity plan',
    ...bullets(answer(plan)),
    ...tiers(plan).flatMap(({ name, known, rows }) => [`## ${name}`, table(rows, known)]),
    ...trials(plan),
    ...section('## Grounds', bullets(grounds(plan))),
    ...whatIf(plan),
    ...(['error', 'warning', 'info'] as const).flatMap((severity) =>
      section(`## ${headings[severity]}`, findings(described, severity)),
    ),
  ].join('\n\n')}\n`;
}

function table(rows: ResourceRow[], known = 'One request uses (95% interval)'): string {
  return [
    `| Resource | ${known} | The peak needs | Recommended |`,
    '| --- | --- | --- | --- |',
    ...rows.map(
      ({ resource, demand, atPeak, recommended }) =>
        `| ${[resource, ...[demand, [atPeak], [recommended]].map(cell)].join(' | ')} |`,
    ),
  ].join('\n');
}

function whatIf(plan: Plan): string[] {
  const lines = changes(plan);
  return lines.length === 0
    ? []
    : ['## What would change this', lines.map((line) => `- ${escaped(line)}`).join('\n')];
}

function trials(plan: Plan): string[] {
  const found = trialTable(plan);
  if (found === undefined) return [];
  const { title, head, rows } = found;
  const lines = [[title, ...head], head.concat('').map(() => '---'), ...rows].map(
    (row) => `| ${row.map(escaped).join(' | ')} |`,
  );
  return ['## Autoscaling, simulated', lines.join('\n')];
}

function section(heading: string, body: string[]): string[] {
  return body.length === 0 ? [] : [heading, ...body];
}

function bullets(statements: Statement[]): string[] {
  if (statements.length === 0) return [];
  return [statements.map(({ label, text }) => `- **${label}:** ${escaped(text)}`).join('\n')];
}

function findings(all: Described[], severity: Severity): string[] {
  const found = all.filter((each) => each.severity === severity);
  if (found.length === 0) return [];
  return [found.map(({ code, text }) => `- ${escaped(text)} (\`${code}\`)`).join('\n')];
}

function cell(lines: string[]): string {
  return lines.map(escaped).join('<br>');
}

/** Names of classes and scripts are the user's own: they must not turn into markup. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*[\]<>|]/g, '\\$&');
}
