import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockLength, movingBlocks } from '../../src/models/bootstrap.ts';
import { type DemandInterval, fitDemand } from '../../src/models/demand.ts';
import { scaledCondition } from '../../src/models/linear.ts';
import { Random } from '../../src/models/random.ts';

const truth = [0.002, 0.006, 0.004, 0.0005];
const background = 0.02;
const mixes = [
  [0.4, 0.2, 0.2, 0.2],
  [0.2, 0.4, 0.2, 0.2],
  [0.2, 0.2, 0.4, 0.2],
  [0.2, 0.2, 0.2, 0.4],
  [0.4, 0.1, 0.4, 0.1],
  [0.1, 0.4, 0.1, 0.4],
];

type Noise = { share: number; constant: number; correlation: number };

/** One-second intervals of a load that steps up while its mix changes. */
function measure(seed: number, n: number, noise: Noise): DemandInterval[] {
  const random = new Random(seed);
  const keep = Math.sqrt(1 - noise.correlation ** 2);
  let [share, constant] = [0, 0];
  return Array.from({ length: n }, (_, t) => {
    const step = Math.floor((t * mixes.length) / n);
    const counts = (mixes[step] ?? []).map((part) => {
      const mean = (20 + 15 * step) * part;
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
    });
    share = noise.correlation * share + keep * random.normal();
    constant = noise.correlation * constant + keep * random.normal();
    const exact = counts.reduce((sum, count, k) => sum + count * (truth[k] ?? 0), background);
    return {
      idle: 1,
      counts,
      used: Math.max(0, exact * (1 + noise.share * share) + noise.constant * constant),
    };
  });
}

const quiet: Noise = { share: 0, constant: 0, correlation: 0 };

