import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTarget, growthWithin } from '../../src/planners/autoscaling.ts';
import type { CostModel } from '../../src/planners/cost.ts';
import { planMemory, replicasForMemory } from '../../src/planners/memory.ts';
import { type CapacityRequest, planCapacity } from '../../src/planners/plan.ts';
import { countAt, lossOf, replicasForCpu, spreadOfCounts, withSpare } from '../../src/planners/replicas.ts';
import type { Plan } from '../../src/planners/types.ts';
import type { Declared } from '../../src/planners/worlds.ts';
import { syntheticRun } from './synthetic.ts';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

const cost: fc.Arbitrary<CostModel> = fc
  .record({
    perRequest: number(1e-6, 0.05),
    background: number(0, 0.05),
    spread: fc.array(number(0.5, 1.5), { minLength: 1, maxLength: 40 }),
  })
  .map(({ perRequest, background, spread }) => ({
    perRequest,
    background,
    replicates: spread.map((factor) => ({
      perRequest: perRequest * factor,
      background: background * factor,
    })),
    basis: 'measured',
  }));

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

describe('replicas', () => {
  it('carry the peak, and one fewer does not', () => {
    fc.assert(
      fc.property(cost, number(0.1, 1e5), number(0.2, 4), number(0.3, 0.9), (model, rate, cpu, target) => {
        fc.pre(model.background * 1.5 < cpu * target * 0.9);
        const { estimate } = replicasForCpu(model, rate, cpu, target);
        const use = (n: number) => rate * model.perRequest + n * model.background;
        expect(use(estimate)).toBeLessThanOrEqual(estimate * cpu * target * (1 + 1e-8));
        if (estimate > 1) expect(use(estimate - 1)).toBeGreaterThan((estimate - 1) * cpu * target);
      }),
      { seed: 14, numRuns: 500 },
    );
  });

  it('rise with confidence, and lie between p5 and p95', () => {
    fc.assert(
      fc.property(cost, number(1, 1e4), number(0.5, 0.99), number(0.5, 0.99), (model, rate, a, b) => {
        const counts = replicasForCpu(model, rate, 2, 0.6);
        expect(countAt(counts, Math.max(a, b), 2)).toBeGreaterThanOrEqual(countAt(counts, Math.min(a, b), 2));
        const { p5, p50, p95 } = spreadOfCounts(counts);
        expect(p5).toBeLessThanOrEqual(p50);
        expect(p50).toBeLessThanOrEqual(p95);
        expect(Number.isInteger(p5) && p5 >= 1).toBe(true);
      }),
      { seed: 15, numRuns: 200 },
    );
  });

  it('are refused when a replica is used up by idling', () => {
    const model: CostModel = { perRequest: 0.001, background: 0.3, replicates: [], basis: 'measured' };
    expect(() => countAt(replicasForCpu(model, 10, 0.5, 0.5), 0.95, 0.5)).toThrow(
      expect.objectContaining({ code: 'REFUSED' }),
    );
  });

  it('still carry the peak after the loss of one, or of the fullest zone, with none to spare', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 2, max: 10 }), (required, zones) => {
        for (const availability of ['replica', 'zone'] as const) {
          const count = withSpare(required, availability, zones);
          expect(count - lossOf(count, availability, zones)).toBeGreaterThanOrEqual(required);
          expect(count - 1 - lossOf(count - 1, availability, zones)).toBeLessThan(required);
        }
      }),
      { seed: 16, numRuns: 300 },
    );
  });
});

describe('memory', () => {
  const demand = fc
    .record({ base: number(1e7, 1e9), perRequest: number(0, 1e8), spread: number(0, 1) })
    .map(({ base, perRequest, spread }) => ({
      base,
      perRequest,
      perConnection: null,
      leak: null,
      connections: 0,
      middle: base,
      p95: base * (1 + spread / 2),
      peak: base * (1 + spread),
    }));

  it('of a replica covers what was seen, and its request is not above its limit', () => {
    fc.assert(
      fc.property(demand, number(0, 1000), (needed, inFlight) => {
        const { plan, findings } = planMemory(needed, inFlight, undefined);
        expect(plan.limit).toBeGreaterThan(needed.peak);
        expect(plan.limit).toBeGreaterThan(needed.base + needed.perRequest * inFlight);
        expect(plan.request).toBeGreaterThanOrEqual(needed.p95);
        expect(plan.request).toBeLessThanOrEqual(plan.limit);
        expect(findings).toEqual([]);
        const tight = planMemory(needed, inFlight, needed.peak * 0.9);
        expect(tight.findings[0]).toMatchObject({ code: 'MEMORY_LIMIT_BELOW_OBSERVED', severity: 'error' });
        expect(tight.plan.request).toBeLessThanOrEqual(tight.plan.limit);
      }),
      { seed: 17, numRuns: 200 },
    );
  });

  it('never needs fewer replicas for more requests in flight', () => {
    fc.assert(
      fc.property(demand, number(0, 1e5), number(1, 10), (needed, inFlight, factor) => {
        const limit = needed.base * 2;
        const less = replicasForMemory(needed, inFlight, limit);
        expect(replicasForMemory(needed, inFlight * factor, limit)).toBeGreaterThanOrEqual(less);
        expect(less).toBeGreaterThanOrEqual(1);
      }),
      { seed: 18, numRuns: 200 },
    );
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
