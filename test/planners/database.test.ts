import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { erlangB, lossAbove } from '../../src/models/queueing/erlang.ts';
import { serversForWait, waitQuantile } from '../../src/models/queueing/mmc.ts';
import { mergePrices } from '../../src/planners/cost/price-check.ts';
import { builtInPrices } from '../../src/planners/cost/price-table.ts';
import type { CostModel } from '../../src/planners/cost.ts';
import { deadlockMinimum, hikariPool, planConnections } from '../../src/planners/database/connections.ts';
import { type DatabaseFacts, databaseFacts } from '../../src/planners/database/facts.ts';
import { declaredIo, type IoDemand, measuredIo, writtenOn } from '../../src/planners/database/io-demand.ts';
import { planIops } from '../../src/planners/database/iops.ts';
import { planMemoryOfDatabase } from '../../src/planners/database/memory.ts';
import type { DatabaseOptions } from '../../src/planners/database/plan.ts';
import { logBytes, logSettings, postgresSettings } from '../../src/planners/database/postgres-settings.ts';
import { planReplicas, readCost, readersOf } from '../../src/planners/database/read-replicas.ts';
import { bytesAfter, daysUntil, planStorage } from '../../src/planners/database/storage.ts';
import { kindsFor } from '../../src/planners/database/volumes.ts';
import type { Fitted } from '../../src/planners/fits.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import { requestsIn } from '../../src/planners/rows.ts';
import type { Resource, WalPlan } from '../../src/planners/types.ts';
import { enoughAt, type Range, Worlds } from '../../src/planners/worlds.ts';
import { syntheticRun } from './synthetic.ts';

const GiB = 2 ** 30;
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const worlds = new Worlds(200, 1);
const kinds = kindsFor(builtInPrices, {});

/** Of a fit, with `spread` of it either way. */
const cost = (perRequest: number, spread = 0, background = 0): CostModel => ({
  perRequest,
  background,
  replicates: Array.from({ length: 50 }, (_, i) => ({
    perRequest: perRequest * (1 + spread * (i / 24.5 - 1)),
    background,
  })),
  basis: 'measured',
});

const facts: DatabaseFacts = {
  bytes: 10 * GiB,
  indexShare: 0.25,
  hitRatio: 1,
  pagesPerRequest: 24,
  walSyncs: 0.9,
  walWrites: 0.5,
  checkpointWrites: 0.2,
  backgroundWrites: 0.1,
  readBytes: 0.25,
  slotBytes: 0,
  settings: {
    ...{ maxConnections: 100, reservedConnections: 3, sharedBuffers: 4 * GiB, maxWalSize: GiB },
    ...{ walKeepSize: 0, checkpointTimeout: 300, completionTarget: 0.9 },
  },
};
const costs = {
  ...{ databaseReads: cost(0.1), databaseWrites: cost(2), databaseFsyncs: cost(1), ioBytes: cost(16_384) },
  ...{ walBytes: cost(800), growthBytes: cost(0) },
};

