import { describe, expect, it } from 'vitest';
import { planCapacity } from '../../src/planners/plan.ts';

const GB = 2 ** 30;

describe('the declared defaults', () => {
  it('give 30 replicas by CPU for 1,000 requests per second of 100 ms', () => {
    const plan = planCapacity([], { rps: 1000, latency: 0.1 });
    expect(plan.basis).toBe('declared');
    expect(plan.replicas).toEqual({
      ...{ p5: 30, p50: 30, p95: 30, needed: 30, recommended: 30 },
      ...{ by: 'cpu', byCpu: 30, byMemory: 8, byLatency: null, byTested: null, testedRate: null },
      ...{ servers: null, regions: null, basis: 'declared' },
      steps: [0.5, 0.8, 0.9, 0.95, 0.99, 0.999].map((confidence) => ({ confidence, replicas: 30 })),
    });
    expect(plan.cpu).toMatchObject({ request: 0.5, limit: 1, atPeak: 10 });
    expect(plan.memory).toMatchObject({ request: 512 * 2 ** 20, limit: 2 ** 30 });
    expect(plan.resources).toEqual({
      requests: { cpu: '500m', memory: '512Mi' },
      limits: { cpu: '1', memory: '1Gi' },
    });
    expect(plan.demand).toEqual({
      request: { platformCpu: { value: 0.01, low: 0.01, high: 0.01, basis: 'declared', separable: true } },
    });
    expect(plan.iops).toBeNull();
    expect(plan.storage).toBeNull();
    expect(plan.connections).toBeNull();
    expect(plan.cost).toBeNull();
  });

  it('give the minimum of 2 for 20 requests per second of 50 ms', () => {
    const { replicas } = planCapacity([], { rps: 20, latency: 0.05 });
    expect(replicas).toMatchObject({ recommended: 2, by: 'minimum', byCpu: 1, byMemory: 1 });
  });

  it('follow the formula of the platform document for any load', () => {
    for (const rps of [1, 7, 33, 34, 100, 101, 950, 12345]) {
      for (const latency of [0.001, 0.1, 0.5, 3]) {
        const byCpu = Math.ceil(Number(((rps * 0.01 * 1.5) / 0.5).toFixed(6)));
        const byMemory = Math.ceil(Number(((rps * latency * 50 * 1.5) / 1024).toFixed(6)));
        const { replicas } = planCapacity([], { rps, latency });
        expect(replicas?.recommended).toBe(Math.max(byCpu, byMemory, 2));
      }
    }
  });

  it('give growth, IOPS and connections for 5,000,000 trades of 2 KB a day', () => {
    const plan = planCapacity([], {
      tradesPerDay: 5_000_000,
      tradeBytes: 2048,
      storageBytes: 100 * GB,
      connections: 25,
      peakConnections: 40,
    });
    expect(plan.storage?.growthPerDay).toBeCloseTo(9.5367 * GB, -6);
    expect((plan.storage?.growthPerMonth ?? 0) / GB).toBeCloseTo(286.1, 1);
    expect((plan.storage?.growthPerYear ?? 0) / GB).toBeCloseTo(3433.2, 1);
    expect((plan.storage?.projected ?? 0) / GB).toBeCloseTo(3533.2, 1);
    expect(plan.storage?.current).toBe(100 * GB);
    expect(plan.iops?.average).toBeCloseTo(462.96, 2);
    expect(plan.iops?.recommended).toBeCloseTo(925.93, 2);
    expect(plan.connections).toMatchObject({
      current: 25,
      required: 60,
      recommended: 100,
      basis: 'declared',
    });
    expect(plan.replicas).toBeNull();
    expect(plan.hpa).toBeNull();
    expect(plan.basis).toBe('declared');
  });

  it('warn that a doubled daily average does not cover the busiest second, and size the volume by it', () => {
    const plan = planCapacity([], { tradesPerDay: 50_000_000 });
    const { average = 0, recommended = 0, peak = 0, volume } = plan.iops ?? {};
    expect(peak).toBeCloseTo(average * 2.62, 6);
    expect(volume?.iops).toBe(Math.ceil(peak));
    expect(plan.findings).toContainEqual({
      code: 'IOPS_BELOW_PEAK',
      severity: 'warning',
      args: { recommended, peak },
    });
  });

  it('want at least 100 connections, and more when the peak asks for it', () => {
    expect(planCapacity([], { peakConnections: 400 }).connections).toMatchObject({
      required: 600,
      recommended: 600,
      current: null,
    });
    expect(planCapacity([], { connections: 10 }).connections).toMatchObject({ current: 10, required: 15 });
  });

  it('say which figures rest on them', () => {
    const { findings } = planCapacity([], { rps: 100, latency: 0.1, tradesPerDay: 1000, peakConnections: 4 });
    const found = findings.find(({ code }) => code === 'DECLARED_DEFAULTS');
    expect(found?.args).toEqual({ figures: ['cpu', 'memory', 'iops', 'connections'] });
  });
});

