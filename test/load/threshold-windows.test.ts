import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Registry, record, Tags } from '../../src/load/metrics.ts';
import { resolveOptions } from '../../src/load/options.ts';
import { Thresholds, trendStat } from '../../src/load/thresholds.ts';

/** A metric `m` with one condition; `judge` after samples. */
function watched(type: 'counter' | 'gauge' | 'rate' | 'trend', condition: object | string) {
  const registry = new Registry();
  const tags = new Tags();
  const metric = registry.declare('m', type);
  const { options } = resolveOptions({ script: { thresholds: { m: [condition] } } });
  const thresholds = new Thresholds(options.thresholds);
  thresholds.register(registry);
  const add = (...values: number[]) => {
    for (const value of values) record(metric, tags, value);
  };
  return { add, judge: (seconds: number, final = false) => thresholds.judge(seconds, final) };
}

describe('a threshold over a window', () => {
  it('forgets what is older, fails in one window, and stays failed', () => {
    const { add, judge } = watched('trend', { threshold: 'p(95)<500', window: '4s' });
    add(100, 100, 100);
    expect(judge(2.01).verdicts).toEqual([]);
    add(100);
    expect(judge(4.01).verdicts).toMatchObject([{ ok: true, expression: 'p(95)<500 over 4s' }]);
    add(...new Array(10).fill(900));
    expect(judge(6.01).verdicts).toMatchObject([{ ok: false, aggregation: 'p(95)' }]);
    add(...new Array(1000).fill(100));
    const last = judge(30, true).verdicts[0];
    expect(last?.ok).toBe(false);
    expect(last?.value).toBeCloseTo(900, 0);
  });

  it('judges each window by itself: a late outage shows, however good the beginning was', () => {
    const whole = watched('rate', 'rate>0.9');
    const windowed = watched('rate', { threshold: 'rate>0.9', window: '4s' });
    for (const { add } of [whole, windowed]) add(...new Array(1000).fill(1));
    for (const { judge } of [whole, windowed]) judge(4);
    for (const { add } of [whole, windowed]) add(...new Array(20).fill(0));
    expect(whole.judge(8).verdicts[0]?.ok).toBe(true);
    expect(windowed.judge(8).verdicts[0]).toMatchObject({ ok: false, value: 0 });
  });

  it('divides the rate of a counter by the seconds of the window', () => {
    const { add, judge } = watched('counter', { threshold: 'rate>=10', window: '4s' });
    add(...new Array(40).fill(1));
    expect(judge(4).verdicts[0]).toMatchObject({ ok: true, value: 10 });
    add(...new Array(20).fill(1));
    expect(judge(8).verdicts[0]).toMatchObject({ ok: false, value: 5 });
  });

  it('ends the test when it may', () => {
    const { add, judge } = watched('gauge', { threshold: 'value<5', window: '2s', abortOnFail: true });
    add(7);
    expect(judge(2).abort).toContain("'m' were crossed");
  });

  it('judges a test that is shorter than a window as a whole', () => {
    const { add, judge } = watched('trend', { threshold: 'max<5', window: '1m' });
    add(7);
    expect(judge(2).verdicts).toEqual([]);
    expect(judge(2.5, true).verdicts[0]).toMatchObject({ ok: false, value: 7 });
  });

  it('holds of a trend what was added in it, to the width of a bucket', () => {
    const samples = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(samples, samples, fc.integer({ min: 0, max: 100 }), (before, after, percent) => {
        const { add, judge } = watched('trend', { threshold: `p(${percent})<0`, window: '2s' });
        add(...before);
        judge(2);
        const known = watched('trend', `p(${percent})<0`);
        add(...after);
        known.add(...after);
        const own = judge(4).verdicts[0]?.value ?? Number.NaN;
        const exact = known.judge(4).verdicts[0]?.value ?? Number.NaN;
        // The worst window is the one with the highest value, so it may be the first.
        return own >= exact * 0.999;
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('noData', () => {
  it.each([
    ['rate', 'rate>0.9', undefined, true],
    ['rate', 'rate>0.9', 'fail', false],
    ['counter', 'count>5', undefined, false],
    ['counter', 'count>5', 'pass', true],
    ['trend', 'p(95)<1', undefined, true],
    ['trend', 'p(95)<1', 'fail', false],
  ] as const)('%s: %s with noData %s and no sample: %s', (type, threshold, noData, ok) => {
    const verdict = watched(type, { threshold, ...(noData && { noData }) }).judge(5, true).verdicts[0];
    expect(verdict?.ok).toBe(ok);
    expect(verdict?.noData).toBe(noData === undefined ? undefined : true);
  });

  it('fails a window in which nothing happened, and not one in which something did', () => {
    const { add, judge } = watched('rate', { threshold: 'rate>0.9', window: '2s', noData: 'fail' });
    add(1);
    expect(judge(2).verdicts[0]?.ok).toBe(true);
    expect(judge(4).verdicts[0]).toMatchObject({ ok: false, noData: true });
  });
});

it.each([
  [{ threshold: 'rate>0', window: '1s' }, /window must be a duration of at least 2s/],
  [{ threshold: 'rate>0', window: 'soon' }, /window must be a duration/],
  [{ threshold: 'rate>0', noData: 'maybe' }, /noData must be "fail" or "pass"/],
])('%j is refused', (condition, message) => {
  expect(() => watched('rate', condition)).toThrow(message);
});

describe('trends', () => {
  const random = (seed: number) => {
    let state = seed;
    return () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state + 0.5) / 2 ** 32;
    };
  };
  const next = random(7);
  const normal = () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  const distributions: Record<string, () => number> = {
    uniform: () => 1 + 999 * next(),
    exponential: () => -50 * Math.log(next()),
    'log-normal': () => Math.exp(3 + normal()),
    pareto: () => 10 / next() ** (1 / 1.5),
    bimodal: () => (next() < 0.9 ? 5 + next() : 4000 + 100 * next()),
    constant: () => 42.42,
    tiny: () => 1e-4 * next(),
  };

  it.each(Object.entries(distributions))('are within 0.1 %% of exact: %s', (_, draw) => {
    const values = Array.from({ length: 20_000 }, draw);
    const { add } = { add: new Registry().declare('t', 'trend').sink };
    for (const value of values) add.add(value);
    if (add.type !== 'trend') throw new Error('a trend has the sink of a trend');
    const sorted = values.toSorted((a, b) => a - b);
    const exact = (q: number) => {
      const rank = q * (sorted.length - 1);
      const [low = 0, high = 0] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
      return low + (rank - Math.floor(rank)) * (high - low);
    };
    for (const percent of [0, 1, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100]) {
      const error = Math.abs(trendStat(add, percent) / exact(percent / 100) - 1);
      expect(error).toBeLessThan(0.001);
    }
    expect(trendStat(add, 'avg')).toBeCloseTo(values.reduce((a, b) => a + b, 0) / values.length, 6);
  });
});
