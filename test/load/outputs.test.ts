import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { type Contains, type MetricType, Registry, record, Tags } from '../../src/load/metrics.ts';
import { resolveOptions } from '../../src/load/options.ts';
import { csvFormat, csvHeader } from '../../src/load/outputs/csv.ts';
import { readDestination } from '../../src/load/outputs/destinations.ts';
import { Flow } from '../../src/load/outputs/flow.ts';
import { type Instant, instantNow, rfc3339, rfc3339Nano } from '../../src/load/outputs/instant.ts';
import { jsonFormat } from '../../src/load/outputs/json.ts';
import { type SampleChunk, type SampleFormat, SampleWriter } from '../../src/load/outputs/samples.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/k6/outputs/${name}`, import.meta.url), 'utf8');

type Line = {
  type: string;
  metric: string;
  data: {
    type: MetricType;
    contains: Contains;
    submetrics: { suffix: string; tags: Record<string, string> }[] | null;
    time: string;
    value: number;
    tags: Record<string, string>;
    metadata?: Record<string, string>;
  };
};
const recorded = fixture('samples.ndjson');
const lines = recorded
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Line);

/** The options of the script that k6 recorded. */
const { options } = resolveOptions({
  script: {
    systemTags: [
      ...['vu', 'iter', 'url', 'name', 'group', 'scenario', 'check', 'status', 'method', 'expected_response'],
    ],
    thresholds: {
      my_c: ['count>0', { threshold: 'count<1000', abortOnFail: true }],
      'my_t{a:b}': ['p(95)<500'],
      http_req_duration: ['p(99.9)<1000'],
      my_r: [],
    },
  },
});

/** Sends the recorded samples through `format` again, at the recorded times. */
function replay(format: SampleFormat): SampleChunk[] {
  const registry = new Registry();
  for (const { type, metric, data } of lines) {
    if (type !== 'Metric') continue;
    const declared = registry.declare(metric, data.type, data.contains);
    for (const view of data.submetrics ?? [])
      registry.submetric(declared, view.suffix, Object.entries(view.tags));
  }
  let at: Instant = { seconds: 0, nanoseconds: 0 };
  const chunks: SampleChunk[] = [];
  const writer = new SampleWriter(
    format,
    (chunk) => chunks.push(chunk),
    () => at,
  );
  registry.tapInto(writer.tap);
  const root = new Tags();
  for (const { type, metric: name, data } of lines) {
    const metric = registry.get(name);
    if (type !== 'Point' || metric === undefined) continue;
    const [, digits = ''] = /\.(\d+)Z$/.exec(data.time) ?? [];
    const seconds = Math.floor(Date.parse(data.time) / 1000);
    at = { seconds, nanoseconds: Number(digits.padEnd(9, '0')) };
    let tags = Object.entries(data.tags).reduce((set, [key, value]) => set.with(key, value), root);
    for (const [key, value] of Object.entries(data.metadata ?? {})) tags = tags.withMetadata(key, value);
    record(metric, tags, data.value);
    // So that definitions stand where they stood.
    writer.flush();
  }
  return chunks;
}

const textOf = (chunks: readonly SampleChunk[]) =>
  chunks.map(({ text }) => new TextDecoder().decode(text)).join('');

describe('--out json', () => {
  it.runIf(new Date().getTimezoneOffset() === 0)('is what k6 writes, byte for byte', () => {
    expect(textOf(replay(jsonFormat(options.thresholds)))).toBe(recorded);
  });

  it('hands over definitions by themselves, before the samples of their metric', () => {
    const defined = replay(jsonFormat(options.thresholds)).flatMap(({ definition }) => definition ?? []);
    expect(defined).toEqual(lines.filter(({ type }) => type === 'Metric').map(({ metric }) => metric));
  });
});

describe('--out csv', () => {
  it('has the rows that k6 writes, whose extra tags and metadata are in no order', () => {
    const ours = csvHeader(options.systemTags) + textOf(replay(csvFormat(options.systemTags, 'unix')));
    const rows = (text: string) =>
      (parse(text) as string[][]).map((row) => [
        ...row.slice(0, -2),
        ...row.slice(-2).map((cell) => cell.split('&').sort().join('&')),
      ]);
    expect(rows(ours)).toEqual(rows(fixture('samples.csv')));
  });

  it.each([
    ['unix', '1795375850'],
    ['unix_milli', '1795375850441'],
    ['unix_micro', '1795375850441028'],
    ['unix_nano', '1795375850441028261'],
  ] as const)('tells the time as %s', (time, text) => {
    const metric = new Registry().declare('m1', 'counter');
    const at = { seconds: 1795375850, nanoseconds: 441028261 };
    expect(csvFormat(new Set(), time).line(metric, new Tags())(at, 1)).toBe(`m1,${text},1.000000,,\n`);
  });
});

describe('a moment', () => {
  it('is told to the nanosecond, without zeros at the end, with the offset of the machine', () => {
    const seconds = 1795375850;
    const at = (nanoseconds: number) => rfc3339Nano({ seconds, nanoseconds });
    expect(Date.parse(rfc3339({ seconds, nanoseconds: 0 }))).toBe(seconds * 1000);
    expect(at(0)).toMatch(/^2026-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/);
    expect(at(120_000_000)).toMatch(/:\d\d\.12(Z|[+-])/);
    expect(at(1)).toMatch(/:\d\d\.000000001(Z|[+-])/);
  });

  it('follows the clock and never goes back', () => {
    let last = 0n;
    for (let i = 0; i < 1000; i++) {
      const { seconds, nanoseconds } = instantNow();
      const now = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
      expect(now >= last).toBe(true);
      last = now;
    }
    expect(Math.abs(Number(last) / 1e6 - (performance.timeOrigin + performance.now()))).toBeLessThan(1000);
  });
});

it('hands lines over when many have come together', () => {
  const sizes: number[] = [];
  const registry = new Registry();
  const metric = registry.declare('m1', 'counter');
  registry.tapInto(new SampleWriter(csvFormat(new Set(), 'unix'), ({ text }) => sizes.push(text.length)).tap);
  for (let i = 0; i < 10_000; i++) record(metric, new Tags(), i);
  expect(sizes.length).toBeGreaterThan(2);
  expect(Math.max(...sizes)).toBeLessThan(70_000);
});

it.each([
  ['json=a.json', { format: 'json', path: 'a.json' }],
  ['json', { format: 'json', path: '-' }],
  ['csv', { format: 'csv', path: 'file.csv', time: 'unix' }],
  ['csv=a=b.csv.gz', { path: 'a=b.csv.gz' }],
  ['csv=fileName=x.csv,timeFormat=rfc3339', { path: 'x.csv', time: 'rfc3339' }],
])('--out %s', (text, destination) => {
  expect(readDestination(text, {})).toMatchObject(destination);
});

it('takes csv settings from the environment, and refuses outputs that it does not have', () => {
  const env = { K6_CSV_FILENAME: 'e.csv', K6_CSV_TIME_FORMAT: 'unix_nano' };
  expect(readDestination('csv', env)).toMatchObject({ path: 'e.csv', time: 'unix_nano' });
  for (const text of ['influxdb=http://x', 'csv=timeFormat=x', 'csv=fileName=a,foo=1'])
    expect(() => readDestination(text, {})).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

it('lets a worker be ahead of the writer by so much, and counts back what is written', () => {
  const worker = new Flow();
  const main = new Flow(worker.buffer);
  worker.sent(16 << 20);
  main.written(16 << 20);
  worker.sent(16 << 20);
  expect(new Int32Array(worker.buffer)[0]).toBe(16 << 20);
});
