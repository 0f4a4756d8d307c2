// Is the fitted service demand true? Runs the platform with a known CPU time burnt in each request of three classes (1,
// 4 and 12 ms), fits the demand, and compares. What the platform itself costs per request is the mean of runs
// of the same load without the burning, and added to the known time. Under all of it lies a background that no run counts:
// this process places ten trades a second, each of which burns 5 ms in the service. A last run sends one request of
// each class in every iteration: there must be no figure of a class then.
// The first run against each platform warms it up and is not counted.
// Usage: npm run bench:demand [-- --runs 10 --bare 3 --seconds 60]
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measure } from '../dist/src/measure.js';
import { describeFits, fitRuns } from '../dist/src/planners/fits.js';
import { startPlatform } from '../dist/src/platform.js';
import { readRun } from '../dist/src/store.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    bare: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '60' },
  },
});
const runs = Number(values.runs);
const burnt = { quote: 0.001, history: 0.004, positions: 0.012 };
const background = { perSecond: 10, seconds: 0.005 };
/** The accounts that the load asks for; the background trades on the last one, whose history nobody reads. */
const accounts = 500;
const trader = accountId(999);
const folder = mkdtempSync(join(tmpdir(), 'fxscale-bench-'));

function accountId(index) {
  return `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
}

function authorization() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const expires = Math.floor(Date.now() / 1000) + 24 * 3600;
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: trader, exp: expires })}`;
  const signature = createHmac('sha256', 'fx-platform-demo-secret').update(text).digest('base64url');
  return `Bearer ${text}.${signature}`;
}

/** Trades at an even pace, whether or not they are answered, until it is stopped; answers how many failed. */
function startBackground(url) {
  const headers = { authorization: authorization(), 'content-type': 'application/json' };
  const underWay = new Set();
  let failed = 0;
  let sold = false;
  const timer = setInterval(() => {
    sold = !sold;
    const order = { userId: trader, symbol: 'EURUSD', action: sold ? 'buy' : 'sell', volume: '0.01' };
    const answer = fetch(`${url}/api/trading/trades`, {
      method: 'POST',
      headers,
      body: JSON.stringify(order),
    })
      .then(async (response) => {
        await response.arrayBuffer();
        if (response.status !== 201) failed++;
      })
      .catch(() => failed++)
      .finally(() => underWay.delete(answer));
    underWay.add(answer);
  }, 1000 / background.perSecond);
  return async () => {
    clearInterval(timer);
    await Promise.all(underWay);
    return failed;
  };
}

/** Starts a platform that burns `burn` seconds in each request of a class, and the background, for `use` of it. */
async function withPlatform(burn, use) {
  const all = Object.entries({ ...burn, trade: background.seconds });
  const testBurn = all.map(([name, time]) => `${name}=${time * 1000}ms`).join(',');
  const platform = await startPlatform({ replicas: 1, testBurn });
  const stopBackground = startBackground(platform.url);
  try {
    // For a minute the runtime compiles what is called, and the same request becomes a third cheaper.
    await measureOn(platform);
    return await use(platform);
  } finally {
    const failed = await stopBackground();
    await platform.stop();
    if (failed > 0) process.stderr.write(`warning: ${failed} trades of the background failed\n`);
  }
}

/** What one run tells of the platform. */
async function measureOn(platform, env = {}) {
  const save = join(folder, 'run.ndjson');
  const { ended } = await measure({
    script: join(import.meta.dirname, 'demand-load.ts'),
    layers: {},
    env: { BASE_URL: platform.url, DURATION: values.seconds, ACCOUNTS: String(accounts), ...env },
    collect: platform.replicas.map(({ metrics }, i) => ({ url: metrics, source: `platform/${i}` })),
    save,
    replace: true,
    service: { replicas: 1 },
    noThresholds: true,
    allowedHosts: new Set(),
    workers: 1,
    strict: false,
    secretSources: [],
    outputs: [],
    signal: new AbortController().signal,
    log: (level, message) => process.stderr.write(`${level}: ${message}\n`),
    progress: () => undefined,
  });
  if (ended.error) throw ended.error;
  const { fits, findings } = fitRuns([await readRun(save)], 1);
  return { ...describeFits(fits), findings };
}

const ms = (seconds) => `${(seconds * 1000).toFixed(2)} ms`;
const percent = (share) => `${(share * 100).toFixed(1)}%`;
const print = (line) => process.stdout.write(`${line}\n`);
const names = Object.keys(burnt);

function notes({ findings }) {
  const codes = ['COUNTER_LAGS', 'WARMUP_SKIPPED', 'OUTLIERS_DOWNWEIGHTED', 'GENERATOR_LIMITED'];
  const figures = ({ args }) => args.seconds ?? args.intervals ?? args.cpu;
  const about = ({ args }) => args.resource === undefined || args.resource === 'platformCpu';
  const found = findings.filter((finding) => codes.includes(finding.code) && about(finding));
  return found.map((finding) => `${finding.code} ${figures(finding).toFixed(2)}`).join(', ');
}

try {
  const own = await withPlatform({}, async (platform) => {
    const bare = [];
    for (let run = 1; run <= Number(values.bare); run++) bare.push((await measureOn(platform)).demand);
    const mean = (name) =>
      bare.reduce((sum, demand) => sum + demand[name].platformCpu.value, 0) / bare.length;
    return Object.fromEntries(names.map((name) => [name, mean(name)]));
  });
  const known = Object.fromEntries(names.map((name) => [name, burnt[name] + own[name]]));
  for (const name of names) print(`${name}: ${ms(burnt[name])} burnt + ${ms(own[name])} of its own`);
  print(
    `background: ${background.perSecond} trades a second with ${ms(background.seconds)} each, not counted by the runs`,
  );
  await withPlatform(burnt, async (platform) => {
    const tally = Object.fromEntries(names.map((name) => [name, { worst: 0, inside: 0 }]));
    for (let run = 1; run <= runs; run++) {
      const told = await measureOn(platform);
      const line = names.map((name) => {
        const { value, low, high } = told.demand[name].platformCpu;
        const off = value / known[name] - 1;
        const inside = low <= known[name] && known[name] <= high;
        tally[name].worst = Math.max(tally[name].worst, Math.abs(off));
        if (inside) tally[name].inside++;
        return `${name} ${ms(value)} (${ms(low)} to ${ms(high)}) ${percent(off)}${inside ? '' : ' OUTSIDE'}`;
      });
      const idle = told.fits.platformCpu.background.value;
      print(`run ${run}: ${line.join('; ')}; background ${idle.toFixed(3)} cores; ${notes(told)}`);
    }
    for (const [name, { worst, inside }] of Object.entries(tally)) {
      print(
        `${name}: worst ${percent(worst)} off, interval held the known time in ${inside} of ${runs} runs`,
      );
    }
    const covered = Object.values(tally).reduce((sum, { inside }) => sum + inside, 0) / (runs * names.length);
    print(`all: ${percent(covered)} of the intervals held the known time`);
    const together = await measureOn(platform, { TOGETHER: '1' });
    for (const name of names) {
      const { separable, group, value } = together.demand[name].platformCpu;
      print(
        `moving together: ${name} ${separable ? `is told as ${ms(value)}: WRONG` : `not separable from ${group.filter((other) => other !== name).join(', ')}`}`,
      );
    }
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
