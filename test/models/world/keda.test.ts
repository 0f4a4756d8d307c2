import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { controllerOf } from '../../../src/models/hpa/controller.ts';
import { withDefaults } from '../../../src/models/hpa/defaults.ts';
import { hpaOf, type ScaledObject } from '../../../src/models/hpa/keda.ts';
import { validateScaledObject } from '../../../src/models/hpa/validate-keda.ts';
import type { Simulation } from '../../../src/models/world/ledger.ts';
import type { MetricSource } from '../../../src/models/world/metric-pipeline.ts';
import { type SimulateOptions, simulate, type World } from '../../../src/models/world/simulate.ts';
import { hpa, replica, START, worldOf } from './worlds.ts';

const kafka = (more: Record<string, string> = {}) => ({
  type: 'kafka',
  metadata: { bootstrapServers: 'b:9092', consumerGroup: 'g', topic: 'trades', lagThreshold: '100', ...more },
});
const prometheus = {
  type: 'prometheus',
  metadata: { serverAddress: 'http://p', query: 'http_requests', threshold: '50', activationThreshold: '2' },
};

function scaledObject(changes: object = {}, ...triggers: object[]): ScaledObject {
  const { scaled, errors } = validateScaledObject(
    {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'trades' },
      spec: {
        scaleTargetRef: { name: 'trades' },
        maxReplicaCount: 20,
        ...changes,
        triggers: triggers.length > 0 ? triggers : [kafka()],
      },
    },
    { release: 36 },
  );
  if (scaled === null) throw new Error(JSON.stringify(errors));
  return scaled;
}

function run(
  scaled: ScaledObject,
  rates: readonly number[],
  changes: Partial<World> = {},
  options: SimulateOptions = {},
): Simulation {
  const made = withDefaults(hpaOf(scaled));
  const source: MetricSource = changes.partitions === null ? 'rate' : 'lag';
  const sources = new Map(made.metrics.map(({ name }) => [name, source]));
  const world = worldOf(rates, { partitions: 20, sources, slo: { quantile: 0.99, within: 30 }, ...changes });
  return simulate(controllerOf(made), world, { scaled, ...options });
}

const from = ({ steps }: Simulation, k: number) => ({
  replicas: steps.replicas[k],
  ready: steps.ready[k],
  waiting: steps.waiting[k],
});

