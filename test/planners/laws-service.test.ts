import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { predictLatency } from '../../src/models/latency/choose.ts';
import { responseTail } from '../../src/models/queueing/mmc.ts';
import { fitRuns, warmed } from '../../src/planners/fits.ts';
import { type ClassLatency, fitLatency } from '../../src/planners/latency-fit.ts';
import { type CapacityRequest, planCapacity } from '../../src/planners/plan.ts';
import { utilisationWithin } from '../../src/planners/service/latency-limit.ts';
import {
  heldMemory,
  type MemoryDemand,
  planMemory,
  replicasForMemory,
} from '../../src/planners/service/memory.ts';
import { normalUtilisation } from '../../src/planners/service/regions.ts';
import {
  type CostDraws,
  countAt,
  lossOf,
  replicasForCpu,
  spreadOfCounts,
  stepsOf,
  withSpare,
} from '../../src/planners/service/replicas.ts';
import { heldAt } from '../../src/planners/service/saturation.ts';
import type { Plan } from '../../src/planners/types.ts';
import { Worlds } from '../../src/planners/worlds.ts';
import { syntheticRun } from './synthetic.ts';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const worlds = new Worlds(200, 1);

const cost: fc.Arbitrary<CostDraws> = fc
  .record({ perRequest: number(1e-6, 0.05), background: number(0, 0.05), spread: number(0, 0.5) })
  .map(({ perRequest, background, spread }) => ({
    perRequest: worlds.uniform('a').map((q) => perRequest * (1 + spread * (2 * q - 1))),
    background: worlds.uniform('b').map((q) => background * (1 + spread * (2 * q - 1))),
  }));

