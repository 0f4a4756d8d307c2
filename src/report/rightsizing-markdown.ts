import type { RankedAdvice, Rightsizing } from '../planners/rightsizing/types.ts';
import { findingLines, nameOfWorkload, quantityOf } from './rightsizing-findings.ts';
import {
  hpaWords,
  ignoredWords,
  rightsizingAnswer,
  savingWords,
  shownStrategies,
  strategyNames,
} from './rightsizing-words.ts';

/** The right sizes as a Markdown document, for a pull request or a wiki. */
export function renderRightsizingMarkdown(report: Rightsizing): string {
  const { workloads, inputs, score, grade, ignored } = report;
  const [first = '', second = ''] = rightsizingAnswer(report);
  const rows = workloads.flatMap((workload) => rowsOf(workload, shownStrategies(inputs.strategy)));
  const table = [
    '| Workload | Container | | CPU request | CPU limit | Memory request | Memory limit |',
    '| --- | --- | --- | ---: | ---: | ---: | ---: |',
    ...rows.map((cells) => `| ${cells.map(escaped).join(' | ')} |`),
  ];
  const worth = workloads.map((workload) => {
    const { severity, saving } = workload;
    const text = saving === null ? 'nothing advised' : savingWords(saving);
    return `- **${escaped(nameOfWorkload(workload))}:** ${text} (${severity})`;
  });
  const scaling = workloads.flatMap(({ hpa }) => (hpa === null ? [] : [`- ${escaped(hpaWords(hpa))}`]));
  const findings = findingLines(workloads).map(
    ({ severity, code, text }) => `- ${severity}: ${escaped(text)} (\`${code}\`)`,
  );
  return `${[
    '# Right sizes',
    `**${first}** ${escaped(second)}`,
    `Score ${score} of 100, grade ${grade}.`,
    table.join('\n'),
    ...section('## What each is worth', worth),
    ...section('## Autoscalers', scaling),
    ...section('## Findings', findings),
    ...ignoredWords(ignored),
  ].join('\n\n')}\n`;
}

function rowsOf(workload: RankedAdvice, shown: ReturnType<typeof shownStrategies>): string[][] {
  return workload.containers.flatMap(({ name, now, advice }) => {
    const all = [
      { title: 'now', amounts: now },
      ...shown.map((strategy) => ({ title: strategyNames[strategy], amounts: advice[strategy] })),
    ];
    return all.map(({ title, amounts }, i) => [
      ...(i === 0 ? [nameOfWorkload(workload), name] : ['', '']),
      title,
      ...(['cpu', 'memory'] as const).flatMap((resource) =>
        (['request', 'limit'] as const).map((part) => quantityOf(resource, amounts[resource]?.[part])),
      ),
    ]);
  });
}

function section(heading: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [heading, lines.join('\n')];
}

/** Names come from a cluster: they must not turn into markup. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*[\]<>|]/g, '\\$&');
}
