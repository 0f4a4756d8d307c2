// How much is lost by trying only a few HPAs over the whole week and fewer on all seeds? The choice of tune with its cut,
// with the cut and without the neighbours of the best, and when every candidate is tried over the week on every seed.
// Usage: node bench/tune-finalists.mjs [--candidates 120] [--seeds 2] [--days 7] [--threads 2] [--cut 40] [--all-seeds 8]
import { parseArgs } from 'node:util';
import { preset } from '../dist/src/models/traffic/profile.js';
import { loadOf, replicaOf, sized, worldOf } from '../dist/src/planners/autoscaling/world.js';
import { tuneHpas } from '../dist/src/tune-hpas.js';

const text = { type: 'string' };
const { values } = parseArgs({
  options: {
    candidates: { ...text, default: '120' },
    seeds: { ...text, default: '2' },
    days: { ...text, default: '7' },
    threads: { ...text, default: '2' },
    cut: { ...text, default: '40' },
    'all-seeds': { ...text, default: '8' },
  },
});
const [candidates, seeds, days, threads, wholeTime, allSeeds] = [
  ...['candidates', 'seeds', 'days', 'threads', 'cut', 'all-seeds'],
].map((name) => Number(values[name]));
const start = Date.parse('2026-06-01T00:00:00Z') / 1000;
/** At half past twelve on the Friday, or on the last day. */
const news = {
  name: 'news',
  at: start + (Math.min(5, days) - 0.5) * 86_400 + 1800,
  multiplier: 3,
  rise: 15,
  decay: 1800,
};
const replica = replicaOf({ capacity: 100, cpuPerRequest: 0.004 }, null);
const surroundings = {
  ...{ startup: 20, imagePull: 2, scheduling: 1, grace: 30, scrape: 15, window: 60 },
  ...{ nodes: null, partitions: null, slo: { quantile: 0.99, seconds: 0.25 } },
};

function worldWith(name, events, noise, seed) {
  const shape = { base: { profile: preset(name), mean: 1 }, events, scale: 1 };
  const traffic = sized(shape, { mean: 1000 }, start, days);
  const load = loadOf(traffic, { start, days, step: 15.02, noise, seed });
  return worldOf(replica, load, 'fluid', new Map(), { ...surroundings, seed });
}

async function choice(traffic, cut) {
  const { name, events, noise } = traffic;
  const before = process.cpuUsage();
  const { chosen, tried } = await tuneHpas(
    {
      ...{ hpas: [], replica, events, floors: [], recorded: null, assumptions: [] },
      world: (seed) => worldWith(name, events, noise, seed),
    },
    {
      ...{ candidates, seeds, threads, cut, budget: 0.001, k8s: 36, seed: 1 },
      ...{ signal: new AbortController().signal, begin: () => undefined, progress: () => undefined },
    },
  );
  const cpu = process.cpuUsage(before);
  return { chosen, tried, cpu: (cpu.user + cpu.system) / 1e6 };
}

const still = { deviation: 0, memory: 300 };
const cuts = {
  'the cut': { wholeTime, allSeeds, neighbours: 0 },
  'and neighbours': { wholeTime, allSeeds, neighbours: 24 },
  'all, everywhere': {
    wholeTime: Number.POSITIVE_INFINITY,
    allSeeds: Number.POSITIVE_INFINITY,
    neighbours: 0,
  },
};
for (const traffic of [
  { title: 'fx-overlap-heavy with news', name: 'fx-overlap-heavy', events: [news], noise: still },
  { title: 'flat with news', name: 'flat', events: [news], noise: still },
  {
    title: 'fx-centre-share, drifting by 10 %',
    name: 'fx-centre-share',
    events: [],
    noise: { deviation: 0.1, memory: 300 },
  },
]) {
  process.stdout.write(`${traffic.title}\n`);
  for (const [what, cut] of Object.entries(cuts)) {
    const { chosen, tried, cpu } = await choice(traffic, cut);
    const minutes = (chosen.violated / 60).toFixed(2);
    process.stdout.write(
      `  ${what.padEnd(16)} ${chosen.podHours.toFixed(1).padStart(8)} pod-hours ${minutes.padStart(7)} min outside  (${tried} HPAs, ${cpu.toFixed(0)} s of CPU)\n`,
    );
  }
}
