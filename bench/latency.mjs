// Does the latency model foretell? Fits the latency of one replica on loads of 15 to 60 % of its capacity, then loads it
// at 50, 70 and 85 % and compares the 99th percentile with what the chosen model, and every other, had foretold: without
// a CPU limit, and under limits of 500m and 250m, where the share of the CPU periods in which the kernel stopped the
// replica is compared too. Arrivals are Poisson and open-loop; each request burns a known CPU time.
// Usage: npm run bench:latency [-- --seconds 20 --limits none,500m,250m]
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measure } from '../dist/src/measure.js';
import { Histogram, parseHistogram } from '../dist/src/models/histogram.js';
import { predictLatency } from '../dist/src/models/latency/choose.js';
import { latencyOf } from '../dist/src/models/latency/shapes.js';
import { quantile } from '../dist/src/models/quantile.js';
import { Random } from '../dist/src/models/random.js';
import { quotaOf } from '../dist/src/models/throttling/quota.js';
import { simulateThrottled } from '../dist/src/models/throttling/simulation.js';
import { fitRuns } from '../dist/src/planners/fits.js';
import { fitLatency } from '../dist/src/planners/latency-fit.js';
import { startPlatform } from '../dist/src/platform.js';
import { readRun } from '../dist/src/store.js';
import { parseCores } from '../dist/src/units.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    limits: { type: 'string', default: 'none,500m,250m' },
  },
});
/** Of the longest check; the others take less, because their queues are shorter and steadier. */
const seconds = Number(values.seconds);
const P99 = 0.99;
const CLASS = 'quote';
/** Of the platform itself, CPU seconds for such a request, and cores without any: only to choose the rates to fit. */
const OWN = 0.0001;
const IDLE = 0.04;
/** Seconds of the spans that the planner judges together: a level of the load to fit takes one or more of them. */
const SPAN = 5;
/**
 * Shorter requests the tighter the limit, so that there are enough of them to tell a percentile. An idle replica takes
 * a sixth of 250m already, and that many requests only come in twice the time.
 */
const settings = {
  none: { burn: 0.004, level: SPAN, fitted: [0.15, 0.22, 0.28, 0.35, 0.41, 0.48, 0.54, 0.59] },
  limited: { burn: 0.002, level: SPAN, fitted: [0.22, 0.28, 0.35, 0.41, 0.48, 0.54, 0.59] },
  tight: { burn: 0.001, level: 2 * SPAN, fitted: [0.28, 0.35, 0.41, 0.48, 0.54, 0.59] },
};
const checked = [
  [0.5, seconds / 2],
  [0.7, seconds * 0.7],
  [0.85, seconds],
];
/** Seconds in which connections are made and the queue finds its length. */
const SETTLE = 2;

const folder = mkdtempSync(join(tmpdir(), 'fxscale-bench-'));
const script = join(folder, 'open.js');
writeFileSync(
  script,
  `import http from 'k6/http';
   const steps = JSON.parse(__ENV.STEPS);
   export const options = {
     scenarios: { open: {
       executor: 'ramping-arrival-rate', startRate: steps[0][0], preAllocatedVUs: 300, maxVUs: 600,
       stages: steps.flatMap(([target, s]) => [{ target, duration: '0s' }, { target, duration: Math.round(s * 1000) + 'ms' }]),
     } },
     ext: { fxscale: { arrivals: { open: { process: 'poisson', seed: Number(__ENV.SEED) } } } },
   };
   export default function () {
     http.get(__ENV.BASE_URL + '/api/prices/EURUSD', { tags: { name: '${CLASS}' } });
   }`,
);

async function load(platform, cpuLimit, steps, seed) {
  const save = join(folder, 'run.ndjson');
  const { ended } = await measure({
    script,
    layers: {},
    env: { BASE_URL: platform.url, STEPS: JSON.stringify(steps), SEED: String(seed) },
    collect: platform.replicas.map(({ metrics }, i) => ({ url: metrics, source: `platform/${i}` })),
    save,
    replace: true,
    service: { replicas: 1, ...(cpuLimit && { cpuLimit }) },
    noThresholds: true,
    allowedHosts: new Set(),
    workers: 1,
    strict: false,
    outputs: [],
    secretSources: [],
    signal: new AbortController().signal,
    log: (level, message) => process.stderr.write(`${level}: ${message}\n`),
    progress: () => undefined,
  });
  if (ended.error) throw ended.error;
  return readRun(save);
}

/** Periods, and those throttled, of the replica's CPU group so far; undefined without one that can be read. */
function throttling(pid) {
  const [, group] =
    /^\d*:(?:cpu(?:,cpuacct)?|):(\/.*fxscale-.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? [];
  for (const mount of group ? ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup'] : []) {
    try {
      const stat = readFileSync(join(mount, group, 'cpu.stat'), 'utf8');
      const read = (name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1]);
      return { periods: read('nr_periods'), throttled: read('nr_throttled') };
    } catch {
      // Mounted elsewhere.
    }
  }
  return undefined;
}