describe('operations of the volume', () => {
  const at = (rate: number, known: Partial<Parameters<typeof measuredIo>[1]> = {}) =>
    measuredIo(worlds, {
      ...{ costs, facts, wal: null, misses: null },
      ...{ average: worlds.certain(rate / 3), rate: worlds.certain(rate) },
      ...known,
    }) as IoDemand;
  const planned = (demand: IoDemand, confidence = 0.95, bytes: number | null = 100 * GiB) =>
    planIops(worlds, {
      ...{ demand, confidence, bytes, kinds, others: [] },
      hitRatio: { measured: 1, planned: null },
      replicas: { count: 0, readShare: 0 },
    });

  it('are told apart by what they are, and the log is written with its flush', () => {
    const { plan } = planned(at(500));
    // 1,000 writes a second: half are the log's, a fifth a checkpoint's in nine tenths of the time.
    const { checkpoints, ...parts } = plan.parts;
    expect(checkpoints).toBeCloseTo(1000 * 0.2 * (1 / 0.9), 9);
    expect(parts).toEqual({
      cacheMisses: 50,
      walFlushes: 450,
      syncs: expect.closeTo(50, 9),
      backgroundWriter: 100,
      backends: expect.closeTo(200, 9),
    });
    const written = 450 + 50 + 200 / 0.9 + 100 + 200;
    expect(plan.reads).toEqual({ iops: 50, throughput: 0.25 * 500 * 16_384 });
    expect(plan.writes.iops).toBeCloseTo(written, 9);
    expect(plan.peak).toBeCloseTo(50 + written, 9);
    expect(plan.recommended).toBeCloseTo(plan.peak / 0.7, 9);
    expect(plan.throughput).toBeCloseTo(500 * 16_384, 6);
    // On average without the checkpoint's haste: reads, syncs and what is not the log's of the writes.
    expect(plan.average).toBeCloseTo((500 / 3) * (0.1 + 1 + 1), 9);
    expect(plan.replica).toBeNull();
  });

  it('are the writes and syncs as they stand where the runs do not tell them apart', () => {
    const { plan } = planned(at(500, { facts: null }));
    expect(plan.parts).toEqual({ cacheMisses: 50, writes: 1000, syncs: 500 });
    expect(plan.peak).toBe(1550);
  });

  it('count the pages that a checkpoint finds changed, where the log tells them', () => {
    const wal: WalPlan = {
      ...{ rate: 500, checkpointInterval: 300, by: 'time', imageBytes: 7400, hotPages: 1600 },
      ...{ imagesPerRequest: 0.02, steadyBytesPerRequest: 630, bytesPerRequest: 780 },
    };
    const grows = { ...costs, growthBytes: cost(8192 / 40) };
    expect(planned(at(500, { wal, costs: grows })).plan.parts.checkpoints).toBeCloseTo(
      (500 * 0.02 + 12.5) / 0.9,
      9,
    );
  });

  it('are bounded by group commit on the disk that is chosen, but not by it alone', () => {
    const { plan, findings, grouped } = planned(at(5000));
    expect(grouped).toBe(true);
    expect(plan.volume?.name).toBe('gp3');
    // 4,500 flushes asked for, 833 done, each after the one before.
    expect(plan.parts.walFlushes).toBeCloseTo(1 / 0.0012, 9);
    expect(plan.writes.iops).toBeCloseTo(1 / 0.0012 + 500 + 2000 / 0.9 + 1000 + 2000, 6);
    expect(findings.find(({ code }) => code === 'GROUP_COMMIT')?.args).toMatchObject({ commits: 4500 });
    // So much log takes more operations than it has flushes: 256 KiB each.
    const heavy = at(5000, { costs: { ...costs, walBytes: cost(512 * 1024) } });
    expect(enoughAt(writtenOn(worlds, heavy, 0.0012), 0.95)).toBeCloseTo(10_000 + 500 + 2000 / 0.9 + 3000, 6);
  });

  it('of declared trades are eight each, of which five read', () => {
    const { plan } = planned(declaredIo(worlds, worlds.certain(5_000_000)), 0.95, null);
    expect(plan.average).toBeCloseTo(462.96, 2);
    expect(plan.recommended).toBeCloseTo(925.93, 2);
    expect(plan.reads.iops / plan.peak).toBeCloseTo(5 / 8, 9);
    // Without a size there is no price.
    expect(plan.volume).toMatchObject({ name: 'gp3', perMonth: null });
  });

  it('of a replica are all writes, and its share of the reads', () => {
    const { plan } = planIops(worlds, {
      ...{
        demand: at(500),
        confidence: 0.95,
        bytes: GiB,
        kinds,
        others: [],
        hitRatio: { measured: 1, planned: null },
      },
      replicas: { count: 2, readShare: 0.5 },
    });
    expect(plan.replica).toEqual({ reads: 12.5, writes: plan.writes.iops });
  });

  it.each([
    ['iops', { databaseWrites: cost(400) }, 100 * GiB, 'spread'],
    ['iops', { databaseReads: cost(400) }, 100 * GiB, 'memory'],
    ['throughput', { ioBytes: cost(6e6) }, 100 * GiB, 'spread'],
    ['size', {}, 2 ** 47, 'retention'],
  ])('say which limit, %s, no volume holds, and what would help', (limit, more, bytes, help) => {
    const { plan, findings } = planned(at(1000, { costs: { ...costs, ...more } }), 0.95, bytes);
    expect(plan.volume).toBeNull();
    expect(findings.at(-1)).toMatchObject({
      code: 'NO_VOLUME_FITS',
      severity: 'error',
      args: { limit, help },
    });
  });

  it('never fall with load, confidence or misses, and the volume carries them', () => {
    const uncertain = { ...costs, databaseWrites: cost(2, 0.4), databaseReads: cost(0.1, 0.9) };
    const load: Range = { low: 0.8, mid: 1, high: 2 };
    const factor = worlds.declared('load', load);
    const peak = (rate: number, confidence: number, missed: number) =>
      planned(
        at(0, {
          costs: uncertain,
          rate: factor.map((each) => each * rate),
          misses: worlds.certain(missed),
        }),
        confidence,
      ).plan;
    fc.assert(
      fc.property(
        number(1, 5e4),
        number(1, 4),
        number(0.5, 0.9),
        number(0, 0.1),
        number(0, 0.5),
        (rate, f, c, dc, m) => {
          const less = peak(rate, c, m);
          for (const more of [peak(rate * f, c, m), peak(rate, c + dc, m), peak(rate, c, m + 0.1)]) {
            expect(more.peak).toBeGreaterThanOrEqual(less.peak);
            expect(more.throughput).toBeGreaterThanOrEqual(less.throughput ?? 0);
          }
          if (less.volume !== null) {
            expect(less.volume.iops).toBeGreaterThanOrEqual(less.recommended);
            expect(less.volume.throughput).toBeGreaterThanOrEqual((less.throughput ?? 0) / 0.7);
          }
          expect(less.spread.p5).toBeLessThanOrEqual(less.spread.p95);
        },
      ),
      { seed: 41, numRuns: 40 },
    );
  });
});

