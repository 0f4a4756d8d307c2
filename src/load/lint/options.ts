import type { AnyNode } from 'acorn';
import { optionNames } from '../options/layers.ts';
import { exportsOf, propertiesOf } from './exports.ts';
import type { Finding } from './finding.ts';
import { nearest } from './nearest.ts';
import { definitionOf, type Source } from './source.ts';
import { cannotFail } from './thresholds.ts';

/** What belongs to a scenario, and does nothing, or something else, at the top level. */
const scenarioFields = new Set([
  ...['executor', 'exec', 'env', 'startTime', 'gracefulStop', 'gracefulRampDown', 'startVUs', 'maxDuration'],
  ...['rate', 'timeUnit', 'startRate', 'preAllocatedVUs', 'maxVUs'],
]);

/** Options that k6 ignores, and thresholds that cannot fail. */
export function lintOptions(source: Source): Finding[] {
  const options = exportsOf(source).get('options');
  if (options?.type !== 'ObjectExpression') return [];
  const findings: Finding[] = [];
  for (const property of options.properties) {
    const [entry] = property.type === 'Property' ? propertiesOf({ ...options, properties: [property] }) : [];
    const message = entry && messageFor(entry[0]);
    if (message !== undefined) findings.push(source.finding(property, 'warning', 'unknown-option', message));
  }
  const thresholds = propertiesOf(options).get('thresholds');
  return [
    ...findings,
    ...lintThresholds(thresholds && (definitionOf(source, thresholds) ?? thresholds), source),
  ];
}

function messageFor(name: string): string | undefined {
  if (optionNames.has(name)) return undefined;
  if (scenarioFields.has(name)) {
    return `k6 ignores ${name} here and runs something else: it belongs in a scenario, as in scenarios: { main: { ${name}: ... } }`;
  }
  const near = nearest(name, [...optionNames, ...scenarioFields]);
  if (near !== undefined && scenarioFields.has(near)) {
    return `k6 has no option ${name}: did you mean ${near}, which belongs in a scenario?`;
  }
  return `k6 has no option ${name}${near === undefined ? ' and ignores it' : `: did you mean ${near}?`}`;
}

function lintThresholds(thresholds: AnyNode | undefined, source: Source): Finding[] {
  if (thresholds?.type !== 'ObjectExpression') return [];
  return [...propertiesOf(thresholds)].flatMap(([metric, given]) => {
    const conditions = given.type === 'ArrayExpression' ? given.elements : [given];
    return conditions.flatMap((condition) => {
      const text =
        condition?.type === 'ObjectExpression' ? propertiesOf(condition).get('threshold') : condition;
      if (text?.type !== 'Literal' || typeof text.value !== 'string' || !cannotFail(metric, text.value))
        return [];
      const message = `the threshold ${text.value} of ${metric} cannot fail`;
      return [source.finding(text, 'warning', 'idle-threshold', message)];
    });
  });
}
