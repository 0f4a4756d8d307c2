import type { HpaFinding } from '../models/hpa/lint.ts';
import { formatBytes, formatSeconds } from '../units.ts';
import { hang } from './hang.ts';
import { counted } from './resource-words.ts';

/** What is unwise in an HPA, in words: what it says, what follows, what can be done. Without a line feed. */
export function describeHpaFinding({ code, args }: HpaFinding): string {
  switch (code) {
    case 'LATENCY_AS_TARGET':
      return `${args.metric} looks like a latency, and latency does not fall in proportion to the replicas: once it rises steeply the HPA runs to its maximum. Scale on the rate or the queue per pod, and keep latency as the objective that a simulation checks.`;
    case 'VALUE_ON_QUEUE':
      return `${args.metric} looks like a queue, and its target is a value: the HPA then multiplies the replicas by queue over target at every sync. With averageValue it asks for one replica for each such part of the queue.`;
    case 'MEMORY_BESIDE_CPU':
      return `Memory, at ${args.unit === 'percent' ? `${args.target} %` : formatBytes(args.target / 1000)}, is a target beside CPU, and the larger proposal counts: what the processes do not give back keeps the replicas up after CPU has fallen. Leave memory out unless it follows the load down.`;
    case 'MIN_IS_MIN_AVAILABLE':
      return `The disruption budget asks for ${counted(args.minAvailable, 'pod')} and the HPA keeps as few as ${args.minReplicas}: at the minimum no pod may be evicted, and nodes cannot be drained. Use maxUnavailable, or raise minReplicas.`;
    case 'WINDOW_EXCEEDS_PERIOD':
      return `The stabilization window of ${args.direction}, ${formatSeconds(args.window)}, is longer than the ${formatSeconds(args.period)} after which the traffic comes round again: the HPA never follows it. Shorten the window, or fix the replicas.`;
    case 'NEVER_SCALES_DOWN':
      return 'Scaling down is disabled: after the first peak the replicas stay until someone lowers them.';
    case 'MIN_IS_MAX':
      return `Minimum and maximum are both ${args.replicas}: the HPA changes nothing.`;
    case 'MORE_THAN_PARTITIONS':
      return `The HPA may run ${counted(args.maxReplicas, 'pod')} and the topic has ${counted(args.partitions, 'partition')}: a consumer without a partition does nothing. Make maxReplicas no more than the partitions.`;
    case 'TOLERANCE_IGNORED':
      return `Kubernetes 1.${args.release} ignores the tolerance of an HPA unless the gate HPAConfigurableTolerance is set; it is on by default since 1.35.`;
  }
}

/** What is unwise in HPAs, under one heading; empty when nothing is. */
export function unwise(
  hpas: readonly { name: string; findings: readonly HpaFinding[] }[],
  width: number,
): string {
  const lines = hpas.flatMap(({ name, findings }) =>
    findings.map((finding) => hang(`  ${name}: ${describeHpaFinding(finding)}`, 4, width)),
  );
  return lines.length === 0 ? '' : ['Unwise:', ...lines].join('\n');
}
