// CPU per request of fxscale, autocannon and (when installed) wrk: GET over ten connections, against the same server
// in the same run, each pinned to one core that the server does not use. fxscale also runs a check on every response.
// Whole processes are measured, start-up and all. Usage: npm run bench:load [-- --requests 300000 --rounds 5]
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '300000' }, rounds: { type: 'string', default: '5' } },
});
const requests = Number(values.requests);
const rounds = Number(values.rounds);
const root = join(import.meta.dirname, '..');
const has = (command) => spawnSync(command, ['--help']).error === undefined;
const pinned = cpus().length > 1 && has('taskset');
const pin = (core, command) => (pinned ? ['taskset', '-c', String(core), ...command] : command);

/** CPU seconds, user and system, that `command` used. */
function cpuOf(command) {
  // The shell's `times` prints its own use and then its children's, which is this one command.
  const run = spawnSync('sh', ['-c', '"$@" >"$OUT" 2>&1; echo "exit $?"; times', 'sh', ...command], {
    encoding: 'utf8',
    env: { ...process.env, OUT: join(folder, 'out') },
  });
  if (!run.stdout.startsWith('exit 0'))
    throw new Error(`${command.join(' ')} failed: ${run.stdout}${run.stderr}`);
  const children = run.stdout.trim().split('\n').at(-1);
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  );
}

const folder = mkdtempSync(join(tmpdir(), 'fxscale-bench-'));
const server = spawn(...split(pin(0, [process.execPath, join(import.meta.dirname, 'bare-server.mjs')])), {
  stdio: ['pipe', 'pipe', 'inherit'],
});
try {
  const [url] = await once(createInterface({ input: server.stdout }), 'line');
  const script = join(folder, 'get.js');
  writeFileSync(
    script,
    `import http from 'k6/http';
     import { check } from 'k6';
     export default function () {
       const response = http.get(${JSON.stringify(url)});
       check(response, { 'status is 200': (r) => r.status === 200 });
     }`,
  );
  const fxscale = [
    process.execPath,
    join(root, 'bin', 'fxscale'),
    'run',
    script,
    '-u',
    '10',
    '-i',
    String(requests),
  ];
  const clients = {
    fxscale: [...fxscale, '--save', 'none', '--quiet'],
    autocannon: [
      process.execPath,
      join(root, 'node_modules', 'autocannon', 'autocannon.js'),
      '-c',
      '10',
      '-a',
      String(requests),
      url,
    ],
  };
  const results = Object.fromEntries(Object.keys(clients).map((name) => [name, []]));
  if (has('wrk')) results.wrk = [];
  for (let round = 0; round < rounds; round++) {
    for (const [name, command] of Object.entries(clients))
      results[name].push((cpuOf(pin(1, command)) / requests) * 1e6);
    if (results.wrk) results.wrk.push(wrk(url));
  }
  report(results);
} finally {
  server.stdin.end();
  rmSync(folder, { recursive: true, force: true });
}

function wrk(url) {
  const seconds = cpuOf(pin(1, ['sh', '-c', `wrk -t1 -c10 -d4s "${url}" | tee "${folder}/wrk"`]));
  const count = Number(
    /(\d+) requests in/.exec(spawnSync('cat', [join(folder, 'wrk')], { encoding: 'utf8' }).stdout)?.[1],
  );
  return (seconds / count) * 1e6;
}

function report(results) {
  process.stdout.write(
    `${requests} GETs over 10 connections, ${rounds} rounds in turn, pinned: ${pinned ? 'yes' : 'no'}\n`,
  );
  for (const [name, all] of Object.entries(results)) {
    const ratio = median(all.map((value, i) => results.fxscale[i] / value));
    const spread = `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}`;
    const against = name === 'fxscale' ? '' : `   fxscale / ${name}: ${ratio.toFixed(2)}`;
    process.stdout.write(
      `${name.padEnd(11)} ${median(all).toFixed(1)} µs CPU per request (${spread})${against}\n`,
    );
  }
}

function median(all) {
  const sorted = [...all].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function split([command, ...args]) {
  return [command, args];
}
