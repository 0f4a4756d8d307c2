import { describe, expect, it } from 'vitest';
import { meanWait, responseQuantile } from '../../../src/models/queueing/mmc.ts';
import { Random } from '../../../src/models/random.ts';
import { EventEngine } from '../../../src/models/world/event-engine.ts';
import { FluidEngine } from '../../../src/models/world/fluid-engine.ts';
import type { Replica } from '../../../src/models/world/replica.ts';
import type { Engine, Outcome, Station } from '../../../src/models/world/station.ts';
import { replica } from './worlds.ts';

const slo = { quantile: 0.99, within: 0.25 };
const PODS = 10;
const STEP = 15;

/** Runs `rates` through ten pods, one step each; the outcome of every step, and what the pods then have. */
function run(engine: Engine, rates: readonly number[], seed = 3) {
  const [arrivals, random] = [new Random(seed), new Random(seed + 1)];
  const stations: Station[] = Array.from({ length: PODS }, () => engine.open());
  return rates.map((rate, k): Outcome & { waiting: number } => {
    const count = arrivals.poisson(rate * STEP);
    engine.beginStep();
    const outcome = engine.serve(stations, { from: k * STEP, seconds: STEP, count, rate }, random);
    return { ...outcome, waiting: stations.reduce((sum, { waiting }) => sum + waiting, 0) };
  });
}

const within = (share: number, actual: number, expected: number) =>
  expect(Math.abs(actual / expected - 1), `${actual} is not close to ${expected}`).toBeLessThan(share);

describe('requests one by one', () => {
  it.each([
    ['M/M/1', { workers: 1, variability: 1 }, 0.7],
    ['M/M/4', { workers: 4, variability: 1 }, 0.75],
    ['M/D/1', { workers: 1, variability: 0 }, 0.8],
    ['M/G/1 with half the variability', { workers: 1, variability: 0.5 }, 0.75],
    ['M/G/1 with twice the variability', { workers: 1, variability: 2 }, 0.6],
  ])('wait as the theory of %s has it, within 3 %%', (_, changes: Partial<Replica>, utilisation) => {
    const engine = new EventEngine({ ...replica, ...changes }, slo, false);
    const steps = Math.round(1.5e6 / (utilisation * 1000 * STEP));
    run(engine, new Array(steps).fill(utilisation * 1000));
    const { workers = 1, variability = 1 } = changes;
    // Pollaczek and Khinchine for one worker; equal to M/M/c for exponential service times.
    const expected = (meanWait(utilisation * 100, workers / 100, workers) * (1 + variability)) / 2;
    within(0.03, engine.meanWait(), expected);
  });

  it('are turned away when they would wait too long, and from a service without pods', () => {
    const engine = new EventEngine({ ...replica, timeout: 2 }, slo, true);
    const steps = run(engine, new Array(8).fill(2000));
    const last = steps.at(-1) as Outcome;
    // Twice what ten pods can do: half is turned away once the queue is as long as the timeout.
    within(0.03, last.rejected, 15_000);
    within(0.03, engine.stepQuantile(0.5), 2);
    const random = new Random(1);
    const nobody = engine.serve([], { from: 0, seconds: 15, count: 7 }, random);
    expect(nobody).toEqual({ arrived: 7, served: 0, rejected: 7, late: 7 });
  });
});

describe('requests as a stream', () => {
  it.each([
    [1, '30 %', 0.3],
    [1, '60 %', 0.6],
    [1, '85 %', 0.85],
    [4, '70 %', 0.7],
    [8, '85 %', 0.85],
  ])('take as long as one by one, within 3 %%: %s workers at %s of their rate', (workers, _, utilisation) => {
    const pod = { ...replica, workers };
    const rates = new Array(80).fill(utilisation * 1000);
    const stream = new FluidEngine(pod, slo, false);
    const flowed = run(stream, rates);
    const single = new EventEngine(pod, slo, false);
    const passed = run(single, rates);
    for (const q of [0.5, 0.95, 0.99]) within(0.03, stream.responseQuantile(q), single.responseQuantile(q));
    const late = (steps: Outcome[]) => steps.reduce((sum, step) => sum + step.late, 0);
    const arrived = passed.reduce((sum, step) => sum + step.arrived, 0);
    expect(Math.abs(late(flowed) - late(passed)) / arrived).toBeLessThan(0.003);
    within(
      1e-6,
      stream.responseQuantile(0.95),
      responseQuantile(utilisation * 100, workers / 100, workers, 0.95),
    );
    expect(stream.rough).toBe(0);
  });

  it('pile up and recover as one by one, within 3 %', () => {
    const rates = [600, 600, 2500, 2500, 2500, 2500, ...new Array(18).fill(600)];
    const patient = { ...replica, timeout: 200 };
    const stream = new FluidEngine(patient, slo, false);
    const flowed = run(stream, rates);
    const single = new EventEngine(patient, slo, false);
    const passed = run(single, rates);
    const longest = Math.max(...passed.map(({ waiting }) => waiting));
    for (const [k, { waiting }] of passed.entries())
      expect(Math.abs((flowed[k]?.waiting ?? 0) - waiting)).toBeLessThan(0.03 * longest);
    within(0.03, stream.meanWait(), single.meanWait());
    for (const q of [0.75, 0.9, 0.99]) within(0.03, stream.responseQuantile(q), single.responseQuantile(q));
    expect(stream.rough).toBeGreaterThan(0);
  });

  it('turn away as many as one by one, within 3 %', () => {
    const rates = [...new Array(12).fill(1300), ...new Array(4).fill(500)];
    const pod = { ...replica, timeout: 5 };
    const rejected = (engine: Engine) => run(engine, rates).reduce((sum, step) => sum + step.rejected, 0);
    within(0.03, rejected(new FluidEngine(pod, slo, false)), rejected(new EventEngine(pod, slo, false)));
  });

  it('are only for exponential service times', () => {
    expect(() => new FluidEngine({ ...replica, variability: 0.5 }, slo, false)).toThrow(
      'the fluid engine wants a variability of 1, not 0.5',
    );
  });
});
