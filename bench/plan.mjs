// How long does a plan take, and how much memory? Plans for a synthetic run of five classes, of two replicas with a CPU
// limit, in 10,000 worlds with an SLO, and splits the time of the last of several in one process into reading the file,
// fitting what requests cost, fitting latency, and the plan as a whole; then the command itself, from start to end.
// Usage: npm run bench:plan [-- --seconds 60 --worlds 10000 --repeats 5]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { fitRuns, warmed } from '../dist/src/planners/fits.js';
import { fitLatency } from '../dist/src/planners/latency-fit.js';
import { planCapacity } from '../dist/src/planners/plan.js';
import { readRun } from '../dist/src/store.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    worlds: { type: 'string', default: '10000' },
    repeats: { type: 'string', default: '5' },
  },
});
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'fxscale-bench-'));
const P99 = 0.99;

/** Rates per second and shares of the classes in turn, so that each can be told from the others. */
const rates = [120, 200, 280, 160, 340, 240, 380, 300];
const classes = ['quote', 'trade', 'history', 'positions', 'orders'];

try {
  const file = join(folder, 'run.ndjson');
  writeFileSync(file, await syntheticLines());
  const request = {
    peak: 20_000,
    worlds: Number(values.worlds),
    slos: [{ quantile: P99, seconds: 0.25 }],
    events: [{ name: 'nfp', multiplier: 3, rise: 60, decay: 1800 }],
  };
  for (let i = 1; i <= Number(values.repeats); i++) {
    const [run, reading] = await timed(() => readRun(file));
    const [{ fits }, demand] = await timed(() => fitRuns([run], 1));
    const [, latency] = await timed(() => fitLatency([warmed(run)], fits, { seed: 1, quantiles: [P99] }));
    const [, all] = await timed(() => planCapacity([run], request));
    const parts = { read: reading, 'fit demand': demand, 'fit latency': latency, 'plan with both': all };
    const shown = Object.entries(parts).map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`);
    process.stdout.write(`${i}: ${shown.join(', ')}\n`);
  }
  command(file, 'without trying autoscalers', ['--no-simulate']);
  command(file, 'as it is', []);
} finally {
  rmSync(folder, { recursive: true });
}

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return [result, performance.now() - start];
}

/** The whole command: a second process tells its own time and the most memory it held. */
function command(file, name, more) {
  const script = `process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    process.stderr.write([performance.now(), (userCPUTime + systemCPUTime) / 1000, maxRSS].join(' '));
  });`;
  const telling = `data:text/javascript,${encodeURIComponent(script)}`;
  const { stderr, status } = spawnSync(
    process.execPath,
    [
      ...['--import', telling, join(root, 'bin', 'fxscale'), 'plan', file, '--json', '--peak', '20000/s'],
      ...['--slo', 'p99=250ms', '--event', 'nfp:3:60s:30m', '--worlds', values.worlds, ...more],
    ],
    { encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  if (status !== 0) throw new Error(stderr);
  const [ms, cpu, kibibytes] = stderr.split(' ').map(Number);
  process.stdout.write(
    `fxscale plan, ${name}: ${ms.toFixed(0)} ms from start to end, ${cpu.toFixed(0)} ms of CPU, ${(kibibytes / 1024).toFixed(0)} MiB at most\n`,
  );
}

/** Made by the code that the tests make runs with. */
async function syntheticLines() {
  const bundle = join(folder, 'synthetic.mjs');
  await build({
    entryPoints: [join(root, 'test', 'planners', 'synthetic.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: bundle,
    logLevel: 'error',
  });
  const { linesOf, syntheticRun, truth } = await import(bundle);
  truth.orders = { ...truth.trade, cpu: 0.0015, latency: 0.003 };
  const seconds = Math.max(1, Math.floor(Number(values.seconds) / rates.length));
  const steps = rates.map((rate, i) => {
    const weights = classes.map((_, k) => 1 + ((k * 3 + i * 2) % 5));
    const total = weights.reduce((sum, each) => sum + each, 0);
    return { seconds, rate, mix: Object.fromEntries(classes.map((name, k) => [name, weights[k] / total])) };
  });
  return linesOf(syntheticRun({ steps, replicas: 2, cpuLimit: 0.5 })).join('');
}
