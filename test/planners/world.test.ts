import { describe, expect, it } from 'vitest';
import { preset } from '../../src/models/traffic/profile.ts';
import { expectedRates, type Traffic } from '../../src/models/traffic/traffic.ts';
import { rateOf } from '../../src/models/world/replica.ts';
import { costOf, engineFor, loadOf, replicaOf, sized } from '../../src/planners/autoscaling/world.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import { replica, START } from '../models/world/worlds.ts';

const shape = (name: 'flat' | 'fx-overlap-heavy'): Traffic => ({
  base: { profile: preset(name), mean: 1 },
  events: [{ name: 'news', at: START + 3600, multiplier: 5, rise: 15, decay: 600 }],
  scale: 1,
});

describe('a pod', () => {
  it('is what was said, and assumed where nothing was', () => {
    expect(replicaOf({ capacity: 100, cpuPerRequest: 0.004 }, null)).toEqual({
      ...{ capacity: 100, cpuPerRequest: 0.004, workers: 1, variability: 1, cpuIdle: 0, cpuRequest: 0.5 },
      ...{ cpuLimit: null, memory: 0.6 * 2 ** 30, memoryRequest: 2 ** 30, timeout: 30 },
    });
    expect(() => replicaOf({ capacity: 100 }, null)).toThrow('--cpu-per-request is missing');
    expect(() => replicaOf({ cpuPerRequest: 1 }, null)).toThrow(
      '--capacity is missing: say what a pod can do',
    );
    const starved = { capacity: 9, cpuPerRequest: 1, cpuIdle: 1, cpuLimit: 0.5 };
    expect(() => replicaOf(starved, null)).toThrow('the pod: the CPU limit 0.5 leaves nothing');
  });

  it('is what a plan measured: its CPU limit over the CPU of a request, and the requests inside by Little', () => {
    const plan = planCapacity([], { events: [], slos: [], rps: 100, latency: 0.1 });
    const measured = {
      ...plan,
      cpu: { ...(plan.cpu ?? declaredCpu), request: 0.5, limit: 1 },
      load: plan.load && { ...plan.load, mix: { quote: 0.75, trade: 0.25 } },
      observed: {
        ...nothing,
        mix: { quote: 0.5, trade: 0.5 },
        latency: { quote: at(0.01), trade: at(0.05) },
      },
      demand: { quote: { platformCpu: demand(0.002) }, trade: { platformCpu: demand(0.006) } },
      fits: { platformCpu: { ...fit, background: { value: 0.1, low: 0.1, high: 0.1 } } },
    };
    const pod = replicaOf({}, measured);
    expect(pod.cpuPerRequest).toBeCloseTo(0.003, 12);
    expect(rateOf(pod)).toBeCloseTo(300, 9);
    // A median of 20 ms is a mean of 28.9 ms, so that 300/s are 8.7 requests at once.
    expect([pod.workers, pod.cpuRequest, pod.cpuLimit]).toEqual([9, 0.5, 1]);
    expect(replicaOf({ workers: 2 }, measured).workers).toBe(2);
  });
});

const nothing = {
  testedRate: 1,
  replicas: 1,
  replicaCpu: null,
  floor: {},
  memoryPeak: null,
  checkpoints: null,
};
const at = (p50: number) => ({ p50, p95: 2 * p50, p99: 3 * p50 });
const demand = (value: number) => ({
  value,
  low: value,
  high: value,
  basis: 'measured' as const,
  separable: true as const,
});
const fit = { intervals: 9, seconds: 9, downWeighted: 0, r2: 1, condition: 1 };
const declaredCpu = {
  throttling: null,
  atPeak: 1,
  atPeakUpper: 1,
  targetUtilisation: 0.5,
  saturation: 0.8,
  basis: 'declared' as const,
};

describe('traffic', () => {
  it('gets its mean, or its peak without events', () => {
    const mean = sized(shape('fx-overlap-heavy'), { mean: 1000 }, START, 7);
    const rates = expectedRates({ ...mean, events: [] }, START, 60, 7 * 1440);
    expect(rates.reduce((a, b) => a + b, 0) / rates.length).toBeCloseTo(1000, 6);
    const peak = sized(shape('fx-overlap-heavy'), { peak: 1000 }, START, 7);
    expect(Math.max(...expectedRates({ ...peak, events: [] }, START, 60, 7 * 1440))).toBeCloseTo(1000, 6);
    expect(() => sized(shape('flat'), {}, START, 7)).toThrow('a preset is only a shape');
    expect(() => sized(shape('flat'), { mean: 1, peak: 1 }, START, 7)).toThrow('leave one out');
    const saturday = START + 5.2 * 86_400;
    expect(() => sized(shape('fx-overlap-heavy'), { mean: 1 }, saturday, 0.5)).toThrow(
      'no traffic in that time',
    );
  });

  it('is simulated one by one when it is little, or when the stream has no formula', () => {
    const few = loadOf(
      { ...shape('flat'), scale: 5 },
      { start: START, days: 1, step: 15, noise: { deviation: 0, memory: 60 }, seed: 1 },
    );
    const many = { ...few, counts: few.counts.map((count) => 100 * count) };
    expect([engineFor('auto', replica, few), engineFor('auto', replica, many)]).toEqual(['events', 'fluid']);
    const constant = { ...replica, variability: 0 };
    expect(engineFor('auto', constant, many)).toBe('events');
    expect(() => engineFor('fluid', constant, many)).toThrow('use --engine events for 0');
  });
});

it('costs cores for hours, and nothing is told without a price', () => {
  expect(costOf(100, replica, 0.04)).toBe(2);
  expect(costOf(100, replica, undefined)).toBeNull();
});
