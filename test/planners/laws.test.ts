import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTarget, growthWithin } from '../../src/planners/autoscaling.ts';
import { planConnections } from '../../src/planners/connections.ts';
import type { CostModel } from '../../src/planners/cost.ts';
import { declaredIops, measuredIops, planIops } from '../../src/planners/iops.ts';
import { type CapacityRequest, planCapacity } from '../../src/planners/plan.ts';
import { planStorage } from '../../src/planners/storage.ts';
import type { Plan } from '../../src/planners/types.ts';
import { volumeFor } from '../../src/planners/volumes.ts';
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
      worlds: fc.constant(200),
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

describe('IOPS and volumes', () => {
  it('never fall with the load, and the volume carries them', () => {
    fc.assert(
      fc.property(
        cost,
        number(1, 1e5),
        number(1, 10),
        number(0.5, 0.99),
        (model, peak, factor, confidence) => {
          const at = (scale: number) =>
            measuredIops([model, model], model, { average: peak / 3, peak: peak * scale, confidence });
          expect(at(factor).recommended).toBeGreaterThanOrEqual(at(1).recommended);
          expect(at(1).recommended).toBeGreaterThan(at(1).peak);
          const { plan, findings } = planIops(at(1), 2 ** 37);
          if (plan.volume) expect(plan.volume.iops).toBeGreaterThanOrEqual(plan.recommended);
          else expect(findings.map(({ code }) => code)).toContain('NO_VOLUME_FITS');
        },
      ),
      { seed: 19, numRuns: 300 },
    );
  });

  it('respects the limits of every kind of volume', () => {
    const GiB = 2 ** 30;
    const MiB = 2 ** 20;
    expect(volumeFor(100, 0, 10 * GiB)).toMatchObject({
      name: 'gp3',
      iops: 3000,
      throughput: 125 * MiB,
      bytes: 10 * GiB,
    });
    // 500 operations per GiB: 20,000 need 40 GiB.
    expect(volumeFor(20_000, 0, 10 * GiB)).toMatchObject({ name: 'gp3', iops: 20_000, bytes: 40 * GiB });
    // A quarter of a MiB per operation: 1,000 MiB/s need 4,000.
    expect(volumeFor(10, 1000 * MiB, GiB)).toMatchObject({ name: 'gp3', iops: 4000 });
    expect(volumeFor(100_000, 0, GiB)).toMatchObject({ name: 'io2', iops: 100_000, bytes: 100 * GiB });
    expect(volumeFor(3000, 3000 * MiB, GiB)).toMatchObject({ name: 'io2', iops: 12_000 });
    expect(volumeFor(300_000, 0, GiB)).toBeUndefined();
    expect(volumeFor(1, 5000 * MiB, GiB)).toBeUndefined();
    expect(volumeFor(1, 0, 65 * 2 ** 40)).toBeUndefined();
  });

  it('finds no volume where none is large enough', () => {
    const { plan, findings } = planIops(declaredIops(1e11), GB);
    expect(plan.volume).toBeNull();
    expect(findings).toContainEqual(expect.objectContaining({ code: 'NO_VOLUME_FITS', severity: 'error' }));
  });
});

const GB = 2 ** 30;

describe('storage', () => {
  it('is full on the day on which what was there and what was added make the volume', () => {
    fc.assert(
      fc.property(
        number(1, 1e12),
        number(0, 1e12),
        fc.integer({ min: 1, max: 60 }),
        number(0, 3),
        (perDay, bytes, horizon, loadGrowth) => {
          const basis = 'measured' as const;
          const at = (months: number, capacity?: number) =>
            planStorage({
              current: { bytes, basis },
              growth: { perDay, basis },
              horizon: months,
              loadGrowth,
              capacity,
            }).plan;
          const { projected } = at(horizon);
          expect(projected).toBeGreaterThan(bytes);
          expect(at(horizon + 1).projected).toBeGreaterThan(projected);
          // The inverse of the projection.
          const days = at(horizon, projected).daysUntilFull ?? 0;
          fc.pre(projected - bytes > bytes * 1e-6);
          expect(Math.abs(days / (horizon * 30) - 1)).toBeLessThan(1e-6);
        },
      ),
      { seed: 20, numRuns: 300 },
    );
  });
});

describe('connections', () => {
  it('are enough for the wait that is allowed, and never fewer for more load', () => {
    fc.assert(
      fc.property(
        number(1, 20_000),
        number(1e-4, 0.05),
        fc.integer({ min: 1, max: 100 }),
        (rate, holdTime, replicas) => {
          const at = (scale: number) =>
            planConnections({
              holdTime,
              rate: rate * scale,
              perReplica: (rate * scale) / replicas,
              maximum: replicas + 1,
              maxConnections: 100,
              current: null,
            });
          const { plan, findings } = at(1);
          const pool = plan.poolPerReplica ?? 0;
          expect(plan.acquireWait).toBeLessThanOrEqual(0.01);
          expect(pool).toBeGreaterThan((rate * holdTime) / replicas);
          expect(plan.recommended).toBeGreaterThanOrEqual(pool * (replicas + 1));
          expect(at(3).plan.poolPerReplica).toBeGreaterThanOrEqual(pool);
          const fits = pool * (replicas + 1) + 10 <= 100;
          expect(findings.map(({ code }) => code)).toEqual(fits ? [] : ['POOL_EXCEEDS_MAX_CONNECTIONS']);
        },
      ),
      { seed: 21, numRuns: 200 },
    );
  });

  it('say what is wrong when the database cannot take every pool', () => {
    const { findings } = planConnections({
      holdTime: 0.012,
      rate: 400,
      perReplica: 400,
      maximum: 20,
      maxConnections: 100,
      current: 12,
    });
    // 4.8 busy by Little's law; Erlang C wants 8 for a wait below 10 ms in 99 of 100.
    expect(findings).toEqual([
      {
        code: 'POOL_EXCEEDS_MAX_CONNECTIONS',
        severity: 'warning',
        args: { replicas: 20, pool: 8, total: 160, max: 100, reserved: 10 },
      },
    ]);
  });

  it('call for a pooler when no setting of the database is a remedy', () => {
    const { findings } = planConnections({
      holdTime: 0.012,
      rate: 400,
      perReplica: 400,
      maximum: 200,
      maxConnections: 100,
      current: null,
    });
    expect(findings[0]?.severity).toBe('error');
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
