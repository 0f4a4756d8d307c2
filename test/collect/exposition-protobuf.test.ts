import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseExposition } from '../../src/collect/exposition.ts';
import { parseProtobufExposition } from '../../src/collect/exposition-protobuf.ts';
import { cumulative, explicitBounds, type NativeHistogram } from '../../src/collect/native-histogram.ts';

/** One registry with a metric of each kind, in three formats: client_golang 1.25.0 on Go 1.26.8, 2026-11-29. */
const file = (suffix: string) =>
  readFileSync(path.join(import.meta.dirname, `../fixtures/collect/client_golang-1.25.0${suffix}`));
const protobuf = parseProtobufExposition(file('.pb'));
const text = parseExposition(file('.txt').toString());
const openMetrics = parseExposition(file('.openmetrics.txt').toString(), 'OpenMetrics');

it('reads the same values whichever format a client answers in', () => {
  expect(Object.keys(text.values)).toHaveLength(20);
  expect(protobuf.values).toEqual(text.values);
  expect(openMetrics.values).toEqual(text.values);
  expect(text.values).toMatchObject({
    'requests_total{code="404",route="a \\"quoted\\" \\\\ route\\nof two lines"}': 1,
    'batch_seconds{quantile="0.99"}': 0.0988,
    legacy_value: 3.5,
    'classic_seconds_count{route="/trades"}': 1001,
  });
});

it('reads the same classic histograms', () => {
  const classic = {
    bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 1],
    counts: [52, 112, 260, 502, 1000, 1000, 1001],
  };
  for (const page of [protobuf, text, openMetrics]) {
    expect(page.histograms?.['classic_seconds{route="/trades"}']).toEqual(classic);
  }
  expect(openMetrics.histograms).toEqual(text.histograms);
  expect(text.histograms?.both_bytes).toEqual({ bounds: [100, 1000], counts: [33, 333, 1000] });
});

it('reads native histograms, which only protobuf has', () => {
  const { histograms = {} } = protobuf;
  expect(histograms.both_bytes).toEqual({
    bounds: [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096],
    // Multiples of 3 from 3 to 3000.
    counts: [0, 1, 2, 5, 10, 21, 42, 85, 170, 341, 682, 1000, 1000],
    exponential: true,
  });
  const r = 2 ** 0.5;
  expect(histograms.signed_offset).toEqual({
    // -4 | -1.2 and -1.1 | 0 and 0.005 | 0.3 | 5 | 40
    bounds: [-4, -4 / r, -r, -1, -0.01, 0.01, 0.25, r / 4, 4, 4 * r, 32, 32 * r].map((bound): unknown =>
      expect.closeTo(bound, 12),
    ),
    counts: [0, 1, 1, 3, 3, 5, 5, 6, 6, 7, 7, 8, 8],
    exponential: true,
  });
  expect(histograms.empty_seconds).toEqual({ bounds: [], counts: [0], exponential: true });
  expect(histograms['native_seconds{route="/quotes"}']).toEqual({
    bounds: [0, 1e-6, expect.closeTo(0.25 / 2 ** 0.125, 12), 0.25],
    counts: [0, 1, 1, 2, 2],
    exponential: true,
  });
});

it('counts what the client observed in every bucket of 9 %', () => {
  const histogram = protobuf.histograms?.['native_seconds{route="/trades"}'];
  const observed = Array.from({ length: 1000 }, (_, i) => (((i + 1) ** 2 % 997) + 1) / 10000);
  const counts = histogram?.bounds.map((bound) => observed.filter((each) => each <= bound).length);
  expect(histogram?.bounds.length).toBeGreaterThan(40);
  expect(histogram?.counts).toEqual([...(counts ?? []), 1000]);
});

it('refuses a page that was cut anywhere', () => {
  const page = file('.pb');
  const whole = [...page.keys()].filter((end) => {
    try {
      parseProtobufExposition(page.subarray(0, end));
      return true;
    } catch {
      return false;
    }
  });
  // Between two of the ten families nothing shows that there are more: there, HTTP has to tell.
  expect(whole).toHaveLength(10);
});

it('refuses what is not protobuf, with an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        parseProtobufExposition(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
    { seed: 1 },
  );
});

const none = { spans: [], deltas: [], counts: [] };
const native = (given: Partial<NativeHistogram>): NativeHistogram => ({
  ...{ schema: 0, count: 0, zeroThreshold: 0, zeroCount: 0, negative: none, positive: none },
  ...given,
});

it('numbers buckets by spans, in counts or in differences', () => {
  const spans = [
    { offset: -1, length: 2 },
    { offset: 2, length: 1 },
  ];
  const expected = { bounds: [0.25, 0.5, 1, 4, 8], counts: [0, 3, 5, 5, 9, 9], exponential: true };
  const counts = native({ count: 9, positive: { spans, deltas: [], counts: [3, 2, 4] } });
  const deltas = native({ count: 9, positive: { spans, deltas: [3, -1, 2], counts: [] } });
  expect(explicitBounds(counts)).toEqual(expected);
  expect(explicitBounds(deltas)).toEqual(expected);
});

it('has a zero bucket on the side of the others, which begin where it ends', () => {
  const side = { spans: [{ offset: 0, length: 1 }], deltas: [4], counts: [] };
  const zero = { zeroThreshold: 0.75, zeroCount: 2 };
  expect(explicitBounds(native({ count: 6, ...zero, positive: side }))).toMatchObject({
    bounds: [0, 0.75, 1],
    counts: [0, 2, 6, 6],
  });
  expect(explicitBounds(native({ count: 6, ...zero, negative: side }))).toMatchObject({
    bounds: [-1, -0.75, 0],
    counts: [0, 4, 6, 6],
  });
  expect(explicitBounds(native({ count: 2, ...zero }))).toMatchObject({
    bounds: [-0.75, 0.75],
    counts: [0, 2, 2],
  });
});

it('has the same number for one bound in every schema', () => {
  const bound = (schema: number, index: number) =>
    explicitBounds(
      native({
        schema,
        count: 1,
        positive: { spans: [{ offset: index, length: 1 }], deltas: [1], counts: [] },
      }),
    ).bounds.at(-1);
  fc.assert(
    fc.property(
      fc.integer({ min: -200, max: 200 }),
      fc.integer({ min: -4, max: 7 }),
      fc.integer({ min: 1, max: 3 }),
      (index, schema, finer) => {
        if (schema + finer <= 8) expect(bound(schema + finer, index * 2 ** finer)).toBe(bound(schema, index));
      },
    ),
    { seed: 2 },
  );
  expect(bound(3, 8)).toBe(2);
  expect(bound(-4, 1)).toBe(65536);
  // What is beyond the largest number is in the count alone.
  expect(bound(0, 1025)).toBe(undefined);
});

it.each([-53, -5, 9, 0.5])('refuses schema %f, which no page can have', (schema) => {
  expect(() => explicitBounds(native({ schema }))).toThrow(`the unknown schema ${schema}`);
});

it('adds up buckets of bounds of one’s own, from minus to plus infinity', () => {
  const buckets = [
    { lower: Number.NEGATIVE_INFINITY, upper: 1, count: 4 },
    { lower: 1, upper: 3, count: 6 },
    { lower: 5, upper: 10, count: 8 },
    { lower: 10, upper: Number.POSITIVE_INFINITY, count: 2 },
  ];
  expect(cumulative(buckets, { total: 20, exponential: false })).toEqual({
    bounds: [1, 3, 5, 10],
    counts: [4, 10, 10, 18, 20],
  });
});
