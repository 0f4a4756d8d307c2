import { describe, expect, it } from 'vitest';
import { gatherFacts } from '../../src/planners/observed.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import { examineRuns } from '../../src/planners/run-checks.ts';
import { type Synthetic, syntheticRun } from './synthetic.ts';

const found = (options: Synthetic) =>
  Object.fromEntries(examineRuns([syntheticRun(options)]).map(({ code, args }) => [code, args]));

describe('what is found wrong with a run', () => {
  it('is nothing in a sound one with two checkpoints', () => {
    expect(found({ checkpoints: [5, 55] })).toEqual({});
  });

  it.each<[string, (generator: { cpu: number; scheduleLag: number; dropped: number }) => void, object]>([
    ['late starts', (row) => Object.assign(row, { scheduleLag: 0.2 }), { scheduleLag: 0.2 }],
    ['a busy generator', (row) => Object.assign(row, { cpu: 0.97 }), { cpu: 0.97 }],
    ['dropped iterations', (row) => Object.assign(row, { dropped: 3 }), { dropped: 180 }],
  ])('is %s: the generator was the limit', (_, spoil, args) => {
    const findings = found({
      checkpoints: [5, 55],
      change: ({ rows }) => {
        for (const row of rows) spoil(row.generator);
      },
    });
    expect(findings).toEqual({ GENERATOR_LIMITED: expect.objectContaining(args) });
  });

  it('forgives the generator a late second now and then', () => {
    const findings = found({
      checkpoints: [5, 55],
      change: ({ rows }) => {
        for (const row of rows.slice(0, 2)) Object.assign(row.generator, { scheduleLag: 0.5, cpu: 1 });
      },
    });
    expect(findings).toEqual({});
  });

  it('is memory that still rises', () => {
    const rise = 2 ** 20;
    const findings = found({ checkpoints: [5, 55], memory: { base: 50 * rise, perRequest: 0, rise } });
    expect(Object.keys(findings)).toEqual(['MEMORY_STILL_RISING']);
    const { rate } = findings.MEMORY_STILL_RISING as { rate: number };
    expect(Math.abs(rate / rise - 1)).toBeLessThan(0.05);
  });
});

