import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chooseLatency,
  chooseTogether,
  type LatencyFit,
  predictLatency,
} from '../../../src/models/latency/choose.ts';
import type { Observation } from '../../../src/models/latency/observation.ts';
import { type LatencyModel, latencyOf } from '../../../src/models/latency/shapes.ts';
import { Random } from '../../../src/models/random.ts';
import { throttledCurve } from '../../../src/models/throttling/curve.ts';
import { quotaOf } from '../../../src/models/throttling/quota.ts';
import { close } from '../close.ts';

const q = 0.99;
const utilisations = [0.15, 0.22, 0.29, 0.36, 0.43, 0.5, 0.57];

/** What a model gives at low utilisations, off by a deviation of `noise`. */
function observe(latency: LatencyModel, noise = 0, seed = 1, quantile = q): Observation[] {
  const random = new Random(seed);
  return utilisations.map((utilisation) => ({
    utilisation,
    seconds: latencyOf(latency, quantile, utilisation) * Math.exp(noise * random.normal()),
    count: 500,
  }));
}

const sharing: LatencyModel = { model: 'processor-sharing', unloaded: 0.01 };
const mmc: LatencyModel = { model: 'mmc', service: 0.01, servers: 4 };
const mg1: LatencyModel = { model: 'mg1', base: 0.002, service: 0.004, variability: 0.6 };
const queue: LatencyModel = {
  model: 'allen-cunneen',
  base: 0.02,
  service: 0.004,
  servers: 8,
  variability: 1.7,
};
const empirical: LatencyModel = { model: 'empirical', floor: 0.02, at: 0.15, k: 0.31 };
const quota = { ...quotaOf(0.25), threads: 1 };
const throttled: LatencyModel = {
  model: 'throttled',
  base: 0.003,
  service: 0.004,
  variability: 1,
  cores: 0.25,
  threads: 1,
  curve: throttledCurve(quota, { mean: 0.004, variability: 1 }, q, 1),
};
const free = { quantile: q, service: 0.004, seed: 1 };
const single = { ...free, servers: 1 };

describe('the chosen model', () => {
  it.each([
    [sharing, free],
    [mmc, free],
    [mg1, single],
    [queue, free],
    [empirical, single],
    [throttled, { quantile: q, service: 0.016, servers: 1, cores: 0.25, seed: 1 }],
  ])('is the one that the latencies were made with: $model', (truth, replica) => {
    const fit = chooseLatency(observe(truth), replica);
    expect(fit.latency.model).toBe(truth.model);
    expect(fit.error).toBeLessThan(0.005);
    for (const utilisation of [0.1, 0.3, 0.7, 0.85, 0.92])
      close(predictLatency(fit, utilisation).value, latencyOf(truth, q, Math.max(0.15, utilisation)), 0.35);
    for (const [name, value] of Object.entries(truth))
      if (typeof value === 'number') close(Number(fit.latency[name as keyof LatencyModel]), value, 0.02);
  });

  it('foretells from noisy latencies at low utilisation those at high', () => {
    for (const truth of [sharing, mg1]) {
      const fits = [1, 2, 3, 4].map((seed) => chooseLatency(observe(truth, 0.05, seed), single));
      for (const utilisation of [0.5, 0.7, 0.85]) {
        const actual = latencyOf(truth, q, utilisation);
        const inside = fits.filter((fit) => {
          const { low, high } = predictLatency(fit, utilisation);
          return low <= actual && actual <= high;
        });
        expect(inside.length).toBeGreaterThanOrEqual(3);
      }
    }
  });

  it('is throttled only under a limit that the threads can reach', () => {
    const names = (fit: LatencyFit) => fit.candidates.map(({ model }) => model);
    expect(names(chooseLatency(observe(sharing), { ...single, cores: 1 }))).not.toContain('throttled');
    expect(names(chooseLatency(observe(sharing), { ...single, cores: 0.5 }))).toContain('throttled');
  });

  it('comes with the error of every model, the least first', () => {
    const { candidates, error } = chooseLatency(observe(mg1), single);
    const errors = candidates.map((each) => each.error);
    expect(errors).toEqual(errors.toSorted((a, b) => a - b));
    expect(candidates.find(({ model }) => model === 'mg1')?.error).toBe(error);
    expect(candidates).toHaveLength(5);
  });
});