describe('what the runs tell of the database', () => {
  const run = syntheticRun({
    steps: [{ seconds: 4, rate: 50, mix: { trade: 1 } }],
    change: ({ samples }) => {
      samples
        .filter(({ source }) => source === 'postgres')
        .forEach(({ values }, i) => {
          // The server was restarted before the third reading: what it counts began anew.
          const n = i < 2 ? i : i - 2;
          Object.assign(values, {
            writes: 100 * n,
            extends: 0,
            wal_writes: 40 * n,
            checkpoint_buffers: 25 * n,
          });
          Object.assign(values, { bgwriter_buffers: 5 * n, fsyncs: 50 * n, wal_fsyncs: 45 * n });
          Object.assign(values, { buffer_hits: 900 * n, buffer_reads: 100 * n });
          Object.assign(values, { read_bytes: 100 * n, write_bytes: 300 * n, extend_bytes: 0 });
          Object.assign(values, { 'slot_retained_bytes{slot="a"}': 7e6, shared_buffers_bytes: 2 ** 27 });
        });
    },
  });

  it('is what each kind of operation is of all, whatever was restarted meanwhile', () => {
    const requests = run.rows.reduce((sum, row) => sum + requestsIn(row), 0);
    expect(databaseFacts([run])).toMatchObject({
      ...{ walWrites: 0.4, checkpointWrites: 0.25, walSyncs: 0.9, hitRatio: 0.9 },
      ...{ backgroundWrites: expect.closeTo(0.05, 12), readBytes: 0.25, indexShare: expect.closeTo(0.4, 12) },
      // Three steps of a thousand pages: one before the restart and two after it.
      ...{ pagesPerRequest: 3000 / requests, slotBytes: 7e6 },
      settings: { maxConnections: 100, sharedBuffers: 2 ** 27, maxWalSize: null },
    });
  });

  it('is nothing without a database', () => {
    expect(databaseFacts([])).toMatchObject({ bytes: null, walWrites: null, hitRatio: null, slotBytes: 0 });
  });
});

