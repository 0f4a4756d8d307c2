// CPU per request of fxscale, autocannon and, where installed, wrk and k6: GET over ten connections, against the same
// server in the same run, each pinned to one core that the server does not use. fxscale and k6 also check every
// response. A second fxscale run has 4 thresholds, 3 custom metrics and tags. Whole processes are measured, start-up
// and all. Usage: npm run bench:load [-- --requests 300000 --rounds 5]
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '300000' }, rounds: { type: 'string', default: '5' } },
});
const requests = Number(values.requests);
const rounds = Number(values.rounds);
/** What fxscale's CPU per request may be, as a multiple of another's: [of which run, of whom, at most]. */
const targets = [
  ['fxscale', 'wrk', 1.6],
  ['fxscale', 'autocannon', 0.85],
  ['fxscale', 'k6', 1 / 6],
  ['fxscale, metrics', 'wrk', 2.2],
];
const root = join(import.meta.dirname, '..');
const has = (command) => spawnSync(command, ['--help']).error === undefined;
const pinned = cpus().length > 1 && has('taskset');
const pin = (core, command) => (pinned ? ['taskset', '-c', String(core), ...command] : command);

const plainScript = (url) => `import http from 'k6/http';
import { check } from 'k6';
export default function () {
  const response = http.get(${JSON.stringify(url)});
  check(response, { 'status is 200': (r) => r.status === 200 });
}
`;

const metricsScript = (url) => `import http from 'k6/http';
import { check } from 'k6';
import { Counter, Rate, Trend } from 'k6/metrics';
const orders = new Counter('orders');
const good = new Rate('good');
const spread = new Trend('spread');
export const options = {
  thresholds: {
    http_req_duration: ['p(95)<5000'],
    'http_req_duration{kind:quote}': ['p(99)<5000'],
    'good{desk:fx}': ['rate>0.5'],
    spread: ['max<60000'],
  },
};
export default function () {
  const response = http.get(${JSON.stringify(url)}, { tags: { kind: 'quote' } });
  const ok = check(response, { 'status is 200': (r) => r.status === 200 });
  orders.add(1, { desk: 'fx' });
  good.add(ok, { desk: 'fx' });
  spread.add(response.timings.waiting, { desk: 'fx', side: 'buy' });
}
`;

/** CPU seconds, user and system, that `command` used. */
function cpuOf(command) {
  // The shell's `times` prints its own use and then its children's, which is this one command.
  const run = spawnSync('sh', ['-c', '"$@" >"$OUT" 2>&1; echo "exit $?"; times', 'sh', ...command], {
    encoding: 'utf8',
    env: { ...process.env, OUT: join(folder, 'out') },
  });
  if (!run.stdout.startsWith('exit 0'))
    throw new Error(`${command.join(' ')} failed: ${readFileSync(join(folder, 'out'), 'utf8')}`);
  const children = run.stdout.trim().split('\n').at(-1);
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  );
}

const folder = mkdtempSync(join(tmpdir(), 'fxscale-bench-'));
const [program, ...args] = pin(0, [process.execPath, join(import.meta.dirname, 'bare-server.mjs')]);
const server = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
try {
  const [url] = await once(createInterface({ input: server.stdout }), 'line');
  const plain = join(folder, 'get.js');
  const metrics = join(folder, 'metrics.js');
  writeFileSync(plain, plainScript(url));
  writeFileSync(metrics, metricsScript(url));
  const own = join(root, 'bin', 'fxscale');
  const cannon = join(root, 'node_modules', 'autocannon', 'autocannon.js');
  const fxscale = (script, count) => [
    ...[process.execPath, own, 'run', script, '-u', '10', '-i', String(count)],
    ...['--save', 'none', '--quiet', '--workers', '1'],
  ];
  const perRequest = (command, count) => (cpuOf(pin(1, command)) / count) * 1e6;
  // k6 needs so much more time that a tenth of the requests measures it as well.
  const few = Math.ceil(requests / 10);
  const clients = {
    fxscale: () => perRequest(fxscale(plain, requests), requests),
    'fxscale, metrics': () => perRequest(fxscale(metrics, requests), requests),
    autocannon: () =>
      perRequest([process.execPath, cannon, '-c', '10', '-a', String(requests), url], requests),
    ...(has('wrk') && { wrk: () => wrk(url) }),
    ...(has('k6') && {
      k6: () => perRequest(['k6', 'run', '--quiet', '-u', '10', '-i', String(few), plain], few),
    }),
  };
  const results = Object.fromEntries(Object.keys(clients).map((name) => [name, []]));
  const startUps = [];
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(clients)) results[name].push(measure());
    startUps.push(cpuOf(pin(1, fxscale(plain, 10))));
  }
  report(results, median(startUps));
} finally {
  server.stdin.end();
  rmSync(folder, { recursive: true, force: true });
}

function wrk(url) {
  const told = join(folder, 'wrk');
  const seconds = cpuOf(pin(1, ['sh', '-c', `wrk -t1 -c10 -d4s "${url}" | tee "${told}"`]));
  return (seconds / Number(/(\d+) requests in/.exec(readFileSync(told, 'utf8'))?.[1])) * 1e6;
}

function report(results, startUp) {
  process.stdout.write(
    `${requests} GETs over 10 connections, ${rounds} rounds in turn, pinned: ${pinned ? 'yes' : 'no'}\n`,
  );
  for (const [name, all] of Object.entries(results)) {
    const spread = `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}`;
    process.stdout.write(`${name.padEnd(17)} ${median(all).toFixed(1)} µs CPU per request (${spread})\n`);
  }
  const share = (startUp / requests) * 1e6;
  process.stdout.write(`of fxscale's, ${share.toFixed(1)} µs are its start-up (${startUp.toFixed(2)} s)\n`);
  for (const [ours, theirs, most] of targets) {
    if (results[theirs] === undefined) {
      process.stdout.write(`${theirs} is not installed: ${ours} / ${theirs} was not measured\n`);
      continue;
    }
    const ratio = median(results[theirs].map((value, i) => results[ours][i] / value));
    process.stdout.write(
      `${`${ours} / ${theirs}`.padEnd(28)} ${ratio.toFixed(2)}, at most ${most.toFixed(2)}: ${ratio <= most ? 'ok' : 'MISSED'}\n`,
    );
  }
}

function median(all) {
  const sorted = [...all].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
