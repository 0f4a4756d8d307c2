import { describe, expect, it } from 'vitest';
import { planCapacity } from '../../src/planners/plan.ts';
import { heldMemory, type MemoryDemand, memoryTails, planMemory } from '../../src/planners/service/memory.ts';
import { spreadOf, Worlds } from '../../src/planners/worlds.ts';
import { syntheticRun } from './synthetic.ts';

const MiB = 2 ** 20;
const worlds = new Worlds(2000, 1);
const steps = [30, 200, 60, 300].map((rate) => ({ seconds: 10, rate, mix: { quote: 1 } }));
const connectionsAt = (t: number) => 400 + Math.round(300 * Math.sin(t / 5));

describe('the memory of a replica with open connections', () => {
  const run = syntheticRun({
    steps,
    cpuLimit: 1,
    memory: { base: 70 * MiB, perRequest: 0 },
    change: ({ samples }) => {
      for (const { t, source, values } of samples) {
        if (!source.startsWith('platform/')) continue;
        values.websocket_active_connections = connectionsAt(t);
        values.process_resident_memory_bytes = 70 * MiB + 50_000 * connectionsAt(t);
      }
    },
  });

  it('is told for each of them, and planned for as many as the run had', () => {
    const { memory } = planCapacity([run], { peak: 100 });
    expect(memory?.base).toBeCloseTo(70 * MiB, -3);
    expect(memory?.perConnection).toBeCloseTo(50_000, 0);
    expect(memory).toMatchObject({ perRequest: null, leak: null, basis: 'measured' });
    expect(memory?.connections).toBeGreaterThan(690);
    expect(memory?.request).toBeGreaterThan(70 * MiB + 50_000 * 690);
  });
});

describe('the memory of a replica that leaks', () => {
  const slow = [2, 6, 3, 8, 4].map((rate) => ({ seconds: 130, rate, mix: { quote: 1 } }));
  const memory = { base: 60 * MiB, perRequest: 0, rise: 60_000 };

  it('is told with the loss by the second, instead of a rise that nobody can name', () => {
    const plan = planCapacity([syntheticRun({ steps: slow, memory })], {
      peak: 10,
      replicaMemory: 400 * MiB,
    });
    expect(plan.memory?.leak).toBeCloseTo(60_000, -2);
    const codes = plan.findings.map(({ code }) => code);
    expect(codes).toContain('MEMORY_LEAKS');
    expect(codes).not.toContain('MEMORY_STILL_RISING');
  });

  const demand: MemoryDemand = {
    ...{ base: 100, perConnection: 1, perRequest: 2, leak: 0.5, connections: 10 },
    ...{ p95: 100, peak: 120, middle: 100 },
    intervals: { base: null, perConnection: null, perRequest: null, leak: null },
  };
  const planned = (limit: number | undefined, seconds?: number) =>
    planMemory(worlds, {
      demand,
      held: heldMemory(worlds, demand, seconds ?? 0),
      tails: [],
      inFlight: worlds.certain(20),
      limit,
      confidence: 0.95,
      restarts: seconds !== undefined,
    });

  it('is at its limit when the room above what it holds is lost', () => {
    expect(planned(400).findings).toEqual([
      { code: 'MEMORY_LEAKS', severity: 'warning', args: { rate: 0.5, seconds: (400 - 150) / 0.5 } },
    ]);
  });

  it('holds what is lost until it is started again, when that is stated', () => {
    const { plan, findings } = planned(undefined, 1000);
    expect(findings).toEqual([]);
    expect(plan.request).toBeCloseTo((150 + 500) * 1.15, 9);
    expect(plan.limit).toBeCloseTo((150 + 500) * 1.5, 9);
    expect(planned(640, 1000).findings).toEqual([
      { code: 'OOM_RISK', severity: 'warning', args: { limit: 640, share: 1 } },
    ]);
  });
});

describe('the memory of a replica in every world', () => {
  const demand: MemoryDemand = {
    ...{ base: 1000, perConnection: null, perRequest: 10, leak: null, connections: 0 },
    ...{ p95: 1000, peak: 1100, middle: 1000 },
    intervals: {
      ...{ base: { low: 900, high: 1100 }, perConnection: null },
      ...{ perRequest: { low: 5, high: 15 }, leak: null },
    },
  };
  const held = heldMemory(worlds, demand, 0);

  it('lies within the intervals of its terms in as many of them as those say', () => {
    const within = held.idle.filter((bytes) => bytes >= 900 && bytes <= 1100).length / worlds.count;
    expect(within).toBeCloseTo(0.95, 2);
    expect(spreadOf(held.perRequest).p50).toBeCloseTo(10, 1);
  });

  it('is at risk of being killed in the share of them in which it needs more than its limit', () => {
    const at = (limit: number) =>
      planMemory(worlds, {
        ...{ demand, held, tails: [1100, 1150, 1200, 1250], inFlight: worlds.certain(0), limit },
        ...{ confidence: 0.95, restarts: false },
      });
    expect(at(1175).plan.oomRisk).toBeCloseTo(0.5, 1);
    expect(at(1175).findings.map(({ code }) => code)).toEqual(['OOM_RISK']);
    expect(at(1600)).toMatchObject({ plan: { oomRisk: 0 }, findings: [] });
  });

  it('has tails no lighter than the middle of the readings, and no heavier than what they show', () => {
    const readings = Array.from({ length: 60 }, (_, t) => ({
      ...{ replica: 'a', t, connections: 0, inFlight: 0 },
      bytes: 1000 + ((t * 37) % 100),
    }));
    const tails = memoryTails(readings, 1);
    expect(tails).toHaveLength(200);
    expect(Math.max(...tails)).toBeLessThanOrEqual(1099 + 100);
    expect(Math.min(...tails)).toBeGreaterThan(1050);
  });
});