/** Cores that the replica used on average in `rows`, by its own counter. */
function coresUsed({ samples }, rows) {
  const readings = samples.filter(
    ({ t, values }) => t > SETTLE && values.process_cpu_seconds_total !== undefined,
  );
  const [first, last] = [readings[0], readings.findLast(({ t }) => t <= rows.at(-1).t + 1)];
  return (
    (last.values.process_cpu_seconds_total - first.values.process_cpu_seconds_total) / (last.t - first.t)
  );
}

/** Milliseconds in which the machine's cores were busy so far, with whatever. */
function busyTime() {
  return cpus().reduce((sum, { times }) => sum + times.user + times.sys + times.nice + times.irq, 0);
}

function latencies(rows) {
  const all = new Histogram(7);
  for (const row of rows) if (row.classes[CLASS]) all.merge(parseHistogram(row.classes[CLASS].latency));
  return all;
}

/** The standard error of the 99th percentile, as a share of it, from draws of blocks of two seconds. */
function uncertainty(rows) {
  const random = new Random(1);
  const draws = Array.from({ length: 200 }, () => {
    const drawn = Array.from({ length: Math.ceil(rows.length / 2) }, () => random.integer(rows.length - 1));
    return latencies(drawn.flatMap((i) => [rows[i], rows[i + 1]])).quantile(P99);
  });
  return (quantile(draws, 0.84) - quantile(draws, 0.16)) / 2 / latencies(rows).quantile(P99);
}

const ms = (time) => `${(time * 1000).toFixed(1)} ms`;
const percent = (share) => `${(share * 100).toFixed(0)} %`;

async function judge(limit) {
  const cpu = limit === 'none' ? undefined : parseCores(limit);
  const cores = cpu ?? 1;
  const { burn, level, fitted } = settings[cpu === undefined ? 'none' : cpu > 0.3 ? 'limited' : 'tight'];
  const platform = await startPlatform({
    replicas: 1,
    testBurn: `${CLASS}=${burn * 1000}ms`,
    rateLimit: 1_000_000,
    ...(cpu && { cpu }),
  });
  try {
    if (cpu && platform.cpuLimit === null) throw new Error(platform.notes.join('; '));
    const rateAt = (utilisation) => Math.round((utilisation * cores - IDLE) / (burn + OWN));
    const run = await load(
      platform,
      cpu,
      [[rateAt(0.5), SPAN], ...fitted.map((utilisation) => [rateAt(utilisation), level])],
      1,
    );
    const { fits } = fitRuns([run], 1);
    const { demands, background } = fits.platformCpu.fit;
    const { fit } = fitLatency([run], fits, { seed: 1 }).find(({ quantile: q }) => q === P99);
    if (fit === null) throw new Error('too few requests to fit a latency');
    process.stdout.write(
      `\nlimit ${limit}: ${ms(demands[0].value)} CPU per request, ${background.value.toFixed(3)} cores without; ` +
        `fitted from ${percent(fit.from)} to ${percent(fit.to)}\n` +
        `errors when foretelling from lower loads: ${fit.candidates.map(({ model, error }) => `${model} ${percent(error)}`).join(', ')}; ` +
        `chosen for all quantiles together ${fit.model}\n`,
    );
    // A request costs less the more of them there are: what the last load cost tells the rate of the next.
    let cost = demands[0].value;
    for (const [target, length] of checked) {
      const rate = Math.round((target * cores - background.value) / cost);
      const [before, busyBefore, began] = [
        throttling(platform.replicas[0].pid),
        busyTime(),
        performance.now(),
      ];
      const check = await load(platform, cpu, [[rate, length + SETTLE]], 2);
      const busy = (busyTime() - busyBefore) / (performance.now() - began);
      const after = throttling(platform.replicas[0].pid);
      const steady = check.rows.filter(({ t }) => t > SETTLE);
      const done = latencies(steady);
      const used = coresUsed(check, steady);
      cost = (used - background.value) / rate;
      const utilisation = Math.min(0.97, used / cores);
      const observed = done.quantile(P99);
      const { value, low, high } = predictLatency(fit, utilisation);
      const others = fit.candidates.map(
        ({ model, latency }) => `${model} ${ms(latencyOf(latency, P99, utilisation))}`,
      );
      process.stdout.write(
        `at ${percent(target)} (${percent(utilisation)}, ${done.count} requests): p99 observed ${ms(observed)} +- ${percent(uncertainty(steady))}, ` +
          `foretold ${ms(value)} (${ms(low)} to ${ms(high)}), ${percent(value / observed - 1)}, ` +
          `${observed >= low && observed <= high ? 'inside' : 'OUTSIDE'}; machine ${busy.toFixed(2)} of ${cpus().length} cores busy\n` +
          `  each model: ${others.join(', ')}\n`,
      );
      if (cpu && before && after) {
        // What the replica does beside requests uses the quota up like more of them.
        const service = { mean: cost, variability: 0 };
        const lambda = (utilisation * cores) / service.mean;
        const { throttledShare } = simulateThrottled(
          { ...quotaOf(cpu), threads: 1, lambda, service },
          { seed: 1, requests: 50_000 },
        );
        process.stdout.write(
          `  periods throttled: ${percent((after.throttled - before.throttled) / (after.periods - before.periods))}, ` +
            `foretold ${percent(throttledShare)}\n`,
        );
      }
    }
  } finally {
    await platform.stop();
  }
}

try {
  for (const limit of values.limits.split(',')) await judge(limit);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
