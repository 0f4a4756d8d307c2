import { maskSecrets } from '../masking.ts';
import { type Instant, rfc3339, rfc3339Nano } from './instant.ts';
import type { SampleFormat } from './samples.ts';

const timeFormats = {
  unix: ({ seconds }: Instant) => String(seconds),
  unix_milli: (at: Instant) => String(Math.floor(micro(at) / 1000)),
  unix_micro: (at: Instant) => String(micro(at)),
  unix_nano: ({ seconds, nanoseconds }: Instant) =>
    String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)),
  rfc3339,
  rfc3339_nano: rfc3339Nano,
};

export type CsvTime = keyof typeof timeFormats;
export const csvTimes = Object.keys(timeFormats) as CsvTime[];

/** Tags that k6 keeps as metadata, which have no column. */
const metadata = new Set(['iter', 'vu']);

function columns(systemTags: ReadonlySet<string>): string[] {
  return [...systemTags].filter((tag) => !metadata.has(tag)).sort();
}

/** The first line of a file. */
export function csvHeader(systemTags: ReadonlySet<string>): string {
  const names = [
    'metric_name',
    'timestamp',
    'metric_value',
    ...columns(systemTags),
    'extra_tags',
    'metadata',
  ];
  return `${names.join(',')}\n`;
}

/** k6's `--out csv`: a row for each sample, with a column for each system tag that is on. */
export function csvFormat(systemTags: ReadonlySet<string>, time: CsvTime): SampleFormat {
  const own = columns(systemTags);
  const known = new Set(own);
  const format = timeFormats[time];
  return {
    definition: () => '',
    line(metric, tags) {
      const given = tags.toObject();
      const extra = Object.entries(given).filter(([key]) => !known.has(key));
      const cells = [
        ...own.map((key) => given[key] ?? ''),
        pairs(extra),
        pairs(Object.entries(tags.metadata())),
      ];
      const end = `,${cells.map((cell) => quoted(maskSecrets(cell))).join(',')}\n`;
      return (at, value) => `${metric.name},${format(at)},${sixDecimals(value)}${end}`;
    },
  };
}

function micro({ seconds, nanoseconds }: Instant): number {
  return seconds * 1_000_000 + Math.floor(nanoseconds / 1000);
}

function pairs(entries: [key: string, value: string][]): string {
  return entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join('&');
}

/** A cell as Go's encoding/csv writes it. */
function quoted(cell: string): string {
  return /^\s|[",\r\n]|^\\\.$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** C's `%f`, also of numbers that toFixed would write with an exponent. */
function sixDecimals(value: number): string {
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}.000000`;
  return Object.is(value, -0) || (value < 0 && value > -5e-7) ? `-${(-value).toFixed(6)}` : value.toFixed(6);
}