describe('fitDemand', () => {
  it('finds exact demands in exact data', () => {
    const fit = fitDemand(measure(1, 60, quiet), { seed: 1 });
    fit.demands.forEach((demand, k) => {
      expect(demand.value).toBeCloseTo(truth[k] ?? 0, 9);
      expect(demand.high - demand.low).toBeLessThan(1e-9);
    });
    expect(fit.background.value).toBeCloseTo(background, 9);
    expect(fit.r2).toBeCloseTo(1, 9);
    expect(fit.groups).toEqual([[0], [1], [2], [3]]);
  });

  it.each<[string, number, Noise]>([
    ['noise in proportion to the load', 60, { share: 0.08, constant: 0, correlation: 0.3 }],
    ['noise of one size', 60, { share: 0, constant: 0.02, correlation: 0.3 }],
    ['both kinds, strongly correlated', 60, { share: 0.05, constant: 0.01, correlation: 0.6 }],
    ['both kinds in half a minute', 30, { share: 0.05, constant: 0.01, correlation: 0.3 }],
  ])('covers the truth with at least nine of ten intervals, %s', (_, n, noise) => {
    const runs = 50;
    let covered = 0;
    for (let seed = 0; seed < runs; seed++) {
      const { demands } = fitDemand(measure(seed, n, noise), { seed, replicates: 120 });
      covered += demands.filter(
        ({ low, high }, k) => low <= (truth[k] ?? 0) && (truth[k] ?? 0) <= high,
      ).length;
    }
    expect(covered / (runs * truth.length)).toBeGreaterThanOrEqual(0.9);
  });

  it('is not moved by a few outlying intervals, and counts them', () => {
    const intervals = measure(5, 60, { share: 0.03, constant: 0.003, correlation: 0 });
    const struck = [7, 23, 41];
    const disturbed = intervals.map((interval, t) =>
      struck.includes(t) ? { ...interval, used: interval.used + 1.5 } : interval,
    );
    const fit = fitDemand(disturbed, { seed: 1 });
    for (const t of struck) expect(fit.weights[t]).toBeLessThan(0.2);
    fit.demands.slice(0, 3).forEach((demand, k) => {
      expect(Math.abs(demand.value / (truth[k] ?? 0) - 1)).toBeLessThan(0.1);
    });
    // Without the protection the same intervals spoil the fit.
    const plain = fitDemand(disturbed, { seed: 1, robust: false });
    const error = (demands: { value: number }[]) =>
      Math.max(...demands.slice(0, 3).map((demand, k) => Math.abs(demand.value / (truth[k] ?? 0) - 1)));
    expect(error(plain.demands)).toBeGreaterThan(2 * error(fit.demands));
    expect(plain.weights.every((weight) => weight === 1)).toBe(true);
  });

  it('tells classes that move together only as one', () => {
    const intervals = measure(2, 60, { share: 0.02, constant: 0, correlation: 0 }).map((interval) => {
      const [first = 0, second = 0, third = 0] = interval.counts;
      const counts = [first, second, 2 * third, third];
      return {
        ...interval,
        counts,
        used: 0.02 + first * 0.002 + second * 0.006 + 2 * third * 0.004 + third * 0.001,
      };
    });
    const fit = fitDemand(intervals, { seed: 1 });
    expect(fit.groups).toEqual([[0], [1], [2, 3]]);
    expect(fit.condition).toBe(Number.POSITIVE_INFINITY);
    // Two of 0.004 and one of 0.001: 0.003 each on average, and the rest as if nothing had happened.
    expect(fit.demands.map((demand) => Number(demand.value.toFixed(9)))).toEqual([
      0.002, 0.006, 0.003, 0.003,
    ]);
  });

  it('is not misled by requests of one user that end in different intervals now and then', () => {
    const random = new Random(8);
    const late = Array.from({ length: 61 }, () => random.integer(5));
    const intervals = Array.from({ length: 60 }, (_, t) => {
      const users = 12 + 8 * (Math.floor(t / 6) % 3);
      const counts = [users, users - (late[t + 1] ?? 0) + (late[t] ?? 0)];
      return {
        idle: 1,
        counts,
        used: 0.05 + 0.004 * users + 0.003 * random.normal() + 0.012 * (counts[1] ?? 0),
      };
    });
    // In single intervals the two differ, but only by what the next one makes up for.
    expect(scaledCondition(intervals.map(({ counts }) => [1, ...counts]))).toBeLessThan(30);
    expect(fitDemand(intervals, { seed: 1 }).groups).toEqual([[0, 1]]);
  });

  it('counts the background as cost of the requests when the load never changes', () => {
    const intervals = Array.from({ length: 20 }, (_, t) => ({
      idle: 1,
      counts: [40 + 5 * (t % 5), 60 - 5 * (t % 5)],
      used: 0.1 + 0.002 * (40 + 5 * (t % 5)) + 0.004 * (60 - 5 * (t % 5)),
    }));
    const fit = fitDemand(intervals, { seed: 1 });
    expect(fit.backgroundSeparable).toBe(false);
    expect(fit.background.value).toBe(0);
    expect(fit.demands.map((demand) => Number(demand.value.toFixed(9)))).toEqual([0.003, 0.005]);
  });

  it('leaves the background out where there is none', () => {
    const intervals = measure(6, 30, quiet).map((interval) => ({
      ...interval,
      used: interval.used - background,
    }));
    const fit = fitDemand(intervals, { seed: 1, background: false });
    expect(fit.background).toEqual({ value: 0, low: 0, high: 0 });
    expect(fit.backgroundSeparable).toBe(true);
    expect(fit.demands[0]?.value).toBeCloseTo(truth[0] ?? 0, 9);
  });

  it('finds one background per replica when their number changes', () => {
    const intervals = Array.from({ length: 24 }, (_, t) => {
      const replicas = t < 12 ? 1 : 3;
      const count = 20 + 7 * (t % 6);
      return { idle: replicas, counts: [count], used: 0.05 * replicas + 0.003 * count };
    });
    const fit = fitDemand(intervals, { seed: 1 });
    expect(fit.background.value).toBeCloseTo(0.05, 9);
    expect(fit.demands[0]?.value).toBeCloseTo(0.003, 9);
  });

  it('gives a class that costs nothing an interval that starts at zero', () => {
    const intervals = measure(3, 60, quiet).map((interval, t) => ({
      ...interval,
      used: interval.used - (interval.counts[3] ?? 0) * 0.0005 + 0.01 * (1 + Math.sin(t * 2.4)),
    }));
    const free = fitDemand(intervals, { seed: 1 }).demands[3];
    expect(free?.low).toBe(0);
    expect(free?.high).toBeGreaterThan(0);
  });

  it('repeats itself for a seed', () => {
    const intervals = measure(4, 40, { share: 0.05, constant: 0.01, correlation: 0.3 });
    expect(fitDemand(intervals, { seed: 9, replicates: 50 })).toEqual(
      fitDemand(intervals, { seed: 9, replicates: 50 }),
    );
    expect(fitDemand(intervals, { seed: 9, replicates: 50 })).not.toEqual(
      fitDemand(intervals, { seed: 10, replicates: 50 }),
    );
  });

  it('scales with the unit of what is used', () => {
    const intervals = measure(4, 40, { share: 0.05, constant: 0.01, correlation: 0.3 });
    const scaled = intervals.map((interval) => ({ ...interval, used: interval.used * 4096 }));
    const [one, many] = [intervals, scaled].map((data) => fitDemand(data, { seed: 2, replicates: 50 }));
    one?.demands.forEach((demand, k) => {
      expect((many?.demands[k]?.value ?? 0) / 4096).toBeCloseTo(demand.value, 9);
      expect((many?.demands[k]?.high ?? 0) / 4096).toBeCloseTo(demand.high, 9);
    });
  });

  const one = { idle: 1, counts: [1], used: 1 };
  it.each<[string, DemandInterval[]]>([
    ['too few intervals', [one, one, one]],
    ['no intervals', []],
    ['a class without requests', Array(6).fill({ ...one, counts: [1, 0] })],
    ['a negative count', [...Array(5).fill(one), { ...one, counts: [-1] }]],
    ['a count too few', [...Array(6).fill({ ...one, counts: [1, 2] }), one]],
    ['not a number', [...Array(5).fill(one), { ...one, used: Number.NaN }]],
    ['an interval without length', [...Array(5).fill(one), { ...one, idle: 0 }]],
  ])('refuses %s', (_, intervals) => {
    expect(() => fitDemand(intervals, { seed: 1 })).toThrow(RangeError);
  });
});

describe('movingBlocks', () => {
  it('draws whole blocks of neighbours, as many rows as asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer(),
        (n, length, seed) => {
          fc.pre(length <= n);
          const rows = movingBlocks(n, length, new Random(seed));
          expect(rows).toHaveLength(n);
          rows.forEach((row, i) => {
            expect(row).toBeGreaterThanOrEqual(0);
            expect(row).toBeLessThan(n);
            if (i % length > 0) expect(row).toBe((rows[i - 1] ?? 0) + 1);
          });
        },
      ),
      { seed: 5, numRuns: 100 },
    );
  });

  it('takes about the cube root of the rows as a block', () => {
    expect([1, 8, 60, 1000].map(blockLength)).toEqual([1, 2, 4, 10]);
  });

  it('refuses blocks longer than the data', () => {
    expect(() => movingBlocks(3, 4, new Random(1))).toThrow(RangeError);
    expect(() => movingBlocks(3, 0, new Random(1))).toThrow(RangeError);
  });
});
