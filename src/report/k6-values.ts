/** Numbers as k6 writes them: cut off or rounded in its own way, so that summaries can be compared by eye. */

/** What a number is, and the unit that durations are wanted in; '' picks one for each number. */
export type Units = {
  readonly contains: 'default' | 'time' | 'data';
  readonly timeUnit: '' | 's' | 'ms' | 'us';
};

type MetricType = 'counter' | 'gauge' | 'rate' | 'trend';

/** An aggregate of a metric; a rate is a share of one, durations are milliseconds. */
export function formatValue(type: MetricType, aggregation: string, value: number, units: Units): string {
  if (type === 'rate') return percent(value);
  if (type === 'trend' && aggregation === 'count') return plain(value);
  const text =
    units.contains === 'time'
      ? time(value, units.timeUnit)
      : units.contains === 'data'
        ? bytes(value)
        : plain(value);
  return type === 'counter' && aggregation === 'rate' ? `${text}/s` : text;
}

/** At most six decimals. */
export function plain(value: number): string {
  return String(Number(value.toFixed(6)));
}

/** A share of one, cut off after two decimals. */
export function percent(share: number): string {
  return `${cut(share * 100).toFixed(2)}%`;
}

function cut(value: number): number {
  return Math.trunc(value * 100) / 100;
}

/** Milliseconds in a fixed unit, or in one that suits the size; then cut off, not rounded. */
function time(ms: number, unit: Units['timeUnit']): string {
  if (unit === 's') return `${(ms * 0.001).toFixed(2)}s`;
  if (unit === 'ms') return `${ms.toFixed(2)}ms`;
  if (unit === 'us') return `${(ms * 1000).toFixed(2)}µs`;
  if (ms === 0) return '0s';
  if (ms < 0.001) return `${plain(Math.trunc(ms * 1e6))}ns`;
  if (ms < 1) return `${cut(ms * 1000)}µs`;
  if (ms < 1000) return `${cut(ms)}ms`;
  if (ms < 60_000) return `${cut(ms / 1000)}s`;
  const minutes = Math.trunc(ms / 60_000);
  const seconds = Math.trunc((ms % 60_000) / 1000);
  return minutes < 60 ? `${minutes}m${seconds}s` : `${Math.trunc(minutes / 60)}h${minutes % 60}m${seconds}s`;
}

/** Bytes in powers of 1000, with a decimal below ten. */
function bytes(value: number): string {
  if (value < 10) return `${value} B`;
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  const rounded = Math.floor(scaled * 10 + 0.5) / 10;
  return `${rounded.toFixed(rounded < 10 ? 1 : 0)} ${units[unit]}`;
}
