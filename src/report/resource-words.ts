import type { Binding } from '../planners/bottleneck.ts';
import type { Resource } from '../planners/types.ts';
import type { Declared } from '../planners/worlds.ts';
import { formatBytes, formatSeconds, round } from '../units.ts';

/** What people call the resources, in the order in which a plan tells them. */
export const resourceNames: Record<Resource, string> = {
  platformCpu: 'service CPU',
  databaseCpu: 'database CPU',
  connectionTime: 'database connections',
  walBytes: 'WAL',
  databaseReads: 'disk reads',
  databaseWrites: 'disk writes',
  databaseFsyncs: 'disk syncs',
  ioBytes: 'disk bytes',
  growthBytes: 'stored data',
};

/** The same of what is used up first. */
export const saturationNames: Record<Binding, string> = {
  platformCpu: 'service CPU',
  platformMemory: 'service memory',
  databaseCpu: 'database CPU',
  connections: 'database connections',
  iops: 'IOPS',
  throughput: 'disk throughput',
  cacheCpu: "the cache's thread",
  kafkaPartition: 'the hottest Kafka partition',
  consumers: 'Kafka consumers',
};

type Format = (value: number) => string;

/** What one request uses. */
export const perRequest: Record<Resource, Format> = {
  platformCpu: formatSeconds,
  databaseCpu: formatSeconds,
  connectionTime: formatSeconds,
  walBytes: formatBytes,
  databaseReads: round,
  databaseWrites: round,
  databaseFsyncs: round,
  ioBytes: formatBytes,
  growthBytes: formatBytes,
};

/** What all requests use at one time. */
export const atOnce: Record<Resource, Format> = {
  platformCpu: (value) => `${round(value)} cores`,
  databaseCpu: (value) => `${round(value)} cores`,
  connectionTime: (value) => `${round(value)} busy`,
  walBytes: (value) => `${formatBytes(value)}/s`,
  databaseReads: (value) => `${round(value)}/s`,
  databaseWrites: (value) => `${round(value)}/s`,
  databaseFsyncs: (value) => `${round(value)}/s`,
  ioBytes: (value) => `${formatBytes(value)}/s`,
  growthBytes: (value) => `${formatBytes(value)}/s`,
};

/** A figure with its interval, the unit once where all three have the same: `1.2ms (1.1–1.3)`. */
export function withInterval(
  { value, low, high }: { value: number; low: number; high: number },
  format: Format,
): string {
  const text = format(value);
  const unit = unitOf(text);
  const [from, to] = [low === 0 ? `0${unit}` : format(low), format(high)];
  if (from === text && to === text) return text;
  const bare = unitOf(from) === unit && unitOf(to) === unit ? -unit.length || undefined : undefined;
  return `${text} (${from.slice(0, bare)}–${to.slice(0, bare)})`;
}

function unitOf(text: string): string {
  return /[^\d.,-]*$/.exec(text)?.[0] ?? '';
}

/** `1 core`, `2.5 cores`. */
export function counted(count: number, noun: string): string {
  return `${round(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A declared figure, a range from its lowest to its highest. */
export function declaredFigure(figure: Declared, format: (value: number) => string): string {
  if (typeof figure === 'number') return format(figure);
  return `${format(figure.low)} to ${format(figure.high)} (likeliest ${format(figure.mid)})`;
}
