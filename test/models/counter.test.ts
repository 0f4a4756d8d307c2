import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counterIncrease, counterRate, withoutResets } from '../../src/models/counter.ts';

type Vectors = {
  counters: Record<string, (number | null)[]>;
  increases: [counter: string, from: number, to: number, increase: number | null][];
};
const file = path.join(import.meta.dirname, '../fixtures/prometheus/promql-3.16.0.json');
const { counters, increases } = JSON.parse(readFileSync(file, 'utf8')) as Vectors;

/** Readings every 15 s. */
const readings = (values: (number | null)[]) =>
  values.flatMap((value, i) => (value === null ? [] : [{ t: i * 15, value }]));

describe('the increase of a counter', () => {
  it.each(increases)('of %s from %i to %i is what Prometheus says', (name, from, to, expected) => {
    const increase = counterIncrease(readings(counters[name] ?? []), from, to);
    if (expected === null) expect(increase).toBeUndefined();
    else expect(increase).toBeCloseTo(expected, 10);
  });

  it('has a rate per second', () => {
    expect(counterRate(readings([0, 10, 20, 30, 40]), 0, 60)).toBeCloseTo(2 / 3, 12);
    expect(counterRate(readings([5]), -1, 60)).toBeUndefined();
  });

  it('is of a window that is not empty', () => {
    expect(() => counterIncrease([], 5, 5)).toThrow(RangeError);
  });
});

describe('a counter without its resets', () => {
  it('goes on from what it had reached', () => {
    expect(withoutResets(readings([100, 125, 3, 18, 2, 2])).map(({ value }) => value)).toEqual([
      100, 125, 128, 143, 145, 145,
    ]);
  });

  it('never falls, keeps every rise, and is the counter itself where that never fell', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1 }), (values) => {
        const points = readings(values);
        const whole = withoutResets(points);
        whole.slice(1).forEach(({ value }, i) => {
          const [before, now] = [values[i] as number, values[i + 1] as number];
          expect(value - (whole[i]?.value ?? 0)).toBe(now < before ? now : now - before);
        });
        const rising = readings(values.toSorted((a, b) => a - b));
        expect(withoutResets(rising)).toEqual(rising);
      }),
      { seed: 1 },
    );
  });
});
