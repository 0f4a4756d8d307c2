import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../src/collect/postgres.ts';
import { COARSE_BITS, Histogram } from '../../src/models/histogram.ts';
import { type Fitted, fitRuns } from '../../src/planners/fits.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import type { Run, RunRow, Sample } from '../../src/run.ts';
import { useDatabase } from './database.ts';

const accounts = 1000;
const database = useDatabase(accounts);

const batches = 24;
const batch = 25;
/** Seconds that a batch stands for in the run: the clock of the test is not that of the machine. */
const seconds = 2;

const place = `SELECT outcome FROM place_trade($1, 'EURUSD', $2, 0.01, 1.1, 1.1, 1, NULL, '{}')`;
let client: pg.Client;
let placed = 0;

/** One trade each by accounts far from each other, as if at random, and the same ones in every repetition. */
async function placeTrades(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const index = (placed * 389) % accounts;
    const user = `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
    const { rows } = await client.query(place, [user, placed % 2 === 0 ? 'buy' : 'sell']);
    expect(rows[0]?.outcome).toBe('placed');
    placed++;
  }
  // Statistics otherwise come up to a second later.
  await client.query('SELECT pg_stat_force_next_flush()');
}

/** What the real collector reads between batches of trades; with `begin` after the first reading. */
async function record(id: string, begin?: () => Promise<unknown>): Promise<Run> {
  const collector = openPostgres(database.url);
  const rows: RunRow[] = [];
  const samples: Sample[] = [];
  const sample = async (t: number) => samples.push({ t, source: 'postgres', ...(await collector.sample()) });
  try {
    await sample(0);
    await begin?.();
    for (let t = seconds; t <= batches * seconds; t += seconds) {
      // The first interval shows the checkpoint, and is without trades in it.
      const count = t === seconds ? 0 : batch;
      await placeTrades(count);
      await sample(t);
      rows.push(rowAt(t, count));
    }
  } finally {
    await collector.close();
  }
  return {
    header: {
      schema: 'fxscale.run/1',
      id,
      startedAt: '2026-01-05T12:00:00.000Z',
      version: '0.1.0',
      script: 'wal.ts@000000000000',
      openLoop: true,
      machine: { cpus: 2, memory: 8 * 2 ** 30, platform: 'linux/x64', node: 'v20.20.2' },
      service: {},
      sources: [],
    },
    rows,
    samples,
    notes: [],
    end: { t: batches * seconds, exitCode: 0, thresholds: [] },
  };
}

function rowAt(t: number, count: number): RunRow {
  const latency = new Histogram(COARSE_BITS);
  for (let i = 0; i < count; i++) latency.record(0.01);
  const generator = { cpu: 0, loopLag: 0, scheduleLag: 0, dropped: 0, iterations: 0, vus: 1, inFlight: 0 };
  return { t, seconds, classes: { trade: { count, failures: 0, latency: latency.toJSON() } }, generator };
}

const rise = ({ samples }: Run, name: string) =>
  (samples.at(-1)?.values[name] ?? Number.NaN) - (samples[0]?.values[name] ?? Number.NaN);
const trades = (run: Run) => run.rows.reduce((sum, row) => sum + (row.classes.trade?.count ?? 0), 0);

describe('WAL bytes of a trade, from a run just after a checkpoint and from one long after it', () => {
  let early: Run;
  let late: Run;
  const fitOf = (run: Run): Fitted => {
    const { walBytes } = fitRuns([run], 1).fits;
    if (walBytes === undefined) throw new Error('the log was not fitted');
    return walBytes;
  };

  beforeAll(async () => {
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await placeTrades(200);
    early = await record('early', () => client.query('CHECKPOINT'));
    await placeTrades(600);
    late = await record('late');
  });
  afterAll(() => client?.end());

  it('agree within 15 %, although the readings differ more than one and a half times', () => {
    const raw = [early, late].map((run) => rise(run, 'wal_bytes') / trades(run));
    expect((raw[0] ?? 0) / (raw[1] ?? 1)).toBeGreaterThan(1.5);
    const [first = 0, second = 1] = [early, late].map((run) => fitOf(run).fit.demands[0]?.value ?? 0);
    expect(Math.abs(first / second - 1)).toBeLessThan(0.15);
    // What the log of a late run holds beside the trades' own bytes is a few images.
    expect(Math.abs(second / (raw[1] ?? 1) - 1)).toBeLessThan(0.25);
  });

  it('say how many pages are hot, which tells the images of the whole cycle', () => {
    const { images } = fitOf(early);
    expect(images?.bytes).toBeGreaterThan(3000);
    expect(images?.bytes).toBeLessThan(8400);
    const plan = planCapacity([early], { peak: 100 });
    const { wal } = plan;
    expect(wal).toMatchObject({ rate: 100, checkpointInterval: 300, by: 'time' });
    const all = rise(early, 'wal_fpi') / trades(early);
    // 30,000 trades share the images of a cycle, not 575.
    expect(wal?.imagesPerRequest).toBeLessThan(all / 5);
    expect(wal?.bytesPerRequest).toBeGreaterThan(wal?.steadyBytesPerRequest ?? 0);
    expect(plan.demand.trade?.walBytes?.value).toBeCloseTo(wal?.bytesPerRequest ?? 0, 6);
    expect(plan.findings.map(({ code }) => code)).not.toContain('CHECKPOINT_CYCLE_NOT_COVERED');
  });

  it('are told without images where nothing tells how many a cycle has, and the plan says so', () => {
    const plan = planCapacity([late], { peak: 100 });
    expect(plan.wal).toBeNull();
    const finding = plan.findings.find(({ code }) => code === 'CHECKPOINT_CYCLE_NOT_COVERED');
    expect(finding?.args).toMatchObject({ run: 'late', checkpoints: 0, counted: true });
  });
});
