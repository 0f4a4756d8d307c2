import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesBetween } from '../../src/planners/diff/leaves.ts';
import { diffPlans } from '../../src/planners/diff/plan-diff.ts';
import { type CapacityRequest, planCapacity } from '../../src/planners/plan.ts';
import type { Plan } from '../../src/planners/types.ts';
import { measuredPlan, storagePlan } from '../report/plans.ts';

const declared = (request: CapacityRequest) => planCapacity([], { startup: 10, worlds: 20, ...request });
const sum = (causes: { replicas: number }[]) => causes.reduce((total, { replicas }) => total + replicas, 0);

describe('two plans against each other', () => {
  const before = declared({ rps: 2000, latency: 0.05 });

  it('are the same when they are', () => {
    expect(diffPlans(before, structuredClone(before))).toEqual({
      schema: 'fxscale.plan-diff/1',
      replicas: { from: before.replicas?.recommended, to: before.replicas?.recommended, causes: [] },
      inputs: [],
      demand: [],
      tiers: {},
      bottleneck: { from: before.bottleneck, to: before.bottleneck },
      findings: { came: [], went: [] },
    });
  });

  it('differ for the one cause that there is', () => {
    const doubled = diffPlans(before, declared({ rps: 4000, latency: 0.05 }));
    expect(doubled.replicas).toMatchObject({ from: 60, to: 120 });
    expect(doubled.replicas.causes).toEqual([{ cause: 'rate', from: 2000, to: 4000, replicas: 60 }]);
    expect(doubled.inputs.map(({ path }) => path)).toEqual(['peak.rate', 'declared.rps']);

    const larger = diffPlans(before, declared({ rps: 2000, latency: 0.05, replicaCpu: 1 }));
    expect(larger.replicas.causes).toEqual([{ cause: 'replicaCpu', from: 0.5, to: 1, replicas: -30 }]);

    const { inputs, replicas } = measuredPlan;
    if (replicas === null) throw new Error('no replicas');
    // 16 of which one of three zones may be lost need half as many again, one replica less than before.
    const after = { ...measuredPlan, inputs: { ...inputs, availability: 'zone' as const } };
    const zone = diffPlans(measuredPlan, { ...after, replicas: { ...replicas, recommended: 24 } });
    expect(zone.replicas.causes[0]).toMatchObject({
      cause: 'availability',
      from: 'replica',
      to: 'zone of 3',
    });
    expect(sum(zone.replicas.causes)).toBeCloseTo(7, 9);
  });

  it('name the class that costs more, and by how much', () => {
    // Everything else of these plans is as it was: twice the CPU of a trade, which is a fifth of the requests.
    const demand = structuredClone(measuredPlan.demand);
    const cpu = demand.trade?.platformCpu;
    if (!cpu?.separable) throw new Error('no figure');
    Object.assign(cpu, { value: cpu.value * 2, low: cpu.low * 2, high: cpu.high * 2 });
    const after: Plan = {
      ...measuredPlan,
      demand,
      replicas: { ...(measuredPlan.replicas as NonNullable<Plan['replicas']>), byCpu: 23, recommended: 24 },
    };
    const diff = diffPlans(measuredPlan, after);
    expect(diff.replicas).toMatchObject({ from: 17, to: 24 });
    expect(diff.replicas.causes[0]).toMatchObject({ cause: 'demand', class: 'trade' });
    expect(sum(diff.replicas.causes)).toBeCloseTo(7, 9);
    // Of the 988 µs that a request costs on average, trades are 428: as much again takes 43.3% more than 16 replicas, or 23.
    const mean = 0.5 * 0.000412 + 0.2 * 0.00214 + 0.3 * 0.00118;
    const full = 16 * ((0.2 * 0.00214) / mean);
    expect(diff.replicas.causes[0]?.replicas).toBeCloseTo(full, 1);
    expect(diff.demand).toMatchObject([{ class: 'trade', resource: 'platformCpu', beyond: true }]);
  });

  it('tell a difference that the intervals allow from one that they do not', () => {
    const withTrade = (value: number, half: number) => {
      const demand = structuredClone(measuredPlan.demand);
      Object.assign(demand.trade?.walBytes ?? {}, { value, low: value - half, high: value + half });
      return { ...measuredPlan, demand };
    };
    // Half widths of 30 and 40 make 50 of the difference.
    const beyond = (change: number) =>
      diffPlans(withTrade(1000, 30), withTrade(1000 + change, 40)).demand.map((each) => each.beyond);
    expect(beyond(49)).toEqual([false]);
    expect(beyond(51)).toEqual([true]);
    expect(beyond(-51)).toEqual([true]);
  });

  it('compare parts that no version of this file knows', () => {
    const extra = (partitions: number, topics: object[]) =>
      ({
        ...measuredPlan,
        kafka: { partitions, topics },
        cost: { monthly: 10 * partitions },
      }) as unknown as Plan;
    const { tiers } = diffPlans(
      extra(12, [{ name: 'trades', bytes: 5 }]),
      extra(24, [
        { name: 'quotes', bytes: 7 },
        { name: 'trades', bytes: 6 },
      ]),
    );
    expect(tiers).toEqual({
      kafka: [
        { path: 'partitions', from: 12, to: 24 },
        { path: 'topics[trades].bytes', from: 5, to: 6 },
        { path: 'topics[quotes].name', from: null, to: 'quotes' },
        { path: 'topics[quotes].bytes', from: null, to: 7 },
      ],
      cost: [{ path: 'monthly', from: 120, to: 240 }],
    });
  });

  it('tell which findings came and went, whatever their figures are', () => {
    const [first, ...others] = measuredPlan.findings;
    if (!first) throw new Error('no finding');
    const moved = others.map((finding) =>
      finding.code === 'FIT_EXTRAPOLATES' ? { ...finding, args: { ...finding.args, to: 4000 } } : finding,
    );
    const after: Plan = {
      ...measuredPlan,
      findings: [...moved, { code: 'ASSUMED_STARTUP', severity: 'warning', args: { startup: 20 } }],
    };
    const { came, went } = diffPlans(measuredPlan, after).findings;
    expect(came.map(({ code }) => code)).toEqual(['ASSUMED_STARTUP']);
    expect(went).toEqual([first]);
  });

  it('have no causes where one of them is not for a service', () => {
    const diff = diffPlans(storagePlan, measuredPlan);
    expect(diff.replicas).toEqual({ from: null, to: 17, causes: [] });
    expect(diff.tiers.replicas).toContainEqual({ path: 'recommended', from: null, to: 17 });
  });

  it('share the whole difference out, whatever was changed, and the other way round with the other sign', () => {
    const request = fc.record({
      rps: fc.double({ min: 1, max: 1e4, noNaN: true }),
      latency: fc.double({ min: 0.001, max: 1, noNaN: true }),
      replicaCpu: fc.double({ min: 0.1, max: 4, noNaN: true }),
      availability: fc.constantFrom('replica' as const, 'zone' as const),
    });
    fc.assert(
      fc.property(request, request, (one, other) => {
        const [first, second] = [declared(one), declared(other)];
        const there = diffPlans(first, second).replicas;
        const back = diffPlans(second, first).replicas;
        expect(sum(there.causes)).toBeCloseTo((there.to ?? 0) - (there.from ?? 0), 4);
        expect(sum(back.causes)).toBeCloseTo(-sum(there.causes), 4);
      }),
      { seed: 3, numRuns: 25 },
    );
  });
});

describe('figures by their path', () => {
  it('are the same when only rounding tells them apart', () => {
    expect(changesBetween({ a: 0.1 + 0.2, b: 0 }, { a: 0.3, b: 0 })).toEqual([]);
  });

  it('are told from what is not there', () => {
    expect(changesBetween({ a: null, b: [] }, { a: { c: 1 }, b: [2], d: true }, ['e'])).toEqual([
      { path: 'a.c', from: null, to: 1 },
      { path: 'b[0]', from: null, to: 2 },
      { path: 'd', from: null, to: true },
    ]);
    expect(changesBetween({ e: { f: 1 } }, { e: { f: 2 } }, ['e'])).toEqual([]);
  });
});
