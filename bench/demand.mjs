// Is the fitted service demand true? Runs the platform with a known CPU time burnt per request of each class, fits the
// demand from a mixed load, and compares. What the platform itself costs per request is measured first, without the
// burning and at the same rate, and added to the known time. Usage: npm run bench:demand [-- --runs 10 --seconds 60]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measure } from '../dist/src/measure.js';
import { planCapacity } from '../dist/src/planners/plan.js';
import { startPlatform } from '../dist/src/platform.js';
import { readRun } from '../dist/src/store.js';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '10' }, seconds: { type: 'string', default: '60' } },
});
const burnt = { quote: 0.008, trade: 0.024, history: 0.018, positions: 0.012 };
/** Requests per second: about two thirds of a core at the highest step. */
const PEAK = 50;
const folder = mkdtempSync(join(tmpdir(), 'fxscale-bench-'));

/** The fitted CPU demand per class, in seconds, of one run against a platform started with `testBurn`. */
async function demandWith(testBurn, peak) {
  const platform = await startPlatform({ replicas: 1, ...(testBurn ? { testBurn } : {}) });
  const save = join(folder, 'run.ndjson');
  try {
    const { ended } = await measure({
      script: join(import.meta.dirname, '..', 'scenarios', 'trading.ts'),
      layers: {},
      env: { BASE_URL: platform.url, DURATION: values.seconds, PEAK: String(peak) },
      collect: platform.replicas.map(({ metrics }, i) => ({ url: metrics, source: `platform/${i}` })),
      save,
      replace: true,
      service: { replicas: 1 },
      noThresholds: true,
      allowedHosts: new Set(),
      signal: new AbortController().signal,
      log: (level, message) => process.stderr.write(`${level}: ${message}\n`),
      progress: () => undefined,
    });
    if (ended.error) throw ended.error;
  } finally {
    await platform.stop();
  }
  const { demand } = planCapacity([await readRun(save)], { peak });
  return Object.fromEntries(Object.keys(burnt).map((name) => [name, demand[name].platformCpu]));
}

const ms = (seconds) => `${(seconds * 1000).toFixed(2)} ms`;

try {
  const own = await demandWith(undefined, PEAK);
  const known = Object.fromEntries(
    Object.entries(burnt).map(([name, time]) => [name, time + own[name].value]),
  );
  for (const name of Object.keys(burnt))
    process.stdout.write(`${name}: ${ms(burnt[name])} burnt + ${ms(own[name].value)} of its own\n`);
  const burn = Object.entries(burnt)
    .map(([name, time]) => `${name}=${time * 1000}ms`)
    .join(',');
  const tally = Object.fromEntries(Object.keys(burnt).map((name) => [name, { worst: 0, inside: 0 }]));
  for (let run = 1; run <= Number(values.runs); run++) {
    const fitted = await demandWith(burn, PEAK);
    const line = Object.entries(fitted).map(([name, { value, low, high }]) => {
      const off = value / known[name] - 1;
      const inside = low <= known[name] && known[name] <= high;
      tally[name].worst = Math.max(tally[name].worst, Math.abs(off));
      if (inside) tally[name].inside++;
      return `${name} ${ms(value)} (${ms(low)} to ${ms(high)}) ${(off * 100).toFixed(1)}%${inside ? '' : ' OUTSIDE'}`;
    });
    process.stdout.write(`run ${run}: ${line.join('; ')}\n`);
  }
  for (const [name, { worst, inside }] of Object.entries(tally)) {
    process.stdout.write(
      `${name}: worst ${(worst * 100).toFixed(1)}% off, interval held the known time in ${inside} of ${values.runs} runs\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
