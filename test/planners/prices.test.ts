import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { costAt, costFindings, planCost, pricedStreams } from '../../src/planners/cost/bill.ts';
import { mergePrices } from '../../src/planners/cost/price-check.ts';
import { builtInPrices } from '../../src/planners/cost/price-table.ts';
import type { Plan } from '../../src/planners/types.ts';
import { declaredPlan, measuredPlan } from '../report/plans.ts';

const GiB = 2 ** 30;
const merged = (text: string) => mergePrices(builtInPrices, parse(text), 'prices.yaml');

describe('a file of prices', () => {
  it('lies over those built in, and dates what it changes', () => {
    const table = merged(`
      asOf: 2026-11-01
      currency: EUR
      region: eu-west-1
      compute: {perCoreHour: 0.04}
      volumes:
        gp3: {perGiBMonth: 0.088}
        san: {cloud: own, maxGiB: 1000, maxIops: 9000, maxMiBps: 500, perGiBMonth: 0.02}
      regions:
        eu-central-1: {compute: {perGiBHour: 0.005}, volumes: {gp2: {perGiBMonth: 0.119}}}`);
    expect(table).toMatchObject({ currency: 'EUR', region: 'eu-west-1', asOf: '2026-11-01' });
    expect(table.rates.compute).toEqual({ perCoreHour: 0.04, perGiBHour: null });
    const { gp3, san, io2 } = table.volumes;
    expect(gp3).toMatchObject({
      perGiBMonth: 0.088,
      perIopsMonth: 0.005,
      asOf: '2026-11-01',
      source: 'prices.yaml',
    });
    expect(san).toMatchObject({ cloud: 'own', minGiB: 1, perIopsMonth: null, bySize: false });
    expect(io2).toEqual(builtInPrices.volumes.io2);
    const there = table.regions['eu-central-1'];
    expect(there?.rates.compute).toEqual({ perCoreHour: 0.04, perGiBHour: 0.005 });
    expect(there?.volumes.gp3?.perGiBMonth).toBe(0.088);
    expect(there?.volumes.gp2?.perGiBMonth).toBe(0.119);
    expect(builtInPrices.volumes.gp3?.perGiBMonth).toBe(0.08);
  });

  it.each([
    ['[]', 'prices.yaml: [] is not a group of fields'],
    ['', 'prices.yaml: null is not a group of fields'],
    [
      'currency: USD',
      'prices.yaml: asOf: is missing: write when the prices were looked up, for example 2026-11-01',
    ],
    ['asOf: yesterday', 'prices.yaml: asOf: "yesterday" is not a date: write for example 2026-11-01'],
    ['{asOf: 2026-11-01, currency: 5}', 'prices.yaml: currency: 5 is not a name'],
    [
      '{asOf: 2026-11-01, volume: {}}',
      'prices.yaml: volume: is not known; write one of asOf, currency, region, compute',
    ],
    [
      '{asOf: 2026-11-01, volumes: {gp3: {perGiBMonth: cheap}}}',
      'prices.yaml: volumes.gp3.perGiBMonth: "cheap" is not a number above zero',
    ],
    [
      '{asOf: 2026-11-01, volumes: {gp3: {perGiBMonth: -0.1}}}',
      'prices.yaml: volumes.gp3.perGiBMonth: -0.1 is not a number above zero',
    ],
    [
      '{asOf: 2026-11-01, volumes: {gp3: {includedIops: -1}}}',
      'prices.yaml: volumes.gp3.includedIops: -1 is not a number of zero or more',
    ],
    [
      '{asOf: 2026-11-01, volumes: {gp3: {price: 1}}}',
      'prices.yaml: volumes.gp3.price: is not known; write one of cloud, onlyNamed, minGiB',
    ],
    ['{asOf: 2026-11-01, volumes: {gp3: 0.1}}', 'prices.yaml: volumes.gp3: 0.1 is not a group of fields'],
    [
      '{asOf: 2026-11-01, volumes: {san: {cloud: own}}}',
      'prices.yaml: volumes.san.maxGiB: is missing: a kind of volume of your own needs it',
    ],
    [
      '{asOf: 2026-11-01, volumes: {san: {cloud: own, maxGiB: 1, maxIops: 1, maxMiBps: 1, bySize: true}}}',
      'prices.yaml: volumes.san.iopsPerGiB: is missing',
    ],
    [
      '{asOf: 2026-11-01, volumes: {gp3: {bySize: 1}}}',
      'prices.yaml: volumes.gp3.bySize: 1 is neither true nor false',
    ],
    [
      '{asOf: 2026-11-01, volumes: {io2: {perIopsMonth: []}}}',
      'prices.yaml: volumes.io2.perIopsMonth: has no tiers',
    ],
    [
      '{asOf: 2026-11-01, volumes: {io2: {perIopsMonth: [{upTo: 5, price: 1}]}}}',
      'prices.yaml: volumes.io2.perIopsMonth.0.upTo: the tiers must rise',
    ],
    [
      '{asOf: 2026-11-01, volumes: {io2: {perIopsMonth: [{upTo: 5, price: 1}, {upTo: 4, price: 1}, {price: 1}]}}}',
      'prices.yaml: volumes.io2.perIopsMonth.1.upTo: the tiers must rise',
    ],
    [
      '{asOf: 2026-11-01, compute: {perCoreHour: .inf}}',
      'prices.yaml: compute.perCoreHour: null is not a number above zero',
    ],
    [
      '{asOf: 2026-11-01, compute: {perHour: 1}}',
      'prices.yaml: compute.perHour: is not known; write one of perCoreHour, perGiBHour',
    ],
    [
      '{asOf: 2026-11-01, regions: {x: {cache: {perGiBHour: free}}}}',
      'prices.yaml: regions.x.cache.perGiBHour: "free" is not a number above zero',
    ],
    [
      '{asOf: 2026-11-01, regions: {x: {asOf: 2026-11-01}}}',
      'prices.yaml: regions.x.asOf: is not known; write one of compute',
    ],
  ])('is refused in one line: %s', (text, message) => {
    expect(() => merged(text)).toThrow(message);
    expect(() => merged(text)).toThrow(expect.objectContaining({ code: 'FILE', exitCode: 2 }));
    expect(() => merged(text)).not.toThrow('\n');
  });
});

