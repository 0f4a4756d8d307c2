// What does the platform cost beside a bare server with the same pool on the same database? CPU per trade and per
// quote, the rate of cached quotes, and the memory of streaming a million rows, also to a reader that is slow.
// Usage: npm run bench:platform [-- --rounds 5 --seconds 4 --rows 1000000 --parts trade --redis URL --kafka BROKERS]
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import pg from 'pg';
import { startPlatform } from '../dist/src/platform.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    rows: { type: 'string', default: '1000000' },
    parts: { type: 'string', default: 'quote,trade,stream' },
    redis: { type: 'string' },
    kafka: { type: 'string' },
  },
});
const POOL = 10;
const CONNECTIONS = 16;
const ACCOUNTS = 1000;
/** Clock ticks per second of /proc, the same on every Linux that Node runs on. */
const TICKS = 100;

const account = (index) => `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;

function token(userId) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: userId, exp: Math.floor(Date.now() / 1000) + 7200 })}`;
  return `${text}.${createHmac('sha256', 'fx-platform-demo-secret').update(text).digest('base64url')}`;
}

/** CPU seconds of a process; with `children`, of those it has waited for and of those still there, too. */
function cpuSeconds(pid, children = false) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user, system, childUser, childSystem] = fields.slice(11, 15);
  if (!children) return (user + system) / TICKS;
  const running = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const theirs = running.reduce((sum, child) => sum + cpuSeconds(child), 0);
  return (user + system + childUser + childSystem) / TICKS + theirs;
}

async function load(url, requests) {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: Number(values.seconds),
    requests,
    warmup: undefined,
  });
  const bad = result.non2xx + result.errors + result.timeouts;
  if (bad > 0) throw new Error(`${bad} of ${result.requests.total} requests to ${url} failed`);
  return result.requests.total;
}

/** Rate, and CPU per request of the service and of PostgreSQL, in seconds. */
async function measured({ url, pid, postgresPid, requests }) {
  const before = [cpuSeconds(pid), cpuSeconds(postgresPid, true), performance.now()];
  const count = await load(url, requests);
  const [service, database, ms] = [cpuSeconds(pid), cpuSeconds(postgresPid, true), performance.now()];
  return {
    rate: (count * 1000) / (ms - before[2]),
    service: (service - before[0]) / count,
    database: (database - before[1]) / count,
  };
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const µs = (seconds) => `${(seconds * 1e6).toFixed(0)} µs`;

/** Turn and turn about, so that what disturbs the machine disturbs both. */
async function compare(name, bare, platform) {
  await measured(bare);
  await measured(platform);
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    rounds.push({ bare: await measured(bare), platform: await measured(platform) });
  }
  const of = (who, what) => median(rounds.map((round) => round[who][what]));
  const ratio = (what) => median(rounds.map((round) => round.platform[what] / round.bare[what]));
  for (const who of ['bare', 'platform']) {
    process.stdout.write(
      `${name.padEnd(16)} ${who.padEnd(9)} ${of(who, 'rate').toFixed(0).padStart(6)}/s  service ${µs(of(who, 'service'))}  PostgreSQL ${µs(of(who, 'database'))}\n`,
    );
  }
  process.stdout.write(
    `${name.padEnd(16)} platform to bare, median of ${rounds.length} rounds: rate ${ratio('rate').toFixed(2)}, service CPU per request ${ratio('service').toFixed(2)}, PostgreSQL ${ratio('database').toFixed(2)}, both ${median(rounds.map(({ bare, platform }) => (platform.service + platform.database) / (bare.service + bare.database))).toFixed(2)}\n`,
  );
}

