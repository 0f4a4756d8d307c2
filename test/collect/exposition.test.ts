import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import * as client from 'prom-client';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { parseExposition } from '../../src/collect/exposition.ts';

const page = (name: string) =>
  readFileSync(path.join(import.meta.dirname, '../fixtures/collect', name), 'utf8');

it('reads the example of the format’s documentation, and its corners', () => {
  const { values, histograms } = parseExposition(page('text-format-0.0.4.txt'));
  expect(values).toEqual({
    'http_requests_total{code="200",method="post"}': 1027,
    'http_requests_total{code="400",method="post"}': 3,
    'msdos_file_access_time_seconds{error="Cannot find file:\\n\\"FILE.TXT\\"",path="C:\\\\DIR\\\\FILE.TXT"}': 1458255915,
    metric_without_timestamp_and_labels: 12.47,
    http_request_duration_seconds_sum: 53423,
    http_request_duration_seconds_count: 144320,
    'rpc_duration_seconds{quantile="0.01"}': 3102,
    'rpc_duration_seconds{quantile="0.5"}': 4773,
    'rpc_duration_seconds{quantile="0.99"}': 76656,
    rpc_duration_seconds_sum: 17560473,
    rpc_duration_seconds_count: 2693,
    'tabs_and_blanks{a="1",b="2"}': -0.0045,
    braces_without_labels: 7,
    'brackets_in_value{route="/a/{id}, \\"b\\""}': 8,
    'namespace:recorded:rate5m': 0.5,
    user_created: 1.7e9,
  });
  expect(histograms).toEqual({
    http_request_duration_seconds: {
      bounds: [0.05, 0.1, 0.2, 0.5, 1],
      counts: [24054, 33444, 100392, 129389, 133988, 144320],
    },
  });
});

it('reads OpenMetrics, without exemplars and creation times', () => {
  const { values, histograms } = parseExposition(page('openmetrics-1.0.txt'), 'OpenMetrics');
  expect(values).toEqual({
    'acme_http_router_request_seconds_sum{method="GET",path="/api/v1"}': 9036.32,
    'acme_http_router_request_seconds_count{method="GET",path="/api/v1"}': 807283,
    go_goroutines: 69,
    process_cpu_seconds_total: 4200722.46,
    foo_total: 17,
    bar_count: 17,
    bar_sum: 324789.3,
  });
  expect(histograms).toEqual({ bar: { bounds: [0.01, 1], counts: [0, 11, 17] } });
});

it('reads a page that prom-client served', () => {
  const { values: series, histograms } = parseExposition(page('prom-client-15.1.3.txt'));
  expect(series).toMatchObject({
    process_cpu_seconds_total: 0.017907,
    process_resident_memory_bytes: 55246848,
    'nodejs_heap_space_size_total_bytes{space="new"}': 4194304,
    'nodejs_version_info{major="20",minor="20",patch="2",version="v20.20.2"}': 1,
    'http_requests_total{method="POST",route="/api/trading/trades",status_code="201"}': 42,
    'http_requests_total{method="GET",route="a \\"quoted\\" \\\\ route\\nwith a line feed",status_code="404"}': 1,
    'http_request_duration_seconds_sum{route="/healthz"}': 0.5545,
    'http_request_duration_seconds_count{route="/healthz"}': 4,
    'trade_volume{quantile="0.5"}': 2,
    pool_waiting: -1.5,
  });
  const left = Object.keys(series).filter((name) => /_bucket|^limit|^ratio/.test(name));
  expect(left).toEqual([]);
  expect(Object.keys(series)).toHaveLength(62);
  expect(histograms?.['http_request_duration_seconds{route="/healthz"}']).toEqual({
    bounds: [0.001, 0.01, 0.1],
    counts: [1, 2, 3, 4],
  });
});

it('reads back what prom-client writes, whatever the label values', async () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\\', '"', '\n', '\\n', '{a="b"} 1', '# x'),
  );
  const series = fc.uniqueArray(fc.tuple(value, value, fc.double({ noNaN: true, noDefaultInfinity: true })), {
    selector: ([a, b]) => JSON.stringify([a, b]),
  });
  await fc.assert(
    fc.asyncProperty(series, async (all) => {
      const registry = new Registry();
      const gauge = new client.Gauge({ name: 'g', help: 'h', labelNames: ['z', 'a'], registers: [registry] });
      for (const [z, a, reading] of all) gauge.set({ z, a }, reading);
      const { values: read } = parseExposition(await registry.metrics());
      const written = all.map(([z, a, reading]): [string, number] => [name({ a, z }), reading]);
      expect(read).toEqual(Object.fromEntries(written.map(([key, reading]) => [key, reading + 0])));
    }),
    { seed: 1, numRuns: 100 },
  );
});