describe('storage', () => {
  const plan = (over: object = {}) =>
    planStorage(worlds, {
      current: { bytes: worlds.certain(100 * GiB), basis: 'measured' },
      growth: { perDay: worlds.certain(GiB), basis: 'measured' },
      loadGrowth: worlds.certain(0),
      ...{ horizon: 12, confidence: 0.95, capacity: undefined, retention: undefined, wal: GiB },
      ...{ indexShare: 0.25, replicas: 0, backups: undefined },
      ...over,
    });

  it('is the data with its indexes, room for bloat, and the log', () => {
    const { parts, projected, recommended } = plan().plan;
    expect(projected).toBe(460 * GiB);
    expect(parts).toEqual({
      tables: 345 * GiB,
      indexes: 115 * GiB,
      bloat: expect.closeTo(92 * GiB, 0),
      wal: GiB,
    });
    expect(recommended).toBeCloseTo(553 * GiB, 0);
    expect(plan({ backups: 2 }).plan.backups).toBe(920 * GiB);
  });

  it('stays at a plateau once partitions are dropped, a month after the retention', () => {
    const at = (horizon: number, retention: number) => plan({ horizon, retention }).plan.projected / GiB;
    expect(at(24, 12)).toBe(13 * 30);
    expect(at(60, 12)).toBe(13 * 30);
    // Of today's hundred some are left at the horizon: five months at thirty a month.
    expect(at(8, 10)).toBe(8 * 30 + 90);
    expect(at(8, 24)).toBe(340);
    // What is there today must find room today.
    expect(at(12, 1)).toBe(100);
    expect(plan({ horizon: 24, retention: 12 }).findings[0]).toMatchObject({
      code: 'RETENTION',
      args: { plateau: true },
    });
  });

  it('is full on the day on which what was there and what was added make the volume', () => {
    fc.assert(
      fc.property(
        number(1, 1e12),
        number(0, 1e12),
        fc.integer({ min: 1, max: 60 }),
        number(0, 3),
        fc.option(fc.integer({ min: 1, max: 48 }), { nil: undefined }),
        (perMonth, current, months, yearly, retention) => {
          const history = { current, perMonth, yearly, retention };
          const bytes = bytesAfter(history, months);
          fc.pre(bytes - current > current * 1e-6);
          const days = daysUntil(history, bytes);
          if (retention === undefined) expect(Math.abs(days / (months * 30) - 1)).toBeLessThan(1e-6);
          // On a plateau it is full when the plateau is reached.
          else expect(days).toBeLessThanOrEqual(months * 30 * (1 + 1e-6));
          expect(Math.abs(bytesAfter(history, days / 30) / bytes - 1)).toBeLessThan(1e-6);
        },
      ),
      { seed: 42, numRuns: 200 },
    );
  });

  it('is never full beyond the plateau, and at once where there is too much today', () => {
    const at = (capacity: number) => plan({ capacity, retention: 12, horizon: 24 });
    expect(at(1000 * GiB).plan).toMatchObject({
      daysUntilFull: null,
      daysUntilFullSpread: { p5: null, p50: null, p95: null },
    });
    expect(at(90 * GiB).plan.daysUntilFull).toBe(0);
    const soon = plan({ capacity: 161 * GiB });
    expect(soon.plan.daysUntilFull).toBeCloseTo(60, 6);
    expect(soon.findings).toEqual([
      {
        code: 'STORAGE_FILLS',
        severity: 'warning',
        args: { days: soon.plan.daysUntilFull, capacity: 161 * GiB },
      },
    ]);
  });

  it('is full no sooner than told in as many worlds as were asked for', () => {
    const growth = {
      perDay: worlds.declared('g', { low: GiB / 2, mid: GiB, high: 3 * GiB }),
      basis: 'measured',
    };
    const { daysUntilFull, daysUntilFullSpread } = plan({
      growth,
      capacity: 501 * GiB,
      confidence: 0.9,
    }).plan;
    const later = growth.perDay.filter((perDay) => (400 * GiB) / perDay >= (daysUntilFull ?? 0) * (1 - 1e-9));
    expect(later.length / worlds.count).toBeCloseTo(0.9, 9);
    expect(daysUntilFull).toBeLessThan(daysUntilFullSpread?.p50 ?? 0);
    expect(daysUntilFullSpread?.p5).toBeLessThan(daysUntilFullSpread?.p95 ?? 0);
  });

  it('never falls with growth, retention, horizon or confidence', () => {
    const uncertain = worlds.declared('growth of bytes', { low: 0.5, mid: 1, high: 2 });
    const at = (perDay: number, load: number, retention: number, horizon: number, confidence: number) =>
      plan({
        growth: { perDay: uncertain.map((each) => each * perDay), basis: 'measured' },
        loadGrowth: worlds.certain(load),
        ...{ retention, horizon, confidence },
      }).plan.recommended;
    fc.assert(
      fc.property(
        number(1, 1e11),
        number(0, 2),
        fc.integer({ min: 1, max: 36 }),
        fc.integer({ min: 1, max: 48 }),
        (g, l, r, h) => {
          const less = at(g, l, r, h, 0.8) * (1 - 1e-12);
          const more = [
            at(g * 1.5, l, r, h, 0.8),
            at(g, l + 0.3, r, h, 0.8),
            at(g, l, r + 2, h, 0.8),
            at(g, l, r, h + 3, 0.8),
            at(g, l, r, h, 0.97),
          ];
          for (const each of more) expect(each).toBeGreaterThanOrEqual(less);
        },
      ),
      { seed: 43, numRuns: 40 },
    );
  });
});