describe.each(['fluid', 'events'] as const)('consumers of a topic, %s,', (engine) => {
  it('lose no record: arrived is served or waiting after every step', () => {
    const cases = fc.record({
      rates: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 5, maxLength: 15 }),
      partitions: fc.integer({ min: 1, max: 12 }),
      min: fc.integer({ min: 0, max: 2 }),
      startup: fc.integer({ min: 0, max: 60 }),
      grace: fc.constantFrom(0, 30),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(cases, ({ rates, partitions, min, startup, grace, seed }) => {
        const timing = { scheduling: 1, imagePull: 2, startup, grace };
        const scaled = scaledObject({ minReplicaCount: min, pollingInterval: 10, cooldownPeriod: 30 });
        const { steps, rejected } = run(scaled, rates, { engine, partitions, timing, seed });
        expect(rejected).toBe(0);
        let waiting = 0;
        for (let k = 0; k < rates.length; k++) {
          waiting += (steps.arrived[k] as number) - (steps.served[k] as number);
          expect(Math.abs(waiting - (steps.waiting[k] as number))).toBeLessThan(1e-6 * (1 + waiting));
          expect(steps.late[k]).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 10, seed: 3 },
    );
  });

  it('are as many at work as there are partitions, however many there are', () => {
    const scaled = scaledObject({ maxReplicaCount: 10 }, kafka({ allowIdleConsumers: 'true' }));
    const result = run(scaled, Array(20).fill(600), { engine, partitions: 4 });
    expect(from(result, 19)).toMatchObject({ replicas: 10, ready: 10 });
    // Four consumers of 100/s.
    expect((result.steps.served[19] as number) / 15).toBeCloseTo(400, engine === 'fluid' ? 3 : -1.5);
    expect(result.causes.partitions).toBeGreaterThan(150);
  });

  it('come from zero when KEDA polls a lag, and go to zero after the cooldown', () => {
    const rates = Array.from({ length: 120 }, (_, k) => (k >= 20 && k < 40 ? 150 : 0));
    const result = run(scaledObject({ pollingInterval: 30, cooldownPeriod: 300 }), rates, { engine });
    expect(from(result, 19)).toEqual({ replicas: 0, ready: 0, waiting: 0 });
    const [woken] = result.scalings;
    const rise = START + 20 * 15;
    expect(woken).toMatchObject({
      from: 0,
      to: 1,
      reason: 'KEDAScaleTargetActivated: s0-kafka-trades is active',
    });
    expect((woken?.time ?? 0) - rise).toBeGreaterThan(0);
    expect((woken?.time ?? 0) - rise).toBeLessThanOrEqual(30);
    expect(result.scalings[1]?.reason).toMatch(/^external metric s0-kafka-trades.* above target$/);
    const asleep = result.scalings.at(-1);
    expect(asleep).toMatchObject({ to: 0, reason: 'KEDAScaleTargetDeactivated: no trigger is active' });
    // After the last poll that saw a lag: at the earliest when the last record came.
    const last = result.steps.waiting.findLastIndex((waiting) => waiting > 0);
    expect(asleep?.time).toBeGreaterThan(START + 40 * 15 + 270);
    expect(asleep?.time).toBeLessThanOrEqual(START + (last + 1) * 15 + 300 + 60);
    expect(from(result, 119)).toEqual({ replicas: 0, ready: 0, waiting: 0 });
    expect(result.causes.asleep ?? 0).toBeGreaterThanOrEqual(0);
    expect(result.served).toBe(result.arrived);
  });

  it('stay asleep up to the activation threshold', () => {
    const scaled = scaledObject({}, kafka({ activationLagThreshold: '1000' }));
    const rates = Array.from({ length: 60 }, (_, k) => (k < 10 ? 0 : 4));
    const { scalings, steps } = run(scaled, rates, { engine });
    const waiting = steps.waiting[Math.floor(((scalings[0]?.time ?? 0) - START) / 15)] as number;
    expect(waiting).toBeGreaterThan(1000);
    expect(waiting).toBeLessThan(1000 + 4 * 60);
  });
});

it('tells of records as a stream what it tells of them one by one, within 5 %', () => {
  const rates = Array.from({ length: 70 }, (_, k) => (k >= 10 && k < 30 ? 420 : 120));
  const scaled = scaledObject({ minReplicaCount: 2 });
  const slo = { quantile: 0.99, within: 2 };
  const stream = run(scaled, rates, { slo });
  const single = run(scaled, rates, { slo, engine: 'events' });
  for (const figure of ['podHours', 'served', 'late'] as const)
    expect(Math.abs(stream[figure] / single[figure] - 1), figure).toBeLessThan(0.05);
  expect(single.late).toBeGreaterThan(1000);
  expect(Math.abs(stream.response.p95 / single.response.p95 - 1)).toBeLessThan(0.05);
});

it('asks for no more consumers than there are partitions unless idle ones are allowed', () => {
  const scaled = scaledObject({ maxReplicaCount: 30, minReplicaCount: 1 });
  const flat = { partitions: 20, replica: { ...replica, capacity: 10 } };
  const rates = [0, ...Array(80).fill(260)];
  const { steps } = run(scaled, rates, flat);
  // Twenty; the cap has a hole that lets one more through.
  expect([20, 21]).toContain(Math.max(...steps.replicas));
  const idle = scaledObject(
    { maxReplicaCount: 30, minReplicaCount: 1 },
    kafka({ allowIdleConsumers: 'true' }),
  );
  expect(Math.max(...run(idle, rates, flat).steps.replicas)).toBe(30);
});

it('scales to the idle count and from it to the minimum', () => {
  const rates = Array.from({ length: 60 }, (_, k) => (k < 20 ? 0 : 30));
  const scaled = scaledObject({ idleReplicaCount: 0, minReplicaCount: 3 });
  const { steps, scalings } = run(scaled, rates);
  expect([steps.replicas[0], scalings[0]?.to]).toEqual([0, 3]);
});

it('gives the HPA what the last poll read when the trigger is cached', () => {
  const rates = Array.from({ length: 60 }, (_, k) => (k < 20 ? 50 : 900));
  const settings = { minReplicaCount: 1, pollingInterval: 300 };
  const first = (trigger: object) => run(scaledObject(settings, trigger), rates).scalings[0]?.time ?? 0;
  const live = first(kafka());
  const cached = first({ ...kafka(), useCachedMetrics: true });
  expect(live - START).toBeLessThanOrEqual(20 * 15 + 30);
  expect(cached).toBeGreaterThan(live);
});

it('wakes a service by a rate that is counted in front of it, which turns requests away until a pod is there', () => {
  const rates = Array.from({ length: 60 }, (_, k) => (k < 20 ? 0 : 80));
  const scaled = scaledObject({ cooldownPeriod: 60 }, prometheus);
  const { scalings, steps, rejected, causes } = run(scaled, rates, { partitions: null });
  expect(scalings[0]).toMatchObject({
    from: 0,
    to: 1,
    reason: 'KEDAScaleTargetActivated: s0-prometheus is active',
  });
  expect(rejected).toBeGreaterThan(80 * 20);
  expect(steps.rejected[59]).toBe(0);
  expect(steps.replicas[59]).toBe(2);
  expect(causes.asleep).toBeGreaterThan(0);
});

it('leaves CPU to the HPA beside a trigger of its own', () => {
  const cpu = { type: 'cpu', metricType: 'Utilization', metadata: { value: '50' } };
  const scaled = scaledObject({ minReplicaCount: 1 }, cpu, kafka({ lagThreshold: '1000000' }));
  const { steps, scalings } = run(scaled, Array(60).fill(240));
  expect(scalings[0]?.reason).toBe('cpu resource utilization (percentage of request) above target');
  expect(steps.replicas[59]).toBeGreaterThanOrEqual(4);
});

it('keeps replicas that a schedule asks for awake', () => {
  const floors = [{ from: START + 300, to: START + 600, replicas: 4 }];
  const { steps } = run(scaledObject({ cooldownPeriod: 60 }), Array(60).fill(0), {}, { floors });
  expect([steps.replicas[10], steps.replicas[30], steps.replicas[59]]).toEqual([0, 4, 0]);
});

it('reads again what a consumer had not committed when it was killed', () => {
  const slow = { ...replica, capacity: 0.05 };
  const timing = { scheduling: 1, imagePull: 1, startup: 1, grace: 0 };
  const rates = [2, 2, 0, ...Array(400).fill(0)];
  const scaled = scaledObject({ minReplicaCount: 1, cooldownPeriod: 30 }, kafka({ lagThreshold: '20' }));
  const result = run(scaled, rates, { engine: 'events', replica: slow, timing, partitions: 4 });
  expect(result.scalings.some(({ from: before, to }) => to < before)).toBe(true);
  expect([result.rejected, result.served]).toEqual([0, result.arrived]);
});

it('lets an HPA on CPU scale the consumers of a topic as well', () => {
  const world = worldOf(Array(80).fill(400), { partitions: 12, slo: { quantile: 0.99, within: 5 } });
  const { steps } = simulate(hpa(), world);
  expect(steps.replicas[79]).toBeGreaterThan(5);
  expect(steps.waiting[79]).toBeLessThan(200);
});
