import { expect, it } from 'vitest';
import type { Plan } from '../../src/planners/types.ts';
import { tiers } from '../../src/report/resource-rows.ts';
import { declaredPlan, measuredPlan } from './plans.ts';

const GiB = 2 ** 30;

const rowsOf = (plan: Plan, tier: string) =>
  (tiers(plan).find(({ name }) => name === tier)?.rows ?? []).map(
    ({ resource, demand, atPeak, recommended }) =>
      [resource, atPeak === '' ? demand.join() : atPeak, recommended].join(' | '),
  );

const plan: Plan = {
  ...measuredPlan,
  database: measuredPlan.database && {
    ...measuredPlan.database,
    required: 90,
    recommended: 112,
    machine: 64,
  },
  databaseMemory: {
    ...{ workingSet: 30 * GiB, sharedBuffers: 10 * GiB, backends: 1e9, recommended: 41 * GiB },
    ...{ spread: { p5: 20 * GiB, p50: 30 * GiB, p95: 41 * GiB }, basis: 'declared' },
  },
  readReplicas: {
    ...{ count: 2, spread: { p5: 1, p50: 2, p95: 2 }, readShare: 0.6 },
    ...{ classes: ['history'], basis: 'measured' },
  },
  connections: measuredPlan.connections && {
    ...measuredPlan.connections,
    pooler: {
      ...{ name: 'pgbouncer', poolMode: 'transaction', defaultPoolSize: 33 },
      ...{ maxClientConn: 180, acquireWait: 0.002 },
    },
  },
  storage: measuredPlan.storage && { ...measuredPlan.storage, retentionMonths: 24, replicas: 2 },
  cost: {
    ...{ currency: 'EUR', region: 'eu-west-1', asOf: '2026-11-01', perReplica: 15.97 },
    perMonth: { p5: 400, p50: 420, p95: 440, recommended: 455.5 },
    lines: [
      { what: 'service', quantity: 6205, unit: 'core-hours', price: 0.04, perMonth: 248.2 },
      { what: 'gp3 volume', quantity: 3, unit: 'volumes', price: 12, perMonth: 36 },
    ],
    missing: ['backups (backup.perGiBMonth)'],
    regions: [
      { region: 'us-east-1', perMonth: 400 },
      { region: 'mars', perMonth: null },
    ],
  },
};

it('tells of the database its memory, replicas, pooler and what is kept', () => {
  const rows = rowsOf(plan, 'Database');
  expect(rows).toContain(
    'Database CPU | 1.32 cores (1.22–1.43) | 64 cores, and on 2 read replicas each (tested on 2)',
  );
  expect(rows).toContain(
    'Database memory | 30 GiB read again and again, 954 MiB of sessions | 41 GiB, shared_buffers 10 GiB',
  );
  expect(rows).toContainEqual(expect.stringContaining('max_connections 100, pools of 4, PgBouncer with 33'));
  expect(rows).toContain('Stored data | 7.4 GiB a month | 132 GiB, 24 months kept, on 3 machines each');
  expect(rowsOf(measuredPlan, 'Database').join()).not.toMatch(/memory|PgBouncer|machines|months/);
});

it('tells the cost line by line, what a replica more makes, and other regions', () => {
  expect(rowsOf(plan, 'Cost of a month')).toEqual([
    'service | 6,205 core-hours | 248 EUR at 0.04',
    'gp3 volume | 3 volumes | 36 EUR at 12',
    'in all | in eu-west-1, prices of 2026-11-01 | 456 EUR and what has no price, 400 to 440 without spare replicas',
    'a replica | one more or less | 16 EUR more or less',
    'us-east-1 |  | 400 EUR',
  ]);
  expect(rowsOf(declaredPlan, 'Cost of a month')).toEqual([]);
});