describe('connections', () => {
  const wait = { quantile: 0.99, seconds: 0.01 };
  const plan = (rate: number, holdTime: number, maximum: number, over: object = {}) =>
    planConnections(worlds, {
      ...{ holdTime: worlds.certain(holdTime), rate: worlds.certain(rate), maximum, wait, confidence: 0.95 },
      perReplica: worlds.certain(rate),
      ...{ maxConnections: 100, reserved: null, current: 12, cores: null },
      ...over,
    });

  it('follow from rate and hold time, and pools from the wait', () => {
    // 400 a second for 12 ms are 4.8 busy; Erlang C wants 8 for a wait below 10 ms in 99 of 100.
    const { plan: planned, findings } = plan(400, 0.012, 5);
    expect(planned).toMatchObject({
      poolPerReplica: 8,
      pools: 40,
      recommended: 100,
      pooler: null,
      current: 12,
    });
    expect(planned.required).toBeCloseTo(4.8, 9);
    expect(planned.acquireWait).toBe(waitQuantile(400, 0.012, 8, 0.99));
    expect(findings).toEqual([]);
  });

  it('need PgBouncer where the database does not take every pool', () => {
    const { plan: planned, findings } = plan(400, 0.012, 20);
    const args = { replicas: 20, pool: 8, total: 160, max: 100, reserved: 10, servers: 8, direct: 170 };
    expect(findings).toEqual([{ code: 'POOL_EXCEEDS_MAX_CONNECTIONS', severity: 'warning', args }]);
    expect(planned.pooler).toEqual({
      ...{ name: 'pgbouncer', poolMode: 'transaction', defaultPoolSize: 8, maxClientConn: 170 },
      acquireWait: waitQuantile(400, 0.012, 8, 0.99),
    });
    expect(planned.recommended).toBe(100);
    expect(plan(400, 0.012, 11).plan.pooler).toBeNull();
    expect(plan(400, 0.012, 12).plan.pooler).not.toBeNull();
    // Where nobody said what the database takes, not more than is good for it.
    expect(plan(400, 0.012, 60, { maxConnections: null }).plan).toMatchObject({
      recommended: 490,
      pooler: null,
    });
    expect(plan(400, 0.012, 70, { maxConnections: null }).plan.pooler?.maxClientConn).toBe(570);
  });

  it('are no plan where the load itself holds too many', () => {
    expect(plan(20_000, 0.05, 50).findings[0]).toMatchObject({ severity: 'error', args: { max: 100 } });
  });

  it('are shown beside the rules of thumb of HikariCP', () => {
    expect(hikariPool(4, 1)).toBe(9);
    expect(deadlockMinimum(3, 4)).toBe(10);
    expect(plan(400, 0.012, 5, { cores: 4 }).findings).toEqual([
      {
        code: 'POOL_RULE_OF_THUMB',
        severity: 'info',
        args: { sessions: 40, cores: 4, rule: 9, pool: 8, deadlock: 9 },
      },
    ]);
  });

  it('keep the wait when put back into Erlang C, and are never fewer for more load, a stricter wait or more confidence', () => {
    const holds = worlds.declared('hold', { low: 0.002, mid: 0.005, high: 0.02 });
    const at = (rate: number, seconds: number, confidence: number) =>
      plan(rate, 0, 30, {
        holdTime: holds,
        confidence,
        wait: { quantile: 0.99, seconds },
        maxConnections: null,
      }).plan;
    fc.assert(
      fc.property(number(1, 4000), number(0.001, 0.05), (rate, seconds) => {
        const less = at(rate, seconds, 0.8);
        const pool = less.poolPerReplica ?? 0;
        const kept = holds.filter(
          (hold) => rate * hold < pool && waitQuantile(rate, hold, pool, 0.99) <= seconds,
        );
        expect(kept.length).toBeGreaterThanOrEqual(0.8 * worlds.count);
        expect(less.acquireWait).toBeLessThanOrEqual(seconds);
        for (const more of [
          at(rate * 1.5, seconds, 0.8),
          at(rate, seconds / 2, 0.8),
          at(rate, seconds, 0.97),
        ]) {
          expect(more.poolPerReplica).toBeGreaterThanOrEqual(pool);
          expect(more.required).toBeGreaterThanOrEqual(less.required);
        }
      }),
      { seed: 44, numRuns: 30 },
    );
  });

  it('are found in one pass as by trying every count', () => {
    for (const [rate, hold] of [
      [400, 0.012],
      [3, 0.9],
      [90, 1],
      [0.001, 0.01],
      [1000, 0.3],
      [50_000, 0.04],
    ] as const) {
      const servers = serversForWait(rate, hold, 0.99, 0.01);
      expect(waitQuantile(rate, hold, servers, 0.99)).toBeLessThanOrEqual(0.01);
      if (servers - 1 > rate * hold)
        expect(waitQuantile(rate, hold, servers - 1, 0.99)).toBeGreaterThan(0.01);
    }
    for (const load of [0, 0.5, 2, 200, 256.5, 300, 1e4, 123_456.7]) {
      const { servers, blocked } = lossAbove(load);
      expect(Math.abs(blocked / (erlangB(servers, load) || 1) - 1)).toBeLessThan(load === 0 ? 2 : 1e-11);
    }
  });
});