describe('quantiles of the same requests', () => {
  const fits = [
    chooseLatency(observe(mg1, 0.01, 3, 0.5), { ...single, quantile: 0.5 }),
    chooseLatency(observe(mg1, 0.01, 4, 0.95), { ...single, quantile: 0.95 }),
    // The highest is told by few requests, and that much less certain.
    chooseLatency(observe(mg1, 0.12, 13), single),
  ];

  it('get one model, where the highest alone would get another', () => {
    expect(fits[2]?.model).not.toBe('mg1');
    const together = chooseTogether(fits);
    expect(together.map(({ model }) => model)).toEqual(['mg1', 'mg1', 'mg1']);
    for (const [i, fit] of together.entries()) {
      const own = fits[i]?.candidates.find(({ model }) => model === 'mg1');
      expect(fit).toEqual({ ...fits[i], ...own });
    }
  });

  it('are none without a fit', () => {
    expect(chooseTogether([])).toEqual([]);
  });
});

describe('a prediction', () => {
  const fit = chooseLatency(observe(mg1, 0.08), single);

  it('has an interval that covers what was observed, and grows beyond it', () => {
    for (const { utilisation, seconds } of fit.observations) {
      const { low, high } = predictLatency(fit, utilisation);
      expect(low).toBeLessThanOrEqual(seconds * (1 + 1e-12));
      expect(high).toBeGreaterThanOrEqual(seconds * (1 - 1e-12));
    }
    const width = (utilisation: number) => {
      const { low, high } = predictLatency(fit, utilisation);
      return high / low;
    };
    close(width(0.3), width(0.5), 1e-9);
    expect(width(0.7)).toBeGreaterThan(width(0.57) * 1.05);
    expect(width(0.9)).toBeGreaterThan(width(0.7) * 1.05);
  });

  it('never falls with utilisation, whatever was observed', () => {
    const latencies = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), {
      minLength: 7,
      maxLength: 7,
    });
    fc.assert(
      fc.property(latencies, fc.boolean(), (all, limited) => {
        const observations = utilisations.map((utilisation, i) => ({
          utilisation,
          seconds: all[i] as number,
          count: 300,
        }));
        const any = chooseLatency(observations, { ...single, ...(limited && { cores: 0.5 }) });
        for (const { latency } of any.candidates) {
          let last = 0;
          for (let u = 0.02; u < 0.97; u += 0.05) {
            const now = latencyOf(latency, q, u);
            expect(now).toBeGreaterThanOrEqual(last * (1 - 1e-6));
            last = now;
          }
        }
      }),
      { seed: 31, numRuns: 4 },
    );
  });

  it('minds the quota that low loads do not use up', () => {
    const flat = utilisations.map((utilisation) => ({ utilisation, seconds: 0.005, count: 500 }));
    const fit = chooseLatency(flat, { ...single, service: 0.016, cores: 0.25 });
    const stopping = fit.candidates.find(({ model }) => model === 'throttled')?.latency ?? sharing;
    const chosen = latencyOf(fit.latency, q, 0.85);
    expect(fit.model).not.toBe('throttled');
    expect(latencyOf(stopping, q, 0.85)).toBeGreaterThan(3 * chosen);
    const { value, low, high } = predictLatency(fit, 0.85);
    expect(value).toBe(latencyOf(stopping, q, 0.85));
    expect(low).toBeLessThan(chosen);
    expect(high).toBeGreaterThan(value);
    expect(predictLatency(fit, 0.4).value).toBeCloseTo(latencyOf(fit.latency, q, 0.4), 12);
  });

  it('is the same for the same observations in any order', () => {
    expect(chooseLatency(observe(mg1, 0.08).toReversed(), single)).toEqual(fit);
  });

  it('survives being written and read again', () => {
    const again = JSON.parse(JSON.stringify(fit)) as LatencyFit;
    expect(predictLatency(again, 0.8)).toEqual(predictLatency(fit, 0.8));
  });
});

describe('a choice is refused', () => {
  const good = observe(sharing);
  it.each([
    ['from four observations', good.slice(0, 4)],
    ['at full utilisation', [...good, { utilisation: 1, seconds: 1, count: 1 }]],
    ['at none', [...good, { utilisation: 0, seconds: 1, count: 1 }]],
    ['for a latency of nothing', [...good, { utilisation: 0.5, seconds: 0, count: 1 }]],
    ['for no requests', [...good, { utilisation: 0.5, seconds: 1, count: 0 }]],
  ])('%s', (_, observations) => {
    expect(() => chooseLatency(observations, single)).toThrow(RangeError);
  });
});
