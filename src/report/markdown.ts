import type { Severity } from '../planners/findings.ts';
import type { Plan } from '../planners/types.ts';
import { type Described, describeFindings } from './findings.ts';
import { answer, consequences, type Statement } from './plan-words.ts';
import { resourceRows } from './resource-rows.ts';

const headings: Record<Severity, string> = {
  error: 'Do not use this plan as it stands',
  warning: 'Warnings',
  info: 'Notes',
};

/** The plan as a Markdown document, for a pull request or a wiki. */
export function renderMarkdown(plan: Plan): string {
  const described = describeFindings(plan.findings);
  const rows = resourceRows(plan).map(
    ({ resource, demand, atPeak, recommended }) =>
      `| ${[resource, ...[demand, [atPeak], [recommended]].map(cell)].join(' | ')} |`,
  );
  const table = [
    '| Resource | One request uses (95% interval) | The peak needs | Recommended |',
    '| --- | --- | --- | --- |',
    ...rows,
  ];
  return `${[
    '# Capacity plan',
    ...bullets(answer(plan)),
    ...(rows.length === 0 ? [] : ['## Resources', table.join('\n')]),
    ...section('## Scaling', bullets(consequences(plan))),
    ...(['error', 'warning', 'info'] as const).flatMap((severity) =>
      section(`## ${headings[severity]}`, findings(described, severity)),
    ),
  ].join('\n\n')}\n`;
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