/** Orders of many users, so that none waits for another; bought and sold in turn, so that none runs out of margin. */
function orders(path, withKey) {
  return Array.from({ length: ACCOUNTS }, (_, index) => {
    const userId = account(index);
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token(userId)}` };
    let count = 0;
    return {
      method: 'POST',
      path,
      headers,
      body: '{}',
      setupRequest: (request) => ({
        ...request,
        headers: withKey
          ? { ...headers, 'idempotency-key': `${process.pid}-${index}-${performance.now()}` }
          : headers,
        body: JSON.stringify({
          userId,
          symbol: 'EURUSD',
          action: count++ % 2 ? 'sell' : 'buy',
          volume: '0.10',
        }),
      }),
    };
  });
}

/** The most memory that the replica uses, in bytes, while a reader takes all it gets at `bytesPerSecond`. */
async function streaming(platform, userId, bytesPerSecond, seconds) {
  const [{ pid }] = platform.replicas;
  const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  const query = 'from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z';
  const headers = { authorization: `Bearer ${token(userId)}` };
  const [response] = await once(
    get(`${platform.url}/api/trading/trades/stream?${query}`, { headers }),
    'response',
  );
  if (response.statusCode !== 200) throw new Error(`the stream was answered ${response.statusCode}`);
  let most = rss();
  let rows = 0;
  let bytes = 0;
  const begin = performance.now();
  for await (const chunk of response) {
    rows += chunk.reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
    bytes += chunk.length;
    most = Math.max(most, rss());
    const ahead = bytes / bytesPerSecond - (performance.now() - begin) / 1000;
    if (ahead > 0) await sleep(ahead * 1000);
    if (performance.now() - begin > seconds * 1000) break;
  }
  return { most, rows, bytes, seconds: (performance.now() - begin) / 1000 };
}

async function fillHistory(database, userId) {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query(
    `INSERT INTO trades (user_id, symbol, action, volume, price, created_at, updated_at)
     SELECT $1, 'EURUSD', 'buy', 0.1, 1.085, at, at
     FROM (SELECT now() - interval '1 second' - i * interval '10 milliseconds' AS at FROM generate_series(1, $2::int) AS i) AS times`,
    [userId, Number(values.rows)],
  );
  await client.end();
}

const platform = await startPlatform({
  ...{ pool: POOL, accounts: ACCOUNTS, rateLimit: 1_000_000 },
  ...(values.redis && { redis: values.redis }),
  ...(values.kafka && { kafka: values.kafka }),
  log: (line) => process.stderr.write(`${line}\n`),
});
const bare = spawn(
  process.execPath,
  [join(import.meta.dirname, 'insert-server.mjs'), platform.database, String(POOL)],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
try {
  const [bareUrl] = await once(createInterface({ input: bare.stdout }), 'line');
  const { postgresPid } = platform;
  const servers = {
    bare: { url: bareUrl, pid: bare.pid, postgresPid },
    platform: { url: platform.url, pid: platform.replicas[0].pid, postgresPid },
  };
  const quote = (path) => [{ method: 'GET', path }];
  const parts = values.parts.split(',');
  if (parts.includes('quote')) {
    await compare(
      'quote',
      { ...servers.bare, requests: quote('/quote') },
      { ...servers.platform, requests: quote('/api/prices/EURUSD') },
    );
  }
  for (const withKey of parts.includes('trade') ? [false, true] : []) {
    await compare(
      withKey ? 'trade with key' : 'trade',
      { ...servers.bare, requests: orders('/insert', withKey) },
      { ...servers.platform, requests: orders('/api/trading/trades', withKey) },
    );
  }
  const speeds = { 'as fast as it comes': Number.POSITIVE_INFINITY, 'at 2 MB/s': 2e6 };
  if (parts.includes('stream')) await fillHistory(platform.database, account(0));
  for (const [name, rate] of parts.includes('stream') ? Object.entries(speeds) : []) {
    const { most, rows, bytes, seconds } = await streaming(platform, account(0), rate, 60);
    process.stdout.write(
      `stream, read ${name}: ${rows} rows, ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s, the replica's memory at most ${(most / 1e6).toFixed(0)} MB\n`,
    );
  }
} finally {
  bare.kill();
  await platform.stop();
}
