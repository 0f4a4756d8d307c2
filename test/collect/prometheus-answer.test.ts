import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseProtobufExposition } from '../../src/collect/exposition-protobuf.ts';
import { parseRangeAnswer, seriesNameOf } from '../../src/collect/prometheus-answer.ts';

const fixture = (name: string) => path.join(import.meta.dirname, '../fixtures', name);
const { answer } = JSON.parse(readFileSync(fixture('prometheus/query_range-2.42.0.json'), 'utf8'));
const page = parseProtobufExposition(readFileSync(fixture('collect/client_golang-1.25.0.pb')));

describe('an answer of Prometheus 2.42.0', () => {
  const { series, warnings } = parseRangeAnswer(JSON.stringify(answer));

  it('has series with their labels and points', () => {
    expect(warnings).toEqual([]);
    expect(series).toHaveLength(3);
    expect(series[1]).toEqual({
      labels: {
        __name__: 'requests_total',
        code: '404',
        instance: '127.0.0.1:19472',
        job: 'x',
        route: 'a "quoted" \\ route\nof two lines',
      },
      points: [
        { t: 1795946710, value: 1 },
        { t: 1795946711, value: 1 },
      ],
      histograms: [],
    });
  });

  it('has the native histograms that the scraped page had', () => {
    const [first] = series[2]?.histograms ?? [];
    const scraped = page.histograms?.signed_offset;
    expect(first).toMatchObject({ t: 1795946710, sum: 39.004999999999995 });
    expect(first?.histogram).toEqual({
      bounds: scraped?.bounds.map((bound): unknown => expect.closeTo(bound, 12)),
      counts: scraped?.counts,
      exponential: true,
    });
  });
});

const matrix = (series: object, more: object = {}) =>
  JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [series] }, ...more });

it('leaves out what is no number, and keeps gaps', () => {
  const values = [
    [0, '1'],
    [15, 'NaN'],
    [30, '+Inf'],
    [75, '2.5e3'],
    [90, '-Inf'],
  ];
  expect(parseRangeAnswer(matrix({ metric: {}, values })).series).toEqual([
    {
      labels: {},
      points: [
        { t: 0, value: 1 },
        { t: 75, value: 2500 },
      ],
      histograms: [],
    },
  ]);
});

it.each<[string, [number, string, string, string][], object]>([
  [
    'with bounds of one’s own',
    [
      [0, '-Inf', '1', '4'],
      [0, '5', '10', '8'],
      [0, '10', '+Inf', '2'],
    ],
    { bounds: [1, 5, 10], counts: [4, 4, 12, 14] },
  ],
  [
    'with a zero bucket',
    [
      [3, '0', '0.5', '4'],
      [0, '0.5', '1', '10'],
    ],
    { bounds: [0, 0.5, 1], counts: [0, 4, 14, 14], exponential: true },
  ],
  ['without observations', [], { bounds: [], counts: [14], exponential: true }],
])('reads a native histogram %s', (_, buckets, expected) => {
  const histograms = [[0, { count: '14', sum: '50', buckets }]];
  const { series } = parseRangeAnswer(matrix({ metric: {}, histograms }));
  expect(series[0]?.histograms[0]?.histogram).toEqual(expected);
});

it('keeps what Prometheus remarks', () => {
  const more = { warnings: ['remote read failed'], infos: ['PromQL info: metric might not be a counter'] };
  expect(parseRangeAnswer(matrix({ metric: {} }, more)).warnings).toEqual([
    'remote read failed',
    'PromQL info: metric might not be a counter',
  ]);
});

it.each([
  [
    '{"status":"error","errorType":"bad_data","error":"1:5: parse error:\\nunclosed left parenthesis"}',
    'bad_data: 1:5: parse error: unclosed left parenthesis',
  ],
  ['<html>', 'it does not answer as Prometheus does: "<html>"'],
  ['null', 'it does not answer as Prometheus does: "null"'],
  ['{"status":"success","data":{"resultType":"vector","result":[]}}', 'it does not answer as Prometheus'],
  ['{"status":"success","data":{"resultType":"matrix"}}', 'it does not answer as Prometheus does'],
  ['{"status":"success","data":{"resultType":"matrix","result":[', 'it does not answer as Prometheus does'],
])('refuses %s', (text, message) => {
  expect(() => parseRangeAnswer(text)).toThrow(message);
});

it('names a series by its query and its labels', () => {
  expect(seriesNameOf('cpu', { __name__: 'x', pod: 'a"b', container: 'c\\', empty: '' })).toBe(
    'cpu{container="c\\\\",pod="a\\"b"}',
  );
  expect(seriesNameOf('cpu', {})).toBe('cpu');
});