describe('memory of the database', () => {
  const plan = (options: DatabaseOptions, known: Partial<DatabaseFacts> = {}, projected = 100 * GiB) =>
    planMemoryOfDatabase(worlds, {
      ...{ options, facts: { ...facts, ...known }, projected: worlds.certain(projected) },
      ...{ sessions: 100, confidence: 0.95 },
    });

  it('holds a working set that was stated beside the sessions', () => {
    const { plan: planned, misses, findings } = plan({ workingSet: { share: 0.3 } });
    expect(planned).toMatchObject({
      workingSet: 30 * GiB,
      recommended: 41 * GiB,
      sharedBuffers: 10.25 * GiB,
      backends: 1e9,
    });
    expect(misses).toBeNull();
    expect(findings).toEqual([]);
    expect(plan({ workingSet: { bytes: 6 * GiB } }).plan.recommended).toBe(9 * GiB);
  });

  it('that is too small lets pages be read from disk', () => {
    const { misses, findings } = plan({ workingSet: { share: 0.3 }, memory: 20 * GiB + 1e9 });
    expect(misses?.[0]).toBeCloseTo(0.5, 9);
    expect(findings).toMatchObject([
      { code: 'WORKING_SET_EXCEEDS_MEMORY', args: { missed: expect.closeTo(0.5, 9) } },
    ]);
    expect(plan({ workingSet: { share: 0.3 }, memory: 64 * GiB }).findings).toEqual([]);
  });

  it('follows from the hit ratio that was measured, as the database grows', () => {
    // Four GiB of buffers held 80 % of what was asked for: of 10 GiB, half is read again and again.
    const { plan: planned, findings } = plan({}, { hitRatio: 0.8 });
    expect(planned).toMatchObject({ workingSet: 50 * GiB, basis: 'measured' });
    expect(findings).toEqual([]);
  });

  it('is assumed, and said to be, where everything lay in memory and will not', () => {
    const { plan: planned, findings } = plan({});
    expect(planned).toMatchObject({ workingSet: 10 * GiB, basis: 'declared' });
    expect(findings).toEqual([
      { code: 'ASSUMED_WORKING_SET', severity: 'warning', args: { share: 0.1, bytes: 10 * GiB } },
    ]);
    expect(plan({}, {}, 3 * GiB)).toMatchObject({
      plan: { workingSet: 3 * GiB, basis: 'measured' },
      findings: [],
    });
  });
});

