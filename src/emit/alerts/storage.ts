import type { Plan } from '../../planners/types.ts';
import { formatBytes } from '../../units.ts';
import { figure, type Rule, type RuleGroup, type Target } from './rule.ts';

const DAY = 86_400;
/** Days until the volume is full that leave time to enlarge it in peace, and that do not. */
const SOON = { days: 90, severity: 'warning' } as const;
const NOW = { days: 7, severity: 'critical' } as const;

/**
 * Alerts on the days until the database's volume is full, at the growth of the last week; undefined when nothing is
 * known of the volume. The size is what postgres_exporter tells, which is without the write-ahead log.
 */
export function storageGroup({ storage, iops, inputs }: Plan, { service }: Target): RuleGroup | undefined {
  const capacity = inputs.declared.capacityBytes ?? iops?.volume?.bytes;
  if (storage === null || capacity === undefined) return undefined;
  const size = 'sum by (server) (pg_database_size_bytes)';
  return {
    name: `${service}-storage`,
    rules: [SOON, NOW].map(
      ({ days, severity }): Rule => ({
        alert: 'DatabaseVolumeFills',
        expr: `predict_linear((${size})[7d:1h], ${days * DAY}) > ${figure(capacity)}`,
        for: '1h',
        labels: { severity, service, days: String(days) },
        annotations: {
          summary: `the database's volume is full within ${days} days`,
          description: `At the growth of the last week it holds {{ $value | humanize1024 }}B in ${days} days, and it has ${formatBytes(capacity)}.`,
        },
      }),
    ),
  };
}