describe('the cost of a plan', () => {
  const { replicas, cpu, memory, database, storage, iops } = measuredPlan;
  const volume = iops?.volume ?? null;
  const request = {
    replicas,
    cpu,
    memory,
    database,
    storage,
    volume,
    databaseMemory: null,
    readReplicas: null,
  };
  const prices = merged(`
    asOf: 2026-11-01
    compute: {perCoreHour: 0.04, perGiBHour: 0.005}
    database: {perCoreHour: 0.1}
    regions:
      eu-west-1: {compute: {perCoreHour: 0.05}}`);
  // 0.5 cores and 384 MiB for 730 hours.
  const pod = 730 * (0.5 * 0.04 + 0.375 * 0.005);

  it('is that of pods, database and volume, line by line', () => {
    const cost = planCost({ ...request, prices });
    expect(cost?.lines.map(({ what, unit, quantity }) => [what, unit, Math.round(quantity)])).toEqual([
      ['service', 'core-hours', 6205],
      ['service', 'GiB-hours', 4654],
      ['database', 'core-hours', 1460],
      ['gp3 volume', 'volumes', 1],
    ]);
    const total = 17 * pod + 146 + 12;
    expect(cost?.perMonth.recommended).toBeCloseTo(total, 9);
    expect(cost?.perReplica).toBeCloseTo(pod, 9);
    expect(cost?.perMonth.p5).toBeCloseTo(total - 4 * pod, 9);
    expect(cost?.perMonth.p95).toBeCloseTo(total - pod, 9);
    expect(cost && costAt(cost, 17, 20)).toBeCloseTo(total + 3 * pod, 9);
    expect(cost?.regions).toEqual([{ region: 'eu-west-1', perMonth: expect.closeTo(total + 17 * 3.65, 9) }]);
    expect(cost).toMatchObject({ currency: 'USD', region: 'us-east-1', missing: [] });
    // The older of the two tables that it rests on.
    expect(cost?.asOf).toBe('2026-09-01');
  });

  it('counts replicas of the database and backups, and names what has no price', () => {
    const readReplicas = {
      ...{ count: 2, spread: { p5: 2, p50: 2, p95: 2 }, readShare: 0.5 },
      ...{ classes: [], basis: 'measured' as const },
    };
    const copied = storage && { ...storage, replicas: 2, backups: 100 * GiB };
    const cost = planCost({ ...request, storage: copied, readReplicas, prices });
    expect(cost?.lines.find(({ what }) => what === 'database')?.quantity).toBe(3 * 2 * 730);
    expect(cost?.lines.find(({ unit }) => unit === 'volumes')?.quantity).toBe(3);
    expect(cost?.missing).toEqual(['backups (backup.perGiBMonth)']);
    expect(costFindings(cost)).toEqual([
      { code: 'COST_INCOMPLETE', severity: 'warning', args: { missing: cost?.missing } },
    ]);
  });

  it('takes what other tiers use', () => {
    const others = [
      { what: 'Redis', group: 'cache', bytes: 8 * GiB } as const,
      { what: 'Kafka', group: 'kafka', cores: 6 } as const,
    ];
    const dear = { ...prices, rates: { ...prices.rates, cache: { perGiBHour: 0.02 } } };
    const cost = planCost({ ...request, prices: dear, others });
    expect(cost?.lines.find(({ what }) => what === 'Redis')?.perMonth).toBeCloseTo(8 * 730 * 0.02, 9);
    expect(cost?.missing).toEqual(['Kafka (kafka.perCoreHour)']);
  });

  it('counts the memory of the cache and the disks of the brokers', () => {
    const cache = { instanceBytes: 8 * GiB } as NonNullable<Plan['cache']>;
    const kafka = { brokers: { disk: 300 * GiB } } as NonNullable<Plan['kafka']>;
    expect(pricedStreams({ cache, kafka })).toEqual([
      { what: 'cache', group: 'cache', bytes: 8 * GiB },
      { what: 'Kafka', group: 'kafka', stored: 300 * GiB },
    ]);
    expect(pricedStreams({ cache: null, kafka: null })).toEqual([]);
  });

  it('is not told without a price of the service, nor without any price', () => {
    expect(planCost({ ...request, prices: builtInPrices })).toBeNull();
    expect(costFindings(null)).toEqual([]);
    const { replicas: pods } = declaredPlan;
    expect(
      planCost({ ...request, replicas: pods, database: null, volume: null, prices: builtInPrices }),
    ).toBeNull();
    const disk = planCost({ ...request, replicas: null, database: null, prices: builtInPrices });
    expect(disk).toMatchObject({
      perMonth: { recommended: 12, p5: 12 },
      perReplica: null,
      asOf: '2025-09-30',
    });
  });

  it('never falls with replicas, and never with a dearer price', () => {
    const at = (recommended: number, perCoreHour: number) =>
      planCost({
        ...request,
        replicas: replicas && { ...replicas, recommended },
        prices: { ...prices, rates: { ...prices.rates, compute: { perCoreHour, perGiBHour: 0.005 } } },
      })?.perMonth.recommended ?? 0;
    for (const count of [1, 2, 17, 400]) {
      expect(at(count + 1, 0.04)).toBeGreaterThan(at(count, 0.04));
      expect(at(count, 0.05)).toBeGreaterThan(at(count, 0.04));
    }
  });
});
