import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulate, type World } from '../../../src/models/world/simulate.ts';
import { hpa, replica, START, worldOf } from './worlds.ts';

/** Mean 500/s, and at step 40 a crowd of three times that, which leaves over half an hour. */
const crowd = Array.from({ length: 240 }, (_, k) =>
  k < 40 || k >= 160 ? 500 : 500 + 1000 * (1 - (k - 40) / 120),
);

describe('the world around an HPA', () => {
  it('loses no request: arrived is served, waiting or rejected after every step', () => {
    const random = fc.record({
      engine: fc.constantFrom('fluid', 'events') as fc.Arbitrary<World['engine']>,
      rates: fc.array(fc.integer({ min: 0, max: 1200 }), { minLength: 5, maxLength: 25 }),
      workers: fc.integer({ min: 1, max: 4 }),
      timeout: fc.constantFrom(0.5, 10, 60),
      cpuLimit: fc.constantFrom(null, 0.3, 1),
      startup: fc.integer({ min: 0, max: 90 }),
      grace: fc.constantFrom(0, 5, 60),
      nodes: fc.option(fc.record({ count: fc.integer({ min: 1, max: 3 }), podsPerNode: fc.constant(2) })),
      max: fc.integer({ min: 2, max: 20 }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(
        random,
        ({ engine, rates, workers, timeout, cpuLimit, startup, grace, nodes, max, seed }) => {
          const world = worldOf(rates, {
            engine,
            seed,
            replica: { ...replica, workers, timeout, cpuLimit },
            timing: { scheduling: 1, imagePull: 3, startup, grace },
            nodes: nodes && { ...nodes, delay: 40, idle: 60 },
          });
          const { steps } = simulate(hpa({ maxReplicas: max }), world);
          let waiting = 0;
          for (let k = 0; k < rates.length; k++) {
            const [arrived, served, rejected] = [
              steps.arrived[k],
              steps.served[k],
              steps.rejected[k],
            ] as number[];
            expect(arrived).toBe(world.load.counts[k]);
            waiting += (arrived as number) - (served as number) - (rejected as number);
            expect(Math.abs(waiting - (steps.waiting[k] as number))).toBeLessThan(
              1e-6 * (1 + (arrived as number)),
            );
            expect(steps.replicas[k]).toBeLessThanOrEqual(max);
          }
        },
      ),
      { numRuns: 60, seed: 11 },
    );
  });

  it('is the same for the same seed', () => {
    const world = worldOf(crowd.slice(30, 60), { engine: 'events' });
    expect(simulate(hpa(), world)).toEqual(simulate(hpa(), world));
    const other = simulate(hpa(), { ...world, seed: 2 });
    expect(other.served).not.toBe(simulate(hpa(), world).served);
  });

  it('as a stream is the same as one by one, within 3 %', () => {
    const stream = simulate(hpa(), worldOf(crowd));
    const single = simulate(hpa(), worldOf(crowd, { engine: 'events' }));
    for (const figure of ['podHours', 'served', 'late', 'violated'] as const)
      expect(Math.abs(stream[figure] / single[figure] - 1), figure).toBeLessThan(0.03);
    expect(stream.scalings.map(({ to }) => to)).toEqual(single.scalings.map(({ to }) => to));
  });

  it('sees a crowd after the metrics did, and pods after they started', () => {
    const { scalings, violations, steps } = simulate(hpa(), worldOf(crowd));
    const rise = START + 40 * 15;
    const [first] = scalings.filter(({ time }) => time >= rise);
    // A point of the metrics after the rise, and the sync after it: 15 to 45 s.
    expect(first?.time).toBeGreaterThan(rise);
    expect(first?.time).toBeLessThanOrEqual(rise + 45);
    expect(first?.reason).toBe('cpu resource utilization (percentage of request) above target');
    const more = steps.ready.findIndex((ready, k) => k > 40 && ready > (steps.ready[39] as number));
    // Scheduled, pulled and started: 23 s, of which no part is within the step of the decision.
    expect(START + more * 15 - (first?.time ?? 0)).toBe(15);
    const [violation] = violations;
    expect(violation?.from).toBe(rise);
    expect(violation?.causes.metricsLag).toBeGreaterThan(0);
    expect(violation?.causes.starting).toBeGreaterThan(0);
  });

  it('says that maxReplicas is in the way, or the policies', () => {
    const capped = simulate(hpa({ maxReplicas: 8 }), worldOf(crowd));
    expect(capped.causes.atMax).toBeGreaterThan(600);
    const slow = { policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }] } as const;
    const limited = simulate(hpa({ behavior: { scaleUp: slow } }), worldOf(crowd));
    expect(limited.causes.policy).toBeGreaterThan(120);
    const patient = simulate(
      hpa({ behavior: { scaleUp: { stabilizationWindowSeconds: 300 } } }),
      worldOf(crowd),
    );
    expect(patient.causes.stabilization).toBeGreaterThan(200);
  });

  it('says that nodes are missing, and adds and removes them', () => {
    const nodes = { count: 4, podsPerNode: 3, delay: 120, idle: 300 };
    const result = simulate(hpa(), worldOf(crowd, { nodes }));
    expect(result.causes.noNode).toBeGreaterThanOrEqual(60);
    expect(result.nodeHours).toBeGreaterThan(4);
    expect(simulate(hpa(), worldOf(crowd)).causes.noNode).toBeUndefined();
  });

  it('keeps a floor for an event that is known beforehand', () => {
    const floors = [{ from: START + 30 * 15, to: START + 60 * 15, replicas: 18 }];
    const floored = simulate(hpa(), worldOf(crowd), { floors });
    expect(floored.violated).toBeLessThan(simulate(hpa(), worldOf(crowd)).violated);
    expect(floored.scalings.find(({ time }) => time >= START + 30 * 15)).toMatchObject({
      to: 18,
      reason: 'Current number of replicas below Spec.MinReplicas',
    });
  });

  it('does not let CPU be seen above the limit, so that an HPA climbs slower', () => {
    const rates = new Array(60).fill(1200);
    const climb = (cpuLimit: number | null) => {
      const world = worldOf(rates, { replica: { ...replica, cpuRequest: 0.2, cpuLimit } });
      return simulate(hpa({ behavior: {} }), world, { initial: 2 }).scalings.map(({ to }) => to);
    };
    // Two full pods use 0.42 of 0.2 cores: 211 % of a target of 50 %, so nine at once, but no more than six by policy.
    expect(climb(null)[0]).toBe(6);
    // At the limit of 0.22 cores they are seen at 110 %: five.
    expect(climb(0.22)[0]).toBe(5);
  });

  it('scales on requests per second per pod, and on the requests that are in the service', () => {
    const rate = hpa({
      metrics: [{ type: 'Pods', name: 'orders', target: { type: 'AverageValue', averageValue: 50_000 } }],
    });
    const world = worldOf(new Array(80).fill(490), { sources: new Map([['orders', 'rate']]) });
    const { steps } = simulate(rate, world, { initial: 8 });
    expect(steps.replicas.at(-1)).toBe(10);
    const unknown = () => simulate(rate, { ...world, sources: new Map() });
    expect(unknown).toThrow('nothing in the world is known as orders');
    const queue = hpa({
      metrics: [{ type: 'External', name: 'queue', target: { type: 'AverageValue', averageValue: 1_000 } }],
    });
    const queued = { ...world, sources: new Map([['queue', 'concurrency' as const]]) };
    const { scalings } = simulate(queue, queued, { initial: 4 });
    expect(scalings[0]?.reason).toBe('external metric queue(nil) above target');
    expect(scalings[0]?.to).toBe(8);
  });
});
