import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withDefaults } from '../../../src/models/hpa/defaults.ts';
import { sortedQuantile } from '../../../src/models/quantile.ts';
import { HIGHEST_TARGET, pairedWith } from '../../../src/models/rightsizing/paired-target.ts';
import { replayHpa } from '../../../src/models/rightsizing/replay-hpa.ts';

const natural = (max: number) => fc.integer({ min: 1, max });

describe('a request and the target of an HPA, moved together', () => {
  it('hold a pod where it was held', () => {
    expect(pairedWith({ request: 1000, target: 60 }, 700)).toEqual({ request: 706, target: 85 });
    expect(pairedWith({ request: 500, target: 60 }, 400)).toEqual({ request: 400, target: 75 });
    // Less is wanted than the HPA holds a pod at: the request has to stay above that.
    expect(pairedWith({ request: 1000, target: 60 }, 50)).toEqual({ request: 667, target: 90 });
    // A target above what a full node can show comes down.
    expect(pairedWith({ request: 100, target: 150 }, 100)).toEqual({ request: 167, target: 90 });
    expect(pairedWith({ request: 1, target: 1 }, 500)).toEqual({ request: 500, target: 1 });
    expect(() => pairedWith({ request: 0.5, target: 60 }, 1)).toThrow(RangeError);
  });

  it('are settled after once, cover what is wanted, and hold no less and hardly more', () => {
    fc.assert(
      fc.property(natural(16_000), natural(200), natural(16_000), (request, target, wanted) => {
        const pair = pairedWith({ request, target }, wanted);
        expect(pairedWith(pair, wanted)).toEqual(pair);
        expect(pair.request).toBeGreaterThanOrEqual(wanted);
        expect(pair.target).toBeLessThanOrEqual(HIGHEST_TARGET);
        const [held, was] = [pair.request * pair.target, request * target];
        expect(held).toBeGreaterThanOrEqual(was);
        // Of a percent of a unit for each point of the target that was tried.
        if (was >= wanted) expect(held - was).toBeLessThan(HIGHEST_TARGET ** 2);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe('the replicas of an HPA over a history', () => {
  const step = 75;
  const grid = { from: 0, step, steps: Math.round((2 * 86_400) / step) };
  const memory = new Float64Array(grid.steps).fill(1e9);
  /** From half a core at night to six at noon. */
  const cpu = Float64Array.from(
    { length: grid.steps },
    (_, i) => 3.25 - 2.75 * Math.cos((2 * Math.PI * i * step) / 86_400),
  );
  const hpa = (target: number, changes = {}) =>
    withDefaults({
      name: 'api',
      scaleTarget: { kind: 'Deployment', name: 'api' },
      minReplicas: 2,
      maxReplicas: 40,
      metrics: [
        { type: 'Resource', name: 'cpu', target: { type: 'Utilization', averageUtilization: target } },
      ],
      ...changes,
    });
  const replay = (request: number, target: number) =>
    replayHpa(hpa(target), grid, { cpu, memory }, { cpu: request, memory: null }, 2);
  /** The 95th percentile of what a pod used when there were so many. */
  const used = (replicas: Int32Array) =>
    Math.ceil(1000 * sortedQuantile(cpu.map((total, i) => total / (replicas[i] as number)).toSorted(), 0.95));

  it('are those of the load over what a pod is held at', () => {
    const { replicas, mean, most, atMin } = replay(1, 60);
    // Six cores over 0.6 are ten; nine pods use 66.7 %, which is 66 whole percent and within the tolerance.
    expect(most).toBe(9);
    expect(replicas[0]).toBe(2);
    expect(mean).toBeGreaterThan(3.25 / 0.6);
    expect(atMin).toBeGreaterThan(0.1);
  });

  it('spiral when only the request is cut, again and again; in pairs they stay, and the advice with them', () => {
    let [alone, count] = [1000, replay(1, 60).mean];
    for (let round = 0; round < 4; round++) {
      alone = used(replay(alone / 1000, 60).replicas);
      const { mean } = replay(alone / 1000, 60);
      expect(mean).toBeGreaterThan(count);
      count = mean;
    }
    expect(count).toBeGreaterThan(3 * replay(1, 60).mean);
    const first = pairedWith({ request: 1000, target: 60 }, used(replay(1, 60).replicas));
    const once = replay(first.request / 1000, first.target);
    const second = pairedWith(first, used(once.replicas));
    expect(second).toEqual(first);
    expect(Math.abs(once.mean / replay(1, 60).mean - 1)).toBeLessThan(0.03);
  });

  it('stay as they are where nothing was recorded, or there is no request', () => {
    const gone = new Float64Array(grid.steps).fill(Number.NaN);
    const start = (use: Float64Array, request: number | null) =>
      new Set(replayHpa(hpa(60), grid, { cpu: use, memory }, { cpu: request, memory: null }, 7).replicas);
    expect(start(gone, 1)).toEqual(new Set([7]));
    expect(start(cpu, null)).toEqual(new Set([7]));
  });

  it('follow memory too, and a target that is an amount', () => {
    const metrics = [
      { type: 'Resource', name: 'memory', target: { type: 'Utilization', averageUtilization: 50 } },
    ];
    const byMemory = replayHpa(hpa(60, { metrics }), grid, { cpu, memory }, { cpu: 1, memory: 2e8 }, 2);
    expect(byMemory.most).toBe(10);
    const amount = [{ type: 'Resource', name: 'cpu', target: { type: 'AverageValue', averageValue: 600 } }];
    const fixed = replayHpa(
      hpa(60, { metrics: amount }),
      grid,
      { cpu, memory },
      { cpu: null, memory: null },
      2,
    );
    // An amount is not cut to whole percent: the tolerance ends where it says.
    expect(fixed.most).toBe(replay(1, 60).most + 1);
  });
});