describe('replicas', () => {
  it('carry the peak in every world, and one fewer does not', () => {
    fc.assert(
      fc.property(cost, number(0.1, 1e5), number(0.2, 4), (draws, rate, room) => {
        const counts = replicasForCpu(worlds.certain(rate), draws, worlds.certain(room));
        counts.forEach((count, world) => {
          if (!Number.isFinite(count)) return;
          const [d, idle] = [draws.perRequest[world] as number, draws.background[world] as number];
          expect(rate * d + count * idle).toBeLessThanOrEqual(count * room * (1 + 1e-8));
          if (count > 1) expect(rate * d + (count - 1) * idle).toBeGreaterThan((count - 1) * room);
        });
      }),
      { seed: 14, numRuns: 30 },
    );
  });

  it('rise with confidence, step by step, and lie between p5 and p95', () => {
    fc.assert(
      fc.property(cost, number(1, 1e4), (draws, rate) => {
        const counts = replicasForCpu(worlds.certain(rate), draws, worlds.certain(1));
        const { p5, p50, p95 } = spreadOfCounts(counts);
        expect(p5).toBeLessThanOrEqual(p50);
        expect(p50).toBeLessThanOrEqual(p95);
        expect(Number.isInteger(p5) && p5 >= 1).toBe(true);
        const steps = stepsOf(counts, 0.95);
        expect(steps.map(({ confidence }) => confidence)).toEqual([0.5, 0.8, 0.9, 0.95, 0.99, 0.999]);
        const all = steps.map(({ replicas }) => replicas);
        expect(all).toEqual(all.toSorted((a, b) => a - b));
        expect(all[3]).toBe(countAt(counts, 0.95, 1));
      }),
      { seed: 15, numRuns: 100 },
    );
  });

  it('are refused when a replica is used up by idling', () => {
    const idle = { perRequest: worlds.certain(0.001), background: worlds.certain(0.3) };
    expect(() => countAt(replicasForCpu(worlds.certain(10), idle, worlds.certain(0.25)), 0.95, 0.5)).toThrow(
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

  it('of regions stay within the threshold when one of them is lost', () => {
    fc.assert(
      fc.property(number(0.05, 1), fc.integer({ min: 2, max: 20 }), (threshold, regions) => {
        const normal = normalUtilisation(threshold, regions);
        expect((normal * regions) / (regions - 1)).toBeCloseTo(threshold, 12);
      }),
      { seed: 17, numRuns: 100 },
    );
  });
});

describe('memory', () => {
  const demand: fc.Arbitrary<MemoryDemand> = fc
    .record({ base: number(1e7, 1e9), perRequest: number(0, 1e8), spread: number(0, 1) })
    .map(({ base, perRequest, spread }) => ({
      ...{ base, perRequest, perConnection: null, leak: null, connections: 0, middle: base },
      ...{ p95: base * (1 + spread / 2), peak: base * (1 + spread) },
      intervals: {
        ...{ base: { low: base * 0.9, high: base * 1.2 }, perConnection: null, leak: null },
        perRequest: { low: perRequest / 2, high: perRequest * 2 },
      },
    }));

  it('of a replica covers what was seen and what it holds, and its request is not above its limit', () => {
    fc.assert(
      fc.property(demand, number(0, 1000), (needed, inFlight) => {
        const held = heldMemory(worlds, needed, 0);
        const sized = (limit: number | undefined) =>
          planMemory(worlds, {
            ...{ demand: needed, held, tails: [], inFlight: worlds.certain(inFlight), limit },
            ...{ confidence: 0.95, restarts: false },
          });
        const { plan, findings } = sized(undefined);
        expect(plan.limit).toBeGreaterThan(needed.peak);
        const most = worlds.map(
          (world) => (held.idle[world] as number) + (held.perRequest[world] as number) * inFlight,
        );
        expect(most.filter((bytes) => bytes <= plan.limit).length).toBeGreaterThanOrEqual(190);
        expect(plan.request).toBeGreaterThanOrEqual(needed.p95);
        expect(plan.request).toBeLessThanOrEqual(plan.limit);
        expect(findings).toEqual([]);
        const tight = sized(needed.peak * 0.9);
        expect(tight.findings[0]).toMatchObject({ code: 'MEMORY_LIMIT_BELOW_OBSERVED', severity: 'error' });
        expect(tight.plan.request).toBeLessThanOrEqual(tight.plan.limit);
      }),
      { seed: 17, numRuns: 50 },
    );
  });

  it('never needs fewer replicas for more requests in flight', () => {
    fc.assert(
      fc.property(demand, number(0, 1e5), number(1, 10), (needed, inFlight, factor) => {
        const held = heldMemory(worlds, needed, 0);
        const at = (of: number) => replicasForMemory(held, worlds.certain(of), needed.base * 2);
        const [less, more] = [at(inFlight), at(inFlight * factor)];
        less.forEach((count, world) => {
          expect(more[world]).toBeGreaterThanOrEqual(count);
          expect(count).toBeGreaterThanOrEqual(1);
        });
      }),
      { seed: 18, numRuns: 30 },
    );
  });
});

describe('declared latencies', () => {
  const queue = fc.record({
    ...{ rps: number(1, 3000), latency: number(0.002, 0.5), room: number(1.02, 4) },
    quantile: fc.constantFrom(0.5, 0.95, 0.99),
  });
  const planned = ({ room, quantile, ...request }: CapacityRequest & { room: number; quantile: number }) => {
    const latency = request.latency as number;
    const seconds = -latency * Math.log(1 - quantile) * room;
    const slos = [{ quantile, seconds }];
    return { seconds, plan: planCapacity([], { worlds: 200, ...request, slos }) };
  };

  it('are kept by as many servers as are planned, and by no fewer', () => {
    fc.assert(
      fc.property(queue, (request) => {
        const { plan, seconds } = planned(request);
        const { needed = 0, perReplica = 0 } = plan.replicas?.servers ?? {};
        const late = (servers: number) => responseTail(request.rps, request.latency, servers, seconds);
        expect(late(needed)).toBeLessThanOrEqual(1 - request.quantile);
        if (needed - 1 > request.rps * request.latency) {
          expect(late(needed - 1)).toBeGreaterThan(1 - request.quantile);
        }
        expect((plan.replicas?.needed ?? 0) * perReplica).toBeGreaterThanOrEqual(needed);
      }),
      { seed: 30, numRuns: 60 },
    );
  });

  it('never need less for more load or a tighter target', () => {
    fc.assert(
      fc.property(queue, number(1, 5), number(1, 3), (request, more, looser) => {
        const at = (change: object) => planned({ ...request, ...change }).plan.replicas;
        const [usual, loaded, loose] = [
          at({}),
          at({ rps: request.rps * more }),
          at({ room: request.room * looser }),
        ];
        expect(loaded?.recommended).toBeGreaterThanOrEqual(usual?.recommended ?? 0);
        expect(loose?.recommended).toBeLessThanOrEqual(usual?.recommended ?? 0);
      }),
      { seed: 31, numRuns: 60 },
    );
  });
});

describe('a measured service', () => {
  const steps = [60, 120, 90, 180, 150, 210, 240, 100].map((rate, i) => {
    const quote = 0.3 + 0.1 * (i % 4);
    return { seconds: 5, rate, mix: { quote, trade: 1 - quote } };
  });
  const run = syntheticRun({ steps, cpuLimit: 1 });
  const at = (request: CapacityRequest) =>
    planCapacity([run], { startup: 20, worlds: 200, peak: 2000, ...request });
  const slo = (seconds: number) => ({ slos: [{ quantile: 0.95, seconds }] });
  let fitted: ClassLatency[];
  beforeAll(() => {
    const { fits } = fitRuns([run], 1);
    fitted = fitLatency([warmed(run)], fits, { seed: 1, quantiles: [0.95] });
  });

  it('keeps its SLO, put back into the latency model, at the stated confidence, and each time alike', () => {
    expect(fitted.filter(({ fit }) => fit !== null).length).toBeGreaterThan(1);
    const plan = at(slo(0.02));
    const utilisation = plan.cpu?.saturation ?? 1;
    expect(plan.cpu?.targetUtilisation).toBeLessThan(utilisation);
    for (const { fit } of fitted) {
      if (fit === null) continue;
      expect(predictLatency(fit, utilisation).value).toBeLessThanOrEqual(0.02 * 1.001);
      const within = utilisationWithin(fit, 0.02, worlds.uniform('queue'));
      expect(heldAt(within, 0.95)).toBeGreaterThanOrEqual(utilisation - 1e-9);
    }
    expect(at(slo(0.02))).toEqual(plan);
  });

  it('may be used less, the surer its latency is to be kept, and in no world more than the middle says by much', () => {
    for (const { fit } of fitted) {
      if (fit === null) continue;
      const within = utilisationWithin(fit, 0.02, worlds.uniform('any'));
      const held = [0.5, 0.9, 0.99].map((confidence) => heldAt(within, confidence));
      expect(held).toEqual(held.toSorted((a, b) => b - a));
      const [middle = 0] = held;
      if (middle < 0.9) expect(predictLatency(fit, middle).value / 0.02).toBeCloseTo(1, 1);
    }
  });

  it('never needs less for more load, confidence or availability, or a tighter SLO', () => {
    const needs = ({ replicas, hpa }: Plan) => [replicas?.recommended ?? 0, hpa?.spec.maxReplicas ?? 0];
    const chain = [
      at({ peak: 50, ...slo(0.04), confidence: 0.5 }),
      at({ peak: 800, ...slo(0.04) }),
      at({ peak: 800, ...slo(0.02) }),
      at({ ...slo(0.02), confidence: 0.99, availability: 'zone' }),
    ];
    chain.slice(1).forEach((more, i) => {
      needs(more).forEach((value, k) => {
        expect(value).toBeGreaterThanOrEqual(needs(chain[i] as Plan)[k] as number);
      });
    });
    const regions = at({ ...slo(0.02), confidence: 0.99, availability: 'region', regions: 3 });
    expect(regions.replicas?.recommended).toBeGreaterThanOrEqual(chain.at(-1)?.replicas?.recommended ?? 0);
    const { failoverUtilisation = 1, normalUtilisation: normal = 1 } = regions.replicas?.regions ?? {};
    expect(failoverUtilisation).toBeLessThanOrEqual(Math.min(0.8, regions.cpu?.saturation ?? 0));
    expect(normal).toBeLessThan(failoverUtilisation);
  });
});