describe('the facts of a run', () => {
  it('are what it was made with', () => {
    const run = syntheticRun({ replicas: 2, memory: { base: 80 * 2 ** 20, perRequest: 3e6 }, cpus: 8 });
    const facts = gatherFacts([run]);
    expect(facts).toMatchObject({ singleThread: true, connections: 10, cpus: 8 });
    expect(facts.database.settings.maxConnections).toBe(100);
    expect(facts.observed).toMatchObject({ replicas: 2, replicaCpu: 0.5, checkpoints: 0 });
    expect(Math.abs(facts.observed.testedRate / 250 - 1)).toBeLessThan(0.15);
    expect(Object.values(facts.observed.mix).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(facts.memory).toHaveLength(2 * 61);
    expect(facts.observed.memoryPeak).toBe(Math.max(...facts.memory.map(({ bytes }) => bytes)));
  });

  it('tell memory of requests from memory of the process, where they can', () => {
    const steps = [50, 400, 100, 600, 200, 800].map((rate) => ({ seconds: 10, rate, mix: { trade: 1 } }));
    const memory = { base: 80 * 2 ** 20, perRequest: 4 * 2 ** 20 };
    const plan = planCapacity([syntheticRun({ steps, cpuLimit: 4, memory })], { peak: 4000 });
    expect(plan.memory?.base).toBeCloseTo(memory.base, -2);
    expect(plan.memory?.perRequest).toBeCloseTo(memory.perRequest, -2);
    expect(plan.saturations.map(({ resource }) => resource)).toContain('platformMemory');
    const idle = planCapacity([syntheticRun()], { peak: 100 });
    expect(idle.memory).toMatchObject({ base: null, perRequest: null, basis: 'measured' });
  });

  it('ask for more replicas when memory is what is short', () => {
    const steps = [50, 400, 100, 600, 200, 800].map((rate) => ({ seconds: 10, rate, mix: { trade: 1 } }));
    const memory = { base: 80 * 2 ** 20, perRequest: 40 * 2 ** 20 };
    const run = syntheticRun({ steps, cpuLimit: 4, memory });
    const plan = planCapacity([run], { peak: 20_000, replicaCpu: 4, replicaMemory: 160 * 2 ** 20 });
    expect(plan.replicas).toMatchObject({ by: 'memory' });
    expect(plan.replicas?.byMemory).toBeGreaterThan(plan.replicas?.byCpu ?? 0);
    expect(() => planCapacity([run], { peak: 20_000, replicaMemory: 64 * 2 ** 20 })).toThrow(
      expect.objectContaining({ code: 'REFUSED', message: expect.stringContaining('--replica-memory 64Mi') }),
    );
  });
});

describe('advice about a replica', () => {
  const codes = (request: object, options: Synthetic = {}) =>
    planCapacity([syntheticRun(options)], { peak: 100, ...request }).findings;

  it('counts no more CPU than one thread can use', () => {
    const findings = codes({ replicaCpu: 2 });
    expect(findings).toContainEqual({
      code: 'CPU_ABOVE_ONE_THREAD',
      severity: 'warning',
      args: { cpu: 2, used: 1 },
    });
    const [one, two] = [1, 2].map((replicaCpu) => planCapacity([syntheticRun()], { peak: 3000, replicaCpu }));
    expect(two?.replicas?.byCpu).toBeGreaterThanOrEqual(one?.replicas?.byCpu ?? Number.POSITIVE_INFINITY);
    expect(one?.cpu).toMatchObject({ request: 1, limit: 1 });
  });

  it('says which limit was tested, and assumes a size when there was none', () => {
    expect(codes({})).toContainEqual({
      code: 'LIMIT_NOT_TESTED',
      severity: 'info',
      args: { limit: 1, tested: 0.5 },
    });
    const unlimited = codes({}, { cpuLimit: null });
    expect(unlimited).toContainEqual({
      code: 'ASSUMED_REPLICA_CPU',
      severity: 'warning',
      args: { cpu: 0.5 },
    });
    expect(codes({ replicaCpu: 0.5 }, { cpuLimit: null }).map(({ code }) => code)).not.toContain(
      'ASSUMED_REPLICA_CPU',
    );
  });

  it('warns when the database is short of CPU for the peak', () => {
    const findings = planCapacity([syntheticRun({ cpus: 1 })], { peak: 4000 }).findings;
    expect(findings.find(({ code }) => code === 'DATABASE_CPU_SHORT')?.args).toMatchObject({ cores: 1 });
    expect(codes({ peak: 50 }).map(({ code }) => code)).not.toContain('DATABASE_CPU_SHORT');
  });
});

describe('declared figures beside a run', () => {
  it('give way to what was measured, and the plan says so', () => {
    const plan = planCapacity([syntheticRun()], {
      rps: 500,
      latency: 0.1,
      tradeBytes: 2048,
      tradesPerDay: 1e6,
      storageBytes: 50 * 2 ** 30,
      peakConnections: 40,
    });
    const wins = plan.findings.flatMap((each) => (each.code === 'MEASURED_WINS' ? [each.args] : []));
    expect(wins.map(({ flag }) => flag)).toEqual(['--latency', '--avg-trade-kb', '--peak-connections']);
    expect(plan.load?.peak).toBe(500);
    // 280 bytes a trade were measured, not 2 KB.
    expect(Math.abs((plan.storage?.growthPerDay ?? 0) / 280e6 - 1)).toBeLessThan(0.05);
    expect(plan.storage).toMatchObject({
      current: 50 * 2 ** 30,
      currentBasis: 'declared',
      basis: 'measured',
    });
    expect(plan.basis).toBe('mixed');
    expect(plan.connections?.basis).toBe('measured');
  });

  it('fill in what was not measured', () => {
    const run = syntheticRun({
      change: ({ samples }) => {
        const kept = samples.filter(({ source }) => source !== 'postgres');
        samples.splice(0, samples.length, ...kept);
      },
    });
    const plan = planCapacity([run], { peak: 500, tradesPerDay: 5e6 });
    expect(plan.basis).toBe('mixed');
    expect(plan.iops).toMatchObject({ basis: 'declared', average: (5e6 * 8) / 86_400 });
    expect(plan.replicas?.basis).toBe('measured');
    expect(planCapacity([run], { peak: 500 })).toMatchObject({
      basis: 'measured',
      iops: null,
      storage: null,
    });
  });

  it('stand for a service whose CPU nobody measured', () => {
    const run = syntheticRun({
      change: ({ samples }) => {
        const kept = samples.filter(({ source }) => source !== 'platform/0');
        samples.splice(0, samples.length, ...kept);
      },
    });
    const plan = planCapacity([run], { peak: 1000 });
    expect(plan.replicas).toMatchObject({ basis: 'declared', byCpu: 30 });
    expect(plan.demand.trade?.platformCpu).toMatchObject({ value: 0.01, basis: 'declared' });
    expect(plan.demand.trade?.databaseCpu?.basis).toBe('measured');
    expect(plan.basis).toBe('mixed');
  });

  it('take the tested rate as the peak when none is stated', () => {
    const plan = planCapacity([syntheticRun()]);
    expect(plan.inputs.peak).toEqual({
      ...{ rate: plan.observed?.testedRate, basis: 'measured', source: 'runs' },
    });
    expect(plan.findings.map(({ code }) => code)).toContain('ASSUMED_PEAK');
  });

  it('plan for another mix than the measured one', () => {
    const run = syntheticRun();
    const cpu = (mix: Record<string, number>) => planCapacity([run], { peak: 1000, mix }).cpu?.atPeak ?? 0;
    const [quotes, trades] = [cpu({ quote: 1 }), cpu({ trade: 1 })];
    expect(trades - quotes).toBeGreaterThan(1000 * (0.003 - 0.0008) * 0.8);
    expect(() => planCapacity([run], { mix: { checkout: 1 } })).toThrow(
      expect.objectContaining({ code: 'REFUSED', message: expect.stringContaining('--mix checkout') }),
    );
  });
});
