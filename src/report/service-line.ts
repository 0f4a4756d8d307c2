import type { Closeness, LimitedResource } from '../planners/live.ts';
import { formatBytes, formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { fitting } from './fitting.ts';

type ServiceNow = {
  rate: number;
  p99: number;
  cpu: { used: number; of: number | undefined } | undefined;
  closest: Closeness | undefined;
};

/** Between the two figures and after them. */
type Words = { name: string; figure: (value: number) => string; unit: string };

const words: Readonly<Record<LimitedResource, Words>> = {
  cpu: { name: 'CPU quota', figure: round, unit: ' cores' },
  eventLoop: { name: 'one thread', figure: round, unit: ' core' },
  memory: { name: 'memory', figure: formatBytes, unit: '' },
  tasks: { name: 'threads', figure: round, unit: '' },
  openFiles: { name: 'open files', figure: round, unit: '' },
  pool: { name: 'pool', figure: round, unit: ' in use' },
  connections: { name: 'connections', figure: round, unit: '' },
  cacheMemory: { name: 'cache memory', figure: formatBytes, unit: '' },
  cacheClients: { name: 'cache clients', figure: round, unit: '' },
};

/** What the service does now, and which limit is closest, in one line of at most `width` characters. */
export function serviceLine({ rate, p99, cpu, closest }: ServiceNow, width: number): string {
  const parts = [
    { text: 'service', weight: 0 },
    { text: formatRate(rate), weight: 3 },
    // A second without answers has no percentile.
    ...(rate > 0 ? [{ text: `p99 ${formatSeconds(p99)}`, weight: 4 }] : []),
    ...(cpu === undefined ? [] : [{ text: coresOf(cpu), weight: 2 }]),
    ...(closest === undefined ? [] : closestParts(closest)),
  ];
  return fitting(parts, width);
}

function coresOf({ used, of }: { used: number; of: number | undefined }): string {
  return of === undefined ? `CPU ${round(used)} cores` : `CPU ${round(used)} of ${round(of)} cores`;
}

function closestParts({
  resource,
  used,
  limit,
  share,
  source,
}: Closeness): { text: string; weight: number }[] {
  const { name, figure, unit } = words[resource];
  return [
    { text: 'closest limit:', weight: 0.5 },
    { text: `${name} ${figure(used)} of ${figure(limit)}${unit}, ${formatPercent(share)}`, weight: 5 },
    { text: `(${source})`, weight: 1 },
  ];
}
