// Are the reported percentiles true? Loads a server with known delays (0, 5 and 50 ms, and a stall of 500 ms every 5 s)
// and compares p50, p95 and p99 with what the server itself recorded. Usage: npm run bench:accuracy [-- --seconds 30]
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '30' } } });
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'fxscale-bench-'));
const server = spawn(process.execPath, [join(import.meta.dirname, 'delay-server.mjs')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
try {
  const [url] = await once(createInterface({ input: server.stdout }), 'line');
  const script = join(folder, 'delays.js');
  writeFileSync(
    script,
    `import http from 'k6/http';
     const paths = ['/d0', '/d5', '/d50'];
     export const options = {
       scenarios: { all: { executor: 'constant-arrival-rate', rate: 300, duration: '${values.seconds}s', preAllocatedVUs: 250 } },
       thresholds: { 'http_req_duration{name:/d0}': [], 'http_req_duration{name:/d5}': [], 'http_req_duration{name:/d50}': [] },
       summaryTrendStats: ['p(50)', 'p(95)', 'p(99)'],
     };
     export default function () {
       const path = paths[__ITER % 3];
       http.get('${url}' + path, { tags: { name: path } });
     }`,
  );
  const run = spawnSync(
    process.execPath,
    [join(root, 'bin', 'fxscale'), 'run', script, '--save', 'none', '--json', '--quiet'],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  if (run.status !== 0) throw new Error(run.stderr);
  const { metrics } = JSON.parse(run.stdout);
  const truth = await (await fetch(`${url}/truth`)).json();
  let worst = 0;
  for (const [path, all] of Object.entries(truth)) {
    const { values: told } = metrics.find(
      ({ name, selector }) => name === 'http_req_duration' && selector === `name:${path}`,
    );
    for (const [stat, q] of [
      ['p(50)', 0.5],
      ['p(95)', 0.95],
      ['p(99)', 0.99],
    ]) {
      const real = quantile(all, q);
      const off = told[stat] - real;
      const ok = Math.abs(off) <= Math.max(1, real * 0.02);
      worst = Math.max(worst, Math.abs(off) / Math.max(1, real * 0.02));
      process.stdout.write(
        `${path.padEnd(5)} ${stat}  server ${real.toFixed(3)} ms  told ${told[stat].toFixed(3)} ms  off ${off.toFixed(3)} ms  ${ok ? 'ok' : 'OFF'}\n`,
      );
    }
  }
  process.stdout.write(
    `worst: ${(worst * 100).toFixed(0)} % of what is allowed (2 % or 1 ms, whichever is more)\n`,
  );
} finally {
  server.stdin.end();
  rmSync(folder, { recursive: true, force: true });
}

function quantile(all, q) {
  const sorted = [...all].sort((a, b) => a - b);
  const rank = q * (sorted.length - 1);
  const low = Math.floor(rank);
  return sorted[low] + (rank - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}
