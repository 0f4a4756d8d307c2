import { describe, expect, it } from 'vitest';
import { planMemory } from '../../src/planners/memory.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import { syntheticRun } from './synthetic.ts';

const MiB = 2 ** 20;
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

  it('is at its limit when the room above what it holds is lost', () => {
    const demand = {
      ...{ base: 100, perConnection: 1, perRequest: 2, leak: 0.5, connections: 10 },
      ...{ p95: 100, peak: 120, middle: 100 },
    };
    const { findings } = planMemory(demand, 20, 400);
    expect(findings).toEqual([
      { code: 'MEMORY_LEAKS', severity: 'warning', args: { rate: 0.5, seconds: (400 - 150) / 0.5 } },
    ]);
  });
});
