// How well one and two workers keep an open-loop schedule, and what a second worker costs: arrivals at 60 % of what one
// worker can generate, against a server on a core of its own. Prints the schedule lag, the arrivals against the plan,
// the CPU per request of two workers against one, and whether their results agree in every count.
// Usage: npm run bench:workers [-- --seconds 20]
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '20' } } });
const seconds = Number(values.seconds);
const root = join(import.meta.dirname, '..');
const pinned = cpus().length > 1 && spawnSync('taskset', ['--help']).error === undefined;
const pin = (core, command) => (pinned ? ['taskset', '-c', String(core), ...command] : command);
const folder = mkdtempSync(join(tmpdir(), 'fxscale-bench-'));
const script = join(folder, 'open.js');
writeFileSync(
  script,
  `import http from 'k6/http';
   import { check } from 'k6';
   const rate = Number(__ENV.RATE);
   export const options = rate === 0
     ? { vus: 50, duration: '5s' }
     : { scenarios: { open: {
         executor: 'ramping-arrival-rate', preAllocatedVUs: 300,
         // A start from nothing would measure how fast connections are made and code is compiled.
         stages: [{ target: rate, duration: '4s' }, { target: rate, duration: __ENV.SECONDS + 's' }],
       } } };
   export default function () {
     check(http.get(__ENV.URL), { 'status is 200': (r) => r.status === 200 });
   }`,
);
const [node, ...serve] = pin(0, [process.execPath, join(import.meta.dirname, 'bare-server.mjs')]);
const server = spawn(node, serve, { stdio: ['pipe', 'pipe', 'inherit'] });
try {
  const [url] = await once(createInterface({ input: server.stdout }), 'line');
  const most = run(url, 0, 1).requests / 5;
  // Arrivals one by one cost more than requests that follow each other, so what is possible is told by arrivals.
  const probe = run(url, Math.round(most * 0.3), 1);
  const possible = 1e6 / probe.cpuPerRequest;
  const rate = Math.round(possible * 0.6);
  process.stdout.write(
    `one worker generates ${Math.round(most)}/s in a closed loop, ${Math.round(possible)}/s as arrivals; 60 % of that is ${rate}/s\n`,
  );
  const results = [1, 2].map((workers) => run(url, rate, workers));
  for (const [i, result] of results.entries()) report(i + 1, result, rate * (seconds + 2));
  const [one, two] = results;
  const more = two.cpuPerRequest / one.cpuPerRequest - 1;
  process.stdout.write(
    `two workers against one, CPU per request: ${(100 * more).toFixed(1)} % more (at most 10 %)\n`,
  );
  const counts = ({ metrics }) => JSON.stringify(metrics);
  const same = counts(one) === counts(two);
  process.stdout.write(`counts of all metrics: ${same ? 'equal' : `${counts(one)} and ${counts(two)}`}\n`);
} finally {
  server.stdin.end();
  rmSync(folder, { recursive: true, force: true });
}

function run(url, rate, workers) {
  const save = join(folder, `${rate}-${workers}.ndjson`);
  const flags = ['-e', `RATE=${rate}`, '-e', `SECONDS=${seconds}`, '-e', `URL=${url}`, '--json', '--quiet'];
  const [command, ...args] = pin(1, [
    process.execPath,
    join(root, 'bin', 'fxscale'),
    'run',
    script,
    ...flags,
  ]);
  const ran = spawnSync(command, [...args, '--workers', String(workers), '--save', save], {
    encoding: 'utf8',
  });
  if (ran.status !== 0) throw new Error(`the run failed: ${ran.stderr}`);
  const { metrics } = JSON.parse(ran.stdout);
  const rows = readFileSync(save, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .flatMap(({ row }) => (row === undefined ? [] : [row]));
  const count = (name) =>
    metrics.find((metric) => metric.name === name && !metric.selector)?.values.count ?? 0;
  // The ramp, and a second for what it left.
  const warm = rows.slice(5, -1);
  const requests = warm.reduce(
    (sum, { classes }) => sum + Object.values(classes).reduce((n, c) => n + c.count, 0),
    0,
  );
  const cpu = warm.reduce((sum, { generator, seconds: length }) => sum + generator.cpu * length, 0);
  return {
    requests: count('http_reqs'),
    iterations: count('iterations'),
    dropped: count('dropped_iterations'),
    lag: quantile(
      warm.map(({ generator }) => generator.scheduleLag),
      0.5,
    ),
    worstLag: Math.max(...warm.map(({ generator }) => generator.scheduleLag)),
    cpuPerRequest: (cpu / requests) * 1e6,
    metrics: metrics
      .filter(({ type }) => type === 'counter' || type === 'rate')
      .map(({ name, values }) => [name, values.count ?? [values.passes, values.fails]])
      .filter(([name]) => !name.startsWith('data_')),
  };
}

function report(workers, { iterations, dropped, lag, worstLag, cpuPerRequest }, planned) {
  const off = (100 * (iterations + dropped - planned)) / planned;
  process.stdout.write(
    `${workers} worker(s): schedule lag p99 ${(lag * 1000).toFixed(2)} ms in the median second (at most 2), ${(worstLag * 1000).toFixed(2)} in the worst, ${iterations} of ${planned} arrivals (${off.toFixed(3)} % off, at most 0.1), ${dropped} dropped, ${cpuPerRequest.toFixed(1)} µs CPU per request\n`,
  );
}

function quantile(all, q) {
  const sorted = [...all].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}