describe('read replicas', () => {
  const plan = (used: number, share: number, over: object = {}) =>
    planReplicas(worlds, {
      ...{ used: worlds.certain(used), reads: worlds.certain(used * share) },
      ...{ classes: ['history'], basis: 'measured' as const, cores: 10, least: 0, confidence: 0.95 },
      ...over,
    });

  it('are as many as carry the reads beside the log that they replay', () => {
    expect(plan(8, 0.9)).toMatchObject({ plan: { count: 0 }, findings: [] });
    // Two cores of writes leave six of eight to each replica: 18 of reads take three.
    const { plan: planned, findings } = plan(20, 0.9);
    expect(planned).toMatchObject({ count: 3, readShare: expect.closeTo(0.9, 9) });
    expect(findings).toMatchObject([
      { code: 'READ_REPLICAS_NEEDED', args: { count: 3, classes: ['history'] } },
    ]);
    expect(plan(8, 0.9, { least: 2 }).plan.count).toBe(2);
  });

  it('are no remedy for writes', () => {
    const { plan: planned, findings } = plan(20, 0.5);
    expect(planned.count).toBe(0);
    expect(findings).toMatchObject([{ code: 'READ_REPLICAS_NO_REMEDY', severity: 'error' }]);
  });

  it('never become fewer with more reads', () => {
    fc.assert(
      fc.property(number(1, 60), number(0, 6), number(1, 2), (reads, writes, factor) => {
        const at = (reading: number) => plan(reading + writes, reading / (reading + writes)).plan.count;
        expect(at(reads * factor)).toBeGreaterThanOrEqual(at(reads));
        const count = at(reads);
        if (count > 0) expect(reads / count + writes).toBeLessThanOrEqual(8 * (1 + 1e-9));
      }),
      { seed: 45, numRuns: 60 },
    );
  });
});

describe('classes that only read', () => {
  const fitted = (resource: Resource, own: Record<string, number>, groups: number[][]): Fitted => ({
    ...{ resource, classes: Object.keys(own), seconds: 60 },
    fit: {
      demands: Object.values(own).map((value) => ({ value, low: value, high: value })),
      replicates: [[5, ...Object.values(own)]],
      background: { value: 5, low: 5, high: 5 },
      groups,
    } as unknown as Fitted['fit'],
  });

  it('are those without a log, all of a group whose costs are only known together', () => {
    const log = { quote: 0, trade: 900, history: 20, order: 300, position: 1 };
    const of = (groups: number[][]) => readersOf({ walBytes: fitted('walBytes', log, groups) });
    expect(of([[0], [1], [2], [3], [4]])).toEqual(['quote', 'history', 'position']);
    expect(of([[0], [1], [2, 3], [4]])).toEqual(['quote', 'position']);
    expect(readersOf({})).toEqual([]);
  });

  it('cost what they cost, and nothing of the background', () => {
    const cpu = fitted('databaseCpu', { trade: 0.002, history: 0.001 }, [[0], [1]]);
    const model = readCost(cpu, { trade: 0.4, history: 0.6 }, ['history']);
    expect(model).toMatchObject({ background: 0, replicates: [{ perRequest: 0.0006, background: 0 }] });
    expect(model.perRequest).toBeCloseTo(0.0006, 12);
  });
});

