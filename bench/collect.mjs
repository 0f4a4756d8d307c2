// What does it cost the target that fxscale reads it once a second? The CPU of the platform's replicas and of its
// PostgreSQL, idle otherwise, while they are read and while they are not, turn and turn about, in percent of one core;
// and what it costs fxscale. The aim is less than 1 % of a core of the target at ten replicas.
// Usage: npm run bench:collect [-- --replicas 10 --rounds 6 --seconds 5]
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openCollector } from '../dist/src/collect/open.js';
import { startSampling } from '../dist/src/collect/sampler.js';
import { startPlatform } from '../dist/src/platform.js';

const { values } = parseArgs({
  options: {
    replicas: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '5' },
  },
});
/** Seconds after which connections are made and code is compiled. */
const SETTLE = 2.5;

/** Nanoseconds that each thread of these processes has run, by the scheduler's own count. */
function threadTimes(pids) {
  const times = new Map();
  for (const pid of pids) {
    try {
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        times.set(thread, Number.parseInt(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'), 10));
      }
    } catch {
      // It ended after it was listed.
    }
  }
  return times;
}

/** A process and its children. PostgreSQL's have none of their own. */
function family(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean);
  return [pid, ...children.map(Number)];
}

/** Percent of one core that the threads in `list()` used, those that were there at both ends. */
async function used(list, seconds) {
  const before = threadTimes(list());
  const begun = performance.now();
  await sleep(seconds * 1000);
  const after = threadTimes(list());
  const elapsed = (performance.now() - begun) * 1e6;
  const sum = [...after].reduce((total, [thread, time]) => total + time - (before.get(thread) ?? time), 0);
  return (100 * sum) / elapsed;
}

async function phase(urls, targets) {
  const collectors = await Promise.all(urls.map(openCollector));
  const trouble = [];
  const sampling = startSampling(
    collectors,
    { sample: () => undefined, note: (source, text) => trouble.push(`${source}: ${text}`) },
    { intervalSeconds: 1, now: () => performance.now() / 1000 },
  );
  await sleep(SETTLE * 1000);
  const own = process.cpuUsage();
  const begun = performance.now();
  const seconds = Number(values.seconds);
  const [replicas, database] = await Promise.all(targets.map((list) => used(list, seconds)));
  const { user, system } = process.cpuUsage(own);
  const collector = (user + system) / 10 / (performance.now() - begun);
  await sampling.stop();
  if (trouble.length > 0) process.stderr.write(`${trouble.join('\n')}\n`);
  return { replicas, database, collector };
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const percent = (value) => `${value.toFixed(2).padStart(6)} %`;

const platform = await startPlatform({ replicas: Number(values.replicas) });
try {
  const pages = platform.replicas.map(({ metrics }) => metrics);
  const processes = [...platform.replicas.map(({ pid }) => pid), platform.postgresPid].map(
    (pid) => `pid:${pid}`,
  );
  const phases = {
    nothing: [],
    pages,
    database: [platform.database],
    processes,
    everything: [...pages, platform.database, ...processes],
  };
  const targets = [() => platform.replicas.map(({ pid }) => pid), () => family(platform.postgresPid)];
  const results = Object.fromEntries(Object.keys(phases).map((name) => [name, []]));
  // What a page costs at first, until the replicas' code is compiled, is not what it costs.
  await phase(phases.everything, targets);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, urls] of Object.entries(phases)) results[name].push(await phase(urls, targets));
  }
  process.stdout.write(
    `${values.replicas} replicas, ${values.rounds} rounds of ${values.seconds} s; percent of one core, above what is used while nothing is read\n`,
  );
  for (const [name, rounds] of Object.entries(results)) {
    const above = (who) =>
      rounds.map((round, i) => round[who] - (name === 'nothing' ? 0 : results.nothing[i][who]));
    const target = above('replicas').map((value, i) => value + above('database')[i]);
    process.stdout.write(
      `${name.padEnd(11)} target ${percent(median(target))} (${Math.min(...target).toFixed(2)} to ${Math.max(...target).toFixed(2)})  replicas ${percent(median(above('replicas')))}  PostgreSQL ${percent(median(above('database')))}  fxscale ${percent(median(above('collector')))}\n`,
    );
  }
} finally {
  await platform.stop();
}
