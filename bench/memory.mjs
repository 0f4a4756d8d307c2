// Memory per virtual user: 10,000 VUs that each hold a connection to a local server and sleep, against ten of them, in
// KB resident per VU more; k6's beside it where installed, with a tenth of the VUs. Needs a hard limit of open files
// (`ulimit -Hn`) above the number of VUs: every connection is one in the generator and one here.
// Usage: npm run bench:memory [-- --vus 10000]
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { vus: { type: 'string', default: '10000' } } });
const vus = Number(values.vus);
const BASE_VUS = 10;
/** KB per VU over the base. */
const TARGET = 20;
/** How long nothing happens before memory is read: garbage of the start is collected by then, as far as it will be. */
const REST_MS = 5000;
const START_TIMEOUT_MS = 120_000;

const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok');
let answered = 0;
const sockets = new Set();
const server = createServer({ noDelay: true }, (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  socket.on('error', () => socket.destroy());
  socket.on('data', () => {
    answered++;
    socket.write(answer);
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
const url = `http://127.0.0.1:${server.address().port}/`;
const folder = mkdtempSync(join(tmpdir(), 'fxscale-bench-'));
const own = [
  process.execPath,
  join(import.meta.dirname, '..', 'bin', 'fxscale'),
  'run',
  '--save',
  'none',
  '--quiet',
];

try {
  const limit = Number(spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout);
  if (limit < vus + 100)
    throw new Error(`${vus} connections need more than ${limit} open files: raise \`ulimit -Hn\``);
  const mine = await perVU([...own, '--workers', '1'], vus);
  const verdict = mine <= TARGET ? 'ok' : 'MISSED';
  process.stdout.write(
    `fxscale: ${mine.toFixed(1)} KB per VU over the base, at most ${TARGET}: ${verdict}\n`,
  );
  if (spawnSync('k6', ['version']).error !== undefined) process.stdout.write('k6 is not installed\n');
  else {
    const theirs = await perVU(['k6', 'run', '--quiet'], Math.ceil(vus / 10));
    process.stdout.write(`k6: ${theirs.toFixed(0)} KB per VU over the base\n`);
  }
} finally {
  server.close();
  for (const socket of sockets) socket.destroy();
  rmSync(folder, { recursive: true, force: true });
}

/** KB resident per VU, of `many` VUs over `BASE_VUS`. */
async function perVU(command, many) {
  const base = await resident(command, BASE_VUS);
  const full = await resident(command, many);
  process.stdout.write(
    `${command.at(0).split('/').at(-1)}: ${base} KB with ${BASE_VUS} VUs, ${full} KB with ${many}\n`,
  );
  return (full - base) / (many - BASE_VUS);
}

/** KB that the generator has resident once each of `count` VUs has had its answer and sleeps. */
async function resident(command, count) {
  const script = join(folder, `hold-${count}.js`);
  writeFileSync(
    script,
    `import http from 'k6/http';
import { sleep } from 'k6';
export const options = {
  scenarios: { hold: { executor: 'per-vu-iterations', vus: ${count}, iterations: 1, maxDuration: '1h' } },
};
export default function () {
  http.get(${JSON.stringify(url)});
  sleep(3000);
}
`,
  );
  answered = 0;
  const [program, ...args] = [...command, script];
  const generator = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  let ended = false;
  generator.on('exit', () => {
    ended = true;
  });
  try {
    for (let waited = 0; answered < count; waited += 100) {
      if (ended || waited > START_TIMEOUT_MS)
        throw new Error(`${program}: ${answered} of ${count} VUs had an answer`);
      await sleep(100);
    }
    await sleep(REST_MS);
    if (sockets.size < count) throw new Error(`${program}: ${sockets.size} of ${count} connections are open`);
    return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(generator.pid)], { encoding: 'utf8' }).stdout);
  } finally {
    generator.kill('SIGKILL');
    while (sockets.size > 0) await sleep(20);
  }
}