it('reads info, state sets and gauge histograms of OpenMetrics', () => {
  const text = `# TYPE build info
build_info{version="1.2"} 1
# TYPE phase stateset
phase{phase="ready"} 1
phase{phase="ended"} 0
# TYPE queued_bytes gaugehistogram
queued_bytes_bucket{le="10"} 4
queued_bytes_bucket{le="+Inf"} 6
queued_bytes_gcount 6
queued_bytes_gsum 90
queued_bytes_created 1.7e9
# EOF
`;
  expect(parseExposition(text, 'OpenMetrics')).toEqual({
    values: {
      'build_info{version="1.2"}': 1,
      'phase{phase="ready"}': 1,
      'phase{phase="ended"}': 0,
      queued_bytes_gcount: 6,
      queued_bytes_gsum: 90,
    },
    histograms: {},
  });
});

it.each(['a_total 1\n', 'a_total 1\n# EOF and more', '# EOF\na_total 1\n', ''])(
  'takes %j for a page of OpenMetrics that was cut short, and for a whole one of text',
  (text) => {
    expect(() => parseExposition(text, 'OpenMetrics')).toThrow('it was cut short');
    expect(parseExposition(text).values).toEqual(text === '' ? {} : { a_total: 1 });
  },
);

it('puts the buckets of a histogram in order, and knows what is none', () => {
  const text = `a_bucket{le="+Inf",x="1"} 9
a_bucket{x="1",le="1e+01"} 7
a_bucket{x="1",le="-.5"} 2
without_infinity_bucket{le="1"} 2
only_infinity_bucket{le="+Inf"} 2
twice_bucket{le="1"} 2
twice_bucket{le="1.0"} 2
twice_bucket{le="+Inf"} 2
odd_bucket{le="one"} 2
odd_bucket{le="1"} 2
odd_bucket{le="+Inf"} 2
unknown_count_bucket{le="1"} NaN
unknown_count_bucket{le="+Inf"} 2
coffee_bucket 3
`;
  expect(parseExposition(text)).toEqual({
    values: { coffee_bucket: 3 },
    histograms: { 'a{x="1"}': { bounds: [-0.5, 10], counts: [2, 7, 9] } },
  });
});

/** The name a series gets, by the rules of the format. */
function name(labels: Record<string, string>): string {
  const escaped = (text: string) =>
    text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  const parts = Object.entries(labels).filter(([, text]) => text !== '');
  return parts.length === 0 ? 'g' : `g{${parts.map(([key, text]) => `${key}="${escaped(text)}"`).join(',')}}`;
}

it.each([
  ['<!DOCTYPE html>\n<html>', 'line 1 is not a sample: "<!DOCTYPE html>"'],
  ['up 1\n{"status":"ok"}', 'line 2 is not a sample: "{\\"status\\":\\"ok\\"}"'],
  ['up', 'line 1 is not a sample: "up"'],
  ['up one', 'line 1 is not a sample: "up one"'],
  ['up 1 2 3', 'line 1 is not a sample: "up 1 2 3"'],
  ['up{a="1" 1', 'line 1 is not a sample: "up{a=\\"1\\" 1"'],
  ['up{a="1" b="2"} 1', 'line 1 is not a sample: "up{a=\\"1\\" b=\\"2\\"} 1"'],
  ['up{a=1} 1', 'line 1 is not a sample: "up{a=1} 1"'],
  ['up{,} 1', 'line 1 is not a sample: "up{,} 1"'],
  ['2xx 1', 'line 1 is not a sample: "2xx 1"'],
  ['up 0x10', 'line 1 is not a sample: "up 0x10"'],
  [`a${'b'.repeat(100)}`, `line 1 is not a sample: "a${'b'.repeat(59)}…"`],
])('refuses %j', (text, message) => {
  expect(() => parseExposition(text)).toThrow(message);
});