describe('what else may be declared', () => {
  it('takes the load from users that wait for their answers', () => {
    const plan = planCapacity([], { users: 50, latency: 0.1 });
    expect(plan.load?.peak).toBeCloseTo(500, 9);
    expect(plan.findings).toContainEqual({
      code: 'RATE_FROM_USERS',
      severity: 'warning',
      args: { users: 50, latency: 0.1, rate: 500 },
    });
  });

  it('tells when so few users cannot make the load', () => {
    const plan = planCapacity([], { rps: 1000, users: 50, latency: 0.1 });
    expect(plan.load?.peak).toBe(1000);
    expect(plan.findings.find(({ code }) => code === 'RATE_EXCEEDS_USERS')?.args).toMatchObject({
      possible: 500,
    });
    const enough = planCapacity([], { rps: 1000, users: 500, latency: 0.1 });
    expect(enough.findings.map(({ code }) => code)).not.toContain('RATE_EXCEEDS_USERS');
  });

  it('takes the size of a replica', () => {
    const plan = planCapacity([], { rps: 1000, latency: 0.1, replicaCpu: 2, replicaMemory: 2 ** 29 });
    expect(plan.replicas).toMatchObject({ recommended: 15, by: 'memory', byCpu: 8, byMemory: 15 });
    expect(plan.resources).toEqual({
      requests: { cpu: '2', memory: '256Mi' },
      limits: { cpu: '4', memory: '512Mi' },
    });
  });

  it('grows the load and the storage until the horizon', () => {
    const plan = planCapacity([], { rps: 1000, growth: 0.5, horizonMonths: 24 });
    expect(plan.load?.peak).toBeCloseTo(2250, 6);
    const flat = planCapacity([], { tradesPerDay: 1e6, tradeBytes: 1024, horizonMonths: 6 });
    expect(flat.storage?.projected).toBeCloseTo(6 * 30 * 1e6 * 1024, 0);
    const grown = planCapacity([], { tradesPerDay: 1e6, tradeBytes: 1024, growth: 0.5 });
    // The integral of 1.5^t over one year is 0.5 / ln 1.5.
    expect(grown.storage?.projected).toBeCloseTo((360 * 1e6 * 1024 * 0.5) / Math.log(1.5), -1);
  });

  it('tells when a volume of known size is full', () => {
    const declared = { tradesPerDay: 1e6, tradeBytes: 1024, storageBytes: 10 * GB };
    expect(planCapacity([], declared).storage?.daysUntilFull).toBeNull();
    const plan = planCapacity([], { ...declared, capacityBytes: 60 * GB });
    // 60 GiB hold 10 of data and 1 of WAL.
    expect(plan.storage?.daysUntilFull).toBeCloseTo((49 * GB) / (1e6 * 1024), 6);
    expect(plan.findings.find(({ code }) => code === 'STORAGE_FILLS')?.args).toMatchObject({
      capacity: 60 * GB,
    });
    const grown = planCapacity([], { ...declared, capacityBytes: 1011 * GB, growth: 1 });
    // 1000 GiB are added when 1024e6 x 30 x (2^(m/12) - 1) x 12 / ln 2 reaches them.
    const months = 12 * Math.log2(1 + (1000 * GB * Math.log(2)) / 12 / (30 * 1e6 * 1024));
    expect(grown.storage?.daysUntilFull).toBeCloseTo(months * 30, 6);
    expect(planCapacity([], { ...declared, capacityBytes: 9 * GB }).storage?.daysUntilFull).toBe(0);
  });

  it('carries the peak without the buffer after the loss of a zone, when that is asked for', () => {
    const plan = planCapacity([], { rps: 1000, latency: 0.1, availability: 'zone', zones: 3 });
    // 25 replicas carry 10 cores at 80 %; 38 leave 25 when 13 are lost.
    expect(plan.replicas?.recommended).toBe(38);
    expect(plan.hpa?.spec.minReplicas).toBe(3);
    expect(planCapacity([], { rps: 1000, latency: 0.1, availability: 'replica' }).replicas?.recommended).toBe(
      30,
    );
  });

  it('names what binds first', () => {
    const plan = planCapacity([], { rps: 1000, latency: 0.1 });
    const max = plan.hpa?.spec.maxReplicas ?? 0;
    expect(plan.bottleneck).toEqual({
      resource: 'platformCpu',
      atRate: (max * 0.5 * 0.8) / 0.01,
      basis: 'declared',
    });
    expect(plan.saturations[1]).toMatchObject({
      resource: 'platformMemory',
      atRate: (max * 2 ** 30) / (50 * 2 ** 20 * 0.1),
    });
  });
});

describe('what says too little', () => {
  it.each<[string, object]>([
    ['plan needs a run file, or declared figures', {}],
    ['plan needs a run file, or declared figures', { latency: 0.1 }],
    ['--peak and --rps both state the load', { peak: 1, rps: 1 }],
    ['--users', { users: 5, peakConnections: 3 }],
    ['--avg-trade-kb', { rps: 5, tradeBytes: 5 }],
    ['--storage-gb', { rps: 5, storageBytes: 5 }],
    ['--storage-gb', { tradesPerDay: 5, capacityBytes: 5 }],
    ['--slo', { rps: 5, slos: [{ quantile: 0.99, seconds: 1 }] }],
    ['--mix', { rps: 5, mix: { quote: 1 } }],
    ['--zones', { rps: 5, zones: 3 }],
    ['--replica-cpu: 0.0005 cores', { rps: 5, replicaCpu: 0.0005 }],
    ['--replica-memory: 1,000 bytes', { rps: 5, replicaMemory: 1000 }],
    ['--retention: nothing tells how the database grows', { rps: 5, database: { retentionMonths: 12 } }],
    ['--working-set', { tradesPerDay: 5, database: { workingSet: { share: 0.1 } } }],
    ['--volume: nothing tells what the database does', { rps: 5, database: { volume: 'gp3' } }],
    [
      '--pool-wait: has an effect only on what was',
      { rps: 5, database: { poolWait: { quantile: 0.9, seconds: 1 } } },
    ],
    ['--rps', { rps: 0 }],
    ['--latency', { rps: 1, latency: 0 }],
    ['--event e', { rps: 1, events: [{ name: 'e', multiplier: 0.5, rise: 1, decay: 1 }] }],
  ])('%s', (message, request) => {
    expect(() => planCapacity([], request)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => planCapacity([], request)).toThrow(message);
  });
});
