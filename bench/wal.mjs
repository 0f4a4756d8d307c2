// Do WAL bytes per trade depend on when they were measured? Runs one load of trades against one platform twice: with a
// checkpoint a few seconds after the start, and again long after it. Prints what the readings say and what is fitted:
// the bytes of a trade itself must agree. Usage: npm run bench:wal [-- --seconds 40]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { measure } from '../dist/src/measure.js';
import { walAt } from '../dist/src/planners/database/wal.js';
import { fitRuns } from '../dist/src/planners/fits.js';
import { startPlatform } from '../dist/src/platform.js';
import { readRun } from '../dist/src/store.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '40' } } });
const folder = mkdtempSync(join(tmpdir(), 'fxscale-bench-'));
const platform = await startPlatform({ replicas: 1 });

/** A run; `checkpoint` seconds after its start the database is told to make one. */
async function run(name, checkpoint) {
  const save = join(folder, `${name}.ndjson`);
  const client = new pg.Client({ connectionString: platform.database });
  await client.connect();
  let begun = checkpoint === undefined ? Promise.resolve() : undefined;
  const { ended } = await measure({
    script: join(import.meta.dirname, 'wal-load.ts'),
    layers: {},
    env: { BASE_URL: platform.url, DURATION: values.seconds },
    collect: [{ url: platform.database, source: 'postgres' }],
    save,
    replace: true,
    service: { replicas: 1 },
    noThresholds: true,
    allowedHosts: new Set(),
    workers: 1,
    strict: false,
    secretSources: [],
    outputs: [],
    signal: new AbortController().signal,
    log: (level, message) => process.stderr.write(`${level}: ${message}\n`),
    progress: ({ seconds }) => {
      if (begun === undefined && seconds >= checkpoint) begun = client.query('CHECKPOINT');
    },
  });
  await begun;
  await client.end();
  if (ended.error) throw ended.error;
  return readRun(save);
}

function figures(measured, from) {
  const samples = measured.samples.filter(({ t, values: read }) => t >= from && read.wal_bytes !== undefined);
  const rise = (name) => samples.at(-1).values[name] - samples[0].values[name];
  const rows = measured.rows.filter(({ t }) => t > samples[0].t && t <= samples.at(-1).t + 0.5);
  const trades = rows.reduce((sum, { classes }) => sum + (classes.trade?.count ?? 0), 0);
  const fitted = fitRuns([measured], 1).fits.walBytes;
  const { value, low, high } = fitted.fit.demands[fitted.classes.indexOf('trade')];
  const at = (rate) => walAt(fitted, rate, { trade: 1 }).wal;
  return {
    trades,
    'raw bytes a trade': Math.round(rise('wal_bytes') / trades),
    'raw images a trade': (rise('wal_fpi') / trades).toFixed(3),
    'fitted bytes': `${value.toFixed(0)} (${low.toFixed(0)} to ${high.toFixed(0)})`,
    'bytes of an image': Math.round(fitted.images.bytes),
    'hot pages': fitted.images.hot === null ? 'not told' : Math.round(fitted.images.hot.pages),
    'cycle at 10/s': at(10) === null ? 'not told' : Math.round(at(10).bytesPerRequest),
    'cycle at 1,000/s': at(1000) === null ? 'not told' : Math.round(at(1000).bytesPerRequest),
    value,
  };
}

try {
  const checkpoint = 3;
  const rows = {
    'after a checkpoint': figures(await run('early', checkpoint), checkpoint),
    'long after it': figures(await run('late'), 0),
  };
  const [early, late] = Object.values(rows);
  for (const name of Object.keys(early).filter((each) => each !== 'value')) {
    process.stdout.write(
      `${name.padEnd(20)} ${Object.values(rows)
        .map((row) => String(row[name]).padStart(22))
        .join('')}\n`,
    );
  }
  const raw = early['raw bytes a trade'] / late['raw bytes a trade'];
  process.stdout.write(
    `readings differ ${raw.toFixed(2)} times, fitted bytes by ${((early.value / late.value - 1) * 100).toFixed(1)}%\n`,
  );
} finally {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
}
