import { describe, expect, it } from 'vitest';
import { imagesAfter, imagesPerTransaction } from '../../src/models/full-page.ts';
import { COARSE_BITS, Histogram } from '../../src/models/histogram.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import type { Run } from '../../src/run.ts';

/** Own bytes of a trade; a cancelled one is a third of it, in bytes and in pages. */
const own = { trade: 900 };
const hot = { pages: 1600, touches: 2 };
const IMAGE = 7000;

type Story = {
  seconds?: number;
  /** Trades since the checkpoint before the run, and seconds at which further checkpoints begin. */
  before?: number;
  checkpoints?: number[];
  /** What the database's statistics are read without. */
  without?: string[];
  settings?: Record<string, number>;
};

/** A run whose log follows the law of hot pages exactly, in a mix that shifts. */
function logOf({ seconds = 60, before = 0, checkpoints = [], without = [], settings = {} }: Story): Run {
  const counts = Array.from({ length: seconds }, (_, t) => ({
    trade: 40 + 25 * (Math.floor(t / 6) % 3),
    cancel: 10 + 30 * (Math.floor(t / 4) % 2),
  }));
  let since = before;
  let [bytes, images] = [5e6, 40];
  let sinceBytes = own.trade * before + IMAGE * imagesAfter(before, hot);
  const samples = Array.from({ length: seconds + 1 }, (_, t) => {
    const { trade = 0, cancel = 0 } = counts[t - 1] ?? {};
    // A checkpoint begins in the middle of the second before the reading that shows it.
    for (const half of [1, 2]) {
      if (half === 2 && checkpoints.includes(t)) [since, sinceBytes] = [0, 0];
      const transactions = (trade + cancel / 3) / 2;
      const added = imagesAfter(since + transactions, hot) - imagesAfter(since, hot);
      const written = own.trade * transactions + IMAGE * added;
      since += transactions;
      [bytes, images, sinceBytes] = [bytes + written, images + added, sinceBytes + written];
    }
    const values = {
      wal_bytes: bytes,
      wal_fpi: images,
      wal_bytes_since_checkpoint: sinceBytes,
      checkpoints: 3 + checkpoints.filter((at) => at <= t).length,
      ...settings,
    };
    const read = Object.entries(values).filter(([name]) => !without.includes(name));
    return { t, source: 'postgres', values: Object.fromEntries(read) };
  });
  const generator = { cpu: 0, loopLag: 0, scheduleLag: 0, dropped: 0, iterations: 0, vus: 1, inFlight: 0 };
  const classRow = (count: number) => {
    const latency = new Histogram(COARSE_BITS);
    latency.record(0.01);
    return { count, failures: 0, latency: latency.toJSON() };
  };
  return {
    header: {
      schema: 'fxscale.run/1',
      id: 'log',
      startedAt: '2026-01-05T12:00:00.000Z',
      version: '0.1.0',
      script: 'log.ts@000000000000',
      openLoop: true,
      machine: { cpus: 4, memory: 2 ** 33, platform: 'linux/x64', node: 'v20.20.2' },
      service: {},
      sources: [],
    },
    rows: counts.map(({ trade, cancel }, i) => ({
      ...{ t: i + 1, seconds: 1, generator },
      classes: { trade: classRow(trade), cancel: classRow(cancel) },
    })),
    samples,
    notes: [],
    end: { t: seconds, exitCode: 0, thresholds: [] },
  };
}

const blind = ['wal_bytes_since_checkpoint'];
const near = (actual: number | undefined, expected: number, share: number) =>
  expect(Math.abs((actual ?? Number.NaN) / expected - 1)).toBeLessThan(share);
const planOf = (story: Story, peak = 100, mix: Record<string, number> = { trade: 1 }) =>
  planCapacity([logOf(story)], { peak, mix });
const codes = (story: Story) =>
  planOf(story).findings.flatMap(({ code }) => (code.startsWith('CHECKPOINT') ? [code] : []));

