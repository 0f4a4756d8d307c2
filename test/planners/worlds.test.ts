import { expect, it } from 'vitest';
import { parseEvent, parseGrowthRange, parseRange } from '../../src/planners/flags.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import { enoughAt, spreadOf, Worlds } from '../../src/planners/worlds.ts';
import { parseRate } from '../../src/units.ts';

it('reads a range with the unit of its last figure, and one figure as it is', () => {
  const rate = parseRange(parseRate);
  expect(rate('800..1000..1500/s')).toEqual({ low: 800, mid: 1000, high: 1500 });
  expect(rate('60/min..2/s..10k/s')).toEqual({ low: 1, mid: 2, high: 10_000 });
  expect(rate('1000/s')).toBe(1000);
  expect(rate('7/s..7/s..7/s')).toBe(7);
  expect(parseGrowthRange('10..20..40%/y')).toEqual({ low: 0.1, mid: 0.2, high: 0.4 });
  expect(parseEvent('nfp:2..3..5:15s:30m')).toEqual({
    name: 'nfp',
    multiplier: 3,
    range: { low: 2, mid: 3, high: 5 },
    rise: 15,
    decay: 1800,
  });
  expect(() => rate('1500..1000..800/s')).toThrow('lowest..likeliest..highest');
  expect(() => rate('800..1000/s')).toThrow('lowest..likeliest..highest');
  expect(() => parseEvent('nfp:0.5..3..5:15s:30m')).toThrow('1 or more');
});

it('draws a range evenly over the worlds: its quantiles are those of the triangle', () => {
  const worlds = new Worlds(10_000, 1);
  const { p5, p50, p95 } = spreadOf(worlds.declared('peak', { low: 0, mid: 1, high: 4 }));
  expect(p5).toBeCloseTo(Math.sqrt(0.05 * 4), 2);
  expect(p50).toBeCloseTo(4 - Math.sqrt(0.5 * 12), 2);
  expect(p95).toBeCloseTo(4 - Math.sqrt(0.05 * 12), 2);
});

it('takes a fit and its replicates for what a request costs, each as often as the others', () => {
  const worlds = new Worlds(100, 3);
  const replicates = [1, 2, 3, 4].map((perRequest) => ({ perRequest, background: 10 * perRequest }));
  const cost = { perRequest: 9, background: 9, replicates, basis: 'measured' } as const;
  const { perRequest, background } = worlds.cost('cpu', cost);
  expect([1, 2, 3, 4].map((value) => perRequest.filter((each) => each === value).length)).toEqual([
    25, 25, 25, 25,
  ]);
  expect(background).toEqual(perRequest.map((value) => 10 * value));
  expect(enoughAt(perRequest, 0.75)).toBe(3);
  expect(enoughAt(perRequest, 0.76)).toBe(4);
});

it('carries the uncertainty of what was declared into the load', () => {
  const certain = planCapacity([], { rps: 1000, growth: 0.2 });
  expect(certain.load?.spread.peak.p5).toBeCloseTo(1200, 9);
  expect(certain.load?.spread.peak.p95).toBeCloseTo(1200, 9);
  const { load } = planCapacity([], {
    rps: { low: 800, mid: 1000, high: 1500 },
    growth: { low: 0.1, mid: 0.2, high: 0.4 },
    events: [parseEvent('nfp:2..3..5:15s:30m')],
  });
  expect(load?.spread.peak.p5).toBeGreaterThan(800 * 1.1);
  expect(load?.spread.peak.p95).toBeLessThan(1500 * 1.4);
  expect(load?.spread.withEvents.p95).toBeGreaterThan(4 * (load?.spread.peak.p50 ?? Number.NaN));
});
