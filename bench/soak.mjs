// Memory and schedule of a long run: a constant arrival rate that keeps nearly 2,000 virtual users busy, for an hour
// unless told otherwise. Prints the resident memory of the first and the last sixth of the time and how far the
// iterations are off their schedule. Usage: npm run bench:soak [-- --minutes 60] (Linux: it reads /proc)
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } });
const seconds = Number(values.minutes) * 60;
const rate = 500;
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'fxscale-bench-'));
const server = spawn(process.execPath, [join(import.meta.dirname, 'bare-server.mjs')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
try {
  const [url] = await once(createInterface({ input: server.stdout }), 'line');
  const script = join(folder, 'soak.js');
  writeFileSync(
    script,
    `import http from 'k6/http';
     import { check, sleep } from 'k6';
     export const options = { scenarios: { soak: {
       executor: 'constant-arrival-rate', rate: ${rate}, duration: '${seconds}s', preAllocatedVUs: 2000,
     } } };
     export default function () {
       check(http.get(${JSON.stringify(url)}), { 'status is 200': (r) => r.status === 200 });
       sleep(3.9);
     }`,
  );
  const save = join(folder, 'soak.ndjson');
  const run = spawn(
    process.execPath,
    [join(root, 'bin', 'fxscale'), 'run', script, '--save', save, '--quiet', '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  run.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const memory = [];
  const started = performance.now();
  const sampling = setInterval(() => {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${run.pid}/status`, 'utf8')) ?? [];
    if (kilobytes !== undefined)
      memory.push([(performance.now() - started) / 1000, Number(kilobytes) / 1024]);
  }, 5000);
  const [code] = await once(run, 'exit');
  clearInterval(sampling);
  if (code !== 0) throw new Error(`the run ended with ${code}`);
  report(memory, JSON.parse(output), rowsOf(save));
} finally {
  server.stdin.end();
  rmSync(folder, { recursive: true, force: true });
}

function rowsOf(file) {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line)).flatMap(({ row }) => (row === undefined ? [] : [row]));
}

function report(memory, { metrics }, rows) {
  const mean = (all) => all.reduce((sum, one) => sum + one, 0) / all.length;
  const within = (from, to) =>
    memory.filter(([t]) => t >= from * seconds && t < to * seconds).map(([, mb]) => mb);
  const [first, last] = [mean(within(0, 1 / 6)), mean(within(5 / 6, 1))];
  const change = 100 * (last / first - 1);
  process.stdout.write(
    `${rate}/s for ${seconds / 60} min: resident memory ${first.toFixed(0)} MB in the first sixth, ${last.toFixed(0)} MB in the last (${change.toFixed(1)} %, at most 5)\n`,
  );
  const iterations = metrics.find(({ name }) => name === 'iterations').values.count;
  const dropped = metrics.find(({ name }) => name === 'dropped_iterations')?.values.count ?? 0;
  const lag = rows.map(({ generator }) => generator.scheduleLag * 1000).sort((a, b) => a - b);
  const tenth = (from) =>
    mean(
      rows.slice(from * rows.length, (from + 0.1) * rows.length).map((r) => r.generator.scheduleLag * 1000),
    );
  process.stdout.write(
    `${iterations} iterations and ${dropped} dropped of ${rate * seconds}; schedule lag p99 by second: median ${lag[lag.length >> 1].toFixed(2)} ms, worst ${lag.at(-1).toFixed(1)} ms; mean of the first tenth ${tenth(0).toFixed(2)} ms, of the last ${tenth(0.9).toFixed(2)} ms\n`,
  );
}
