import { formatBytes, formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { counted } from './resource-words.ts';

/** Figures of a plan of which only the path is known: its words tell the unit. */
const units: readonly [RegExp, (value: number) => string][] = [
  [/^(?:replicas|hpa|kafka)\./, round],
  [/^load\.(?:peak|withEvents|spread\b)|rate$/i, formatRate],
  [/(?:^|\.)(?:confidence|growth|mix\b.*)$|utilisation|saturation$|share|ratio|headroom/i, formatPercent],
  [/latency|startup|rise$|decay$|(?:time|wait|seconds|interval|delay|lag)$/i, formatSeconds],
  [
    /^(?:memory\.(?!connections|.*pods)|storage\.(?!days))|bytes|memory$|throughput|^atPeak\.(?:wal|io|growth)/i,
    formatBytes,
  ],
  [/^cpu\.|cores|cpu(?:\.\w+)?$/i, (value) => counted(value, 'core')],
];

export function figureAt(path: string, value: number): string {
  return (units.find(([pattern]) => pattern.test(path))?.[1] ?? round)(value);
}