describe('the log of a request', () => {
  it.each<[string, Story]>([
    ['a run in which a checkpoint began', { checkpoints: [3], before: 5000, without: blind }],
    ['a run over a whole cycle', { checkpoints: [2, 50], before: 5000, without: blind }],
    ['a run from some time after a checkpoint on, of which the log since is known', { before: 300 }],
  ])('is its own bytes and the images of a whole cycle, from %s', (_, story) => {
    const { wal, demand } = planOf(story);
    near(wal?.steadyBytesPerRequest, own.trade, 0.02);
    near(wal?.imageBytes, IMAGE, 0.02);
    near(wal?.hotPages, hot.pages, 0.03);
    // A cycle of five minutes at a hundred trades a second.
    near(wal?.imagesPerRequest, imagesPerTransaction(30_000, hot), 0.05);
    near(demand.trade?.walBytes?.value, own.trade + IMAGE * imagesPerTransaction(30_000, hot), 0.03);
    near(demand.cancel?.walBytes?.value, (demand.trade?.walBytes?.value ?? 0) / 3, 0.05);
  });

  it('is dearer at a lower rate, whose requests share as many images among fewer', () => {
    const story = { checkpoints: [3], without: blind };
    const [slow, fast] = [10, 1000].map((peak) => planOf(story, peak).wal);
    near(slow?.imagesPerRequest, imagesPerTransaction(3000, hot), 0.05);
    near(fast?.imagesPerRequest, imagesPerTransaction(300_000, hot), 0.05);
    expect(slow?.by).toBe('time');
  });

  it('is told for the cycle that the size of the log allows, where it is full before the time is up', () => {
    const settings = {
      max_wal_size_bytes: 19e6,
      checkpoint_completion_target: 0.9,
      checkpoint_timeout_seconds: 600,
    };
    const { wal } = planOf({ checkpoints: [3], without: blind, settings });
    expect(wal?.by).toBe('size');
    const transactions = (wal?.checkpointInterval ?? 0) * 100;
    near(own.trade * transactions + IMAGE * imagesAfter(transactions, hot), 10e6, 0.02);
    expect(
      planOf({ checkpoints: [3], without: blind, settings: { ...settings, max_wal_size_bytes: 1e12 } }).wal,
    ).toMatchObject({ by: 'time', checkpointInterval: 600 });
  });

  it('is without images where no run tells how many a cycle has', () => {
    const { wal, demand } = planOf({ before: 8000, without: blind });
    expect(wal).toBeNull();
    near(demand.trade?.walBytes?.value, own.trade, 0.05);
  });

  it('is told by the second where a run is too short for windows in which images are counted well', () => {
    const { wal, findings, fits } = planOf({ seconds: 12, checkpoints: [3], without: blind });
    expect(wal).toBeNull();
    expect(fits.walBytes?.intervals).toBe(12);
    expect(findings.find(({ code }) => code === 'CHECKPOINT_CYCLE_NOT_COVERED')?.args).toMatchObject({
      counted: false,
    });
  });

  it('is that of whole cycles where nobody counted images', () => {
    const story = { checkpoints: [4, 30, 56], before: 9000, without: [...blind, 'wal_fpi'] };
    const run = logOf(story);
    const at = (t: number) => run.samples.find((sample) => sample.t === t)?.values.wal_bytes ?? 0;
    const plan = planCapacity([run], { peak: 100 });
    const mean = plan.atPeak.walBytes?.value ?? 0;
    const requests = run.rows.slice(3, 55).flatMap(({ classes }) => Object.values(classes));
    near(mean / 100, (at(55) - at(3)) / requests.reduce((sum, { count }) => sum + count, 0), 0.1);
    expect(plan.wal).toBeNull();
  });
});

describe('a run that covers no whole checkpoint cycle', () => {
  it.each<[string, Story, string[]]>([
    ['says so where images do not help', { before: 8000, without: blind }, ['CHECKPOINT_CYCLE_NOT_COVERED']],
    [
      'says so where no images were counted',
      { checkpoints: [9], without: ['wal_fpi'] },
      ['CHECKPOINT_CYCLE_NOT_COVERED'],
    ],
    [
      'says it of the disk only where they do',
      { checkpoints: [3], without: blind },
      ['CHECKPOINT_WRITES_NOT_COVERED'],
    ],
    ['has nothing to say when it does cover one', { checkpoints: [2, 50], without: blind }, []],
    ['has nothing to say when nobody read checkpoints', { without: [...blind, 'checkpoints'] }, []],
  ])('%s', (_, story, expected) => {
    expect(codes(story)).toEqual(expected);
  });
});
