import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTarget, growthWithin } from '../../src/planners/autoscaling/autoscaling.ts';
import { type CapacityRequest, planCapacity } from '../../src/planners/plan.ts';
import type { Plan } from '../../src/planners/types.ts';
import type { Declared } from '../../src/planners/worlds.ts';
import { syntheticRun } from './synthetic.ts';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

describe('every planner', () => {
  const declared = fc.record<CapacityRequest>(
    {
      rps: number(0.1, 1e5),
      latency: number(1e-4, 10),
      tradesPerDay: number(1, 1e9),
      tradeBytes: number(1, 1e5),
      peakConnections: fc.integer({ min: 1, max: 5000 }),
      replicaCpu: number(0.05, 8),
      replicaMemory: number(2 ** 26, 2 ** 34),
      startup: number(0, 300),
      growth: number(0, 2),
      events: fc.array(
        fc.record({
          name: fc.constant('event'),
          multiplier: number(1, 5),
          rise: number(0, 3600),
          decay: number(0, 7200),
        }),
        { maxLength: 3 },
      ),
      availability: fc.constantFrom('replica', 'zone'),
      worlds: fc.constant(100),
    },
    { requiredKeys: ['worlds', 'rps', 'latency', 'tradesPerDay', 'tradeBytes', 'peakConnections'] },
  );

  /** What must not fall when there is more to do. */
  const needs = (plan: Plan): Record<string, number> => ({
    replicas: plan.replicas?.recommended ?? 0,
    byCpu: plan.replicas?.byCpu ?? 0,
    byMemory: plan.replicas?.byMemory ?? 0,
    maximum: plan.hpa?.spec.maxReplicas ?? 0,
    iops: plan.iops?.recommended ?? 0,
    provisioned: plan.iops?.volume?.iops ?? Number.MAX_VALUE,
    storage: plan.storage?.recommended ?? 0,
    connections: plan.connections?.recommended ?? 0,
  });

  it('gives the same answer to the same question', () => {
    fc.assert(
      fc.property(declared, (request) => {
        expect(planCapacity([], request)).toEqual(planCapacity([], request));
      }),
      { seed: 11, numRuns: 50 },
    );
  });

  it('never asks for less when there is more load', () => {
    fc.assert(
      fc.property(declared, number(1, 20), (request, factor) => {
        const times = (figure: Declared = 0) =>
          typeof figure === 'number'
            ? figure * factor
            : { low: figure.low * factor, mid: figure.mid * factor, high: figure.high * factor };
        const more = {
          ...request,
          rps: times(request.rps),
          tradesPerDay: times(request.tradesPerDay),
          peakConnections: times(request.peakConnections),
        };
        const [less, greater] = [needs(planCapacity([], request)), needs(planCapacity([], more))];
        for (const [name, value] of Object.entries(less)) expect(greater[name]).toBeGreaterThanOrEqual(value);
      }),
      { seed: 12, numRuns: 200 },
    );
  });

  it('answers with positive counts, a minimum not above the maximum, and finite numbers', () => {
    fc.assert(
      fc.property(declared, (request) => {
        const plan = planCapacity([], request);
        const { minReplicas = 0, maxReplicas = 0 } = plan.hpa?.spec ?? {};
        expect(minReplicas).toBeGreaterThanOrEqual(2);
        expect(maxReplicas).toBeGreaterThanOrEqual(plan.replicas?.recommended ?? 0);
        expect(plan.replicas?.recommended).toBeGreaterThanOrEqual(minReplicas);
        for (const count of Object.values(needs(plan))) expect(count).toBeGreaterThan(0);
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
      }),
      { seed: 13, numRuns: 200 },
    );
  });

  it('never asks a measured service for less at more load, confidence or availability', () => {
    const run = syntheticRun();
    const at = (request: CapacityRequest) =>
      needs(planCapacity([run], { startup: 20, worlds: 200, ...request }));
    const chain = [
      at({ peak: 50, confidence: 0.5 }),
      at({ peak: 50 }),
      at({ peak: 400 }),
      at({ peak: 3000 }),
      at({ peak: 3000, confidence: 0.99 }),
      at({ peak: 3000, confidence: 0.99, availability: 'zone' }),
    ];
    chain.slice(1).forEach((more, i) => {
      for (const [name, value] of Object.entries(chain[i] ?? {}))
        expect(more[name]).toBeGreaterThanOrEqual(value);
    });
  });
});

describe('the CPU target', () => {
  it('leaves the growth of the load within saturation until new pods answer', () => {
    fc.assert(
      fc.property(
        number(0.1, 0.9),
        number(1, 6),
        number(0, 600),
        number(0, 600),
        (saturation, multiplier, rise, delay) => {
          const growth = growthWithin({ name: 'x', multiplier, rise, decay: 60 }, delay);
          expect(growth).toBeGreaterThanOrEqual(1);
          expect(growth).toBeLessThanOrEqual(multiplier);
          const target = cpuTarget(saturation, growth) / 100;
          // The autoscaler lets utilisation pass its target by a tenth before it acts.
          expect(target * 1.1 * growth).toBeLessThanOrEqual(saturation * (1 + 1e-9));
          expect((target + 0.01) * 1.1 * growth).toBeGreaterThan(saturation * (1 - 1e-9));
        },
      ),
      { seed: 22, numRuns: 500 },
    );
  });
});