describe('a plan of the database alone', () => {
  const request = {
    ...{
      tradesPerDay: { low: 4e6, mid: 5e6, high: 9e6 },
      tradeBytes: 2048,
      storageBytes: 100 * GiB,
      worlds: 100,
    },
    capacityBytes: 5000 * GiB,
  };

  it('has its figures in every world, its volume and what that costs', () => {
    const plan = planCapacity([], { ...request, database: { volume: 'gp2', readReplicas: 2 } });
    const { storage, iops, cost, readReplicas } = plan;
    expect(storage?.spread.p5).toBeLessThan(storage?.spread.p95 ?? 0);
    expect(storage?.daysUntilFull).toBeLessThan(storage?.daysUntilFullSpread?.p50 ?? 0);
    expect(iops?.spread.p5).toBeLessThan(iops?.spread.p50 ?? 0);
    expect(iops?.volume).toMatchObject({ name: 'gp2', bytes: storage?.recommended });
    expect(readReplicas).toMatchObject({ count: 2, basis: 'declared' });
    const price = Math.ceil((storage?.recommended ?? 0) / GiB) * 0.1;
    expect(iops?.volume?.perMonth).toBeCloseTo(price, 6);
    expect(cost?.perMonth.recommended).toBeCloseTo(3 * price, 6);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it('names the kind that would carry what the one that is allowed does not', () => {
    const { findings } = planCapacity([], {
      ...request,
      tradesPerDay: 2e8,
      tradeBytes: 20,
      database: { volume: 'gp2' },
    });
    expect(findings.find(({ code }) => code === 'NO_VOLUME_FITS')?.args).toMatchObject({
      ...{ volume: 'gp2', limit: 'iops', most: 16_000 },
      instead: 'gp3',
    });
  });

  it('takes prices of its own, and refuses a volume that they do not have', () => {
    const prices = mergePrices(
      builtInPrices,
      { asOf: '2026-11-01', volumes: { gp3: { perGiBMonth: 1 } } },
      'p.yaml',
    );
    // Now that gp3 is dear, gp2 is the cheapest that is large enough.
    expect(planCapacity([], { ...request, prices }).iops?.volume?.name).toBe('gp2');
    expect(planCapacity([], request).iops?.volume?.name).toBe('gp3');
    expect(() => planCapacity([], { ...request, database: { cloud: 'nowhere' } })).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
  });
});

describe('settings of PostgreSQL', () => {
  const wal = { by: 'size' } as WalPlan;

  it('let the clock begin checkpoints, and bound what a slot keeps', () => {
    const log = logSettings({ facts, wal, logRate: 10e6, replicas: 1 });
    // 300 s and nine tenths of the next at 10 MB/s are 5.3 GiB; an hour is 33.5.
    expect(log).toEqual({
      ...{ maxWalSize: 6 * GiB, checkpointTimeout: 300, checkpointCompletionTarget: 0.9 },
      maxSlotWalKeepSize: 34 * GiB,
    });
    expect(logBytes(log, facts)).toBe(40 * GiB);
    expect(logBytes({}, null)).toBe(GiB);
    expect(logSettings({ facts, wal: { ...wal, by: 'time' }, logRate: 10e6, replicas: 0 }).maxWalSize).toBe(
      GiB,
    );
    expect(logSettings({ facts, wal, logRate: null, replicas: 1 })).toEqual({});
  });

  it('are told apart where the runs had too little', () => {
    const log = logSettings({ facts, wal, logRate: 10e6, replicas: 0 });
    const { settings, findings } = postgresSettings(log, facts, { connections: null, memory: null });
    expect(settings).toEqual(log);
    expect(findings).toEqual([
      {
        code: 'POSTGRES_SETTING',
        severity: 'info',
        args: { setting: 'max_wal_size', from: GiB, to: 6 * GiB },
      },
    ]);
    expect(postgresSettings({}, null, { connections: null, memory: null }).settings).toBeNull();
  });
});
