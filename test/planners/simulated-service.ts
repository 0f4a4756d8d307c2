import { COARSE_BITS, Histogram } from '../../src/models/histogram.ts';
import { Random } from '../../src/models/random.ts';
import type { ClassRow, Run, RunRow } from '../../src/run.ts';

/** CPU seconds that a request of each class is made to cost, of which the service itself adds nothing. */
export const injected = { light: 0.001, middle: 0.004, heavy: 0.012 };
type Name = keyof typeof injected;
const names = Object.keys(injected) as Name[];

/** Cores that the service uses without any request. */
export const backgroundLoad = 0.06;

/** Requests per second of each class. */
type Rates = Record<Name, number>;

/** Each class at a rate that uses a quarter of a core, or at a tenth of it: in every combination, and some twice. */
const [full, tenth] = [1, 0.1];
export const apart: Rates[] = [
  [tenth, tenth, tenth],
  [full, tenth, tenth],
  [tenth, full, full],
  [full, full, tenth],
  [tenth, tenth, full],
  [full, full, full],
  [tenth, full, tenth],
  [full, tenth, full],
  [0.5, tenth, 0.5],
  [full, tenth, tenth],
].map(([light = 0, middle = 0, heavy = 0]) => ({
  light: 250 * light,
  middle: 62 * middle,
  heavy: 21 * heavy,
}));

/** Requests per second in all, for a load in which every user sends one of each class, one after the other. */
export const together: Rates[] = [0.2, 0.8, 0.5, 1, 0.3, 0.9, 0.4, 0.7, 0.6, 1].map((share) => {
  return { light: 35 * share, middle: 35 * share, heavy: 35 * share };
});

export type Simulated = {
  steps: readonly Rates[];
  /** The classes come in turn, and not at random. */
  inTurn?: boolean;
  /** Seconds by which the CPU counter is told late. */
  trailing?: number;
  seconds?: number;
};

/**
 * A run against one thread that serves in turn, request by request: arrivals of Poisson, costs that spread by a tenth,
 * a background that drifts, collections of garbage, readings that come late, and two disturbances that nobody asked for.
 */
export function simulate(seed: number, options: Simulated): Run {
  const random = new Random(seed);
  const { steps, seconds = 60, trailing = 0 } = options;
  const exponential = (mean: number) => -mean * Math.log(1 - random.uniform());
  const rates = (t: number) =>
    steps[Math.min(steps.length - 1, Math.floor((t / seconds) * steps.length))] as Rates;
  const sum = ({ light, middle, heavy }: Rates) => light + middle + heavy;
  /** Busy from `from` on for `cost` seconds of CPU. */
  const work: { from: number; cost: number }[] = [];
  const ends: { t: number; name: Name }[] = [];
  let free = 0;
  for (let t = 0; ; ) {
    t += exponential(1 / sum(rates(t)));
    if (t >= seconds) break;
    const name = options.inTurn ? (names[ends.length % names.length] as Name) : draw(rates(t), random);
    const cost = injected[name] * Math.max(0.2, 1 + 0.1 * random.normal());
    const from = Math.max(t, free);
    work.push({ from, cost });
    free = from + cost;
    ends.push({ t: free, name });
  }
  for (let t = exponential(4); t < seconds; t += exponential(4)) {
    work.push({ from: t, cost: 0.006 + 0.01 * random.uniform() });
  }
  for (const at of [0.3 + 0.1 * random.uniform(), 0.75 + 0.1 * random.uniform()]) {
    work.push({ from: at * seconds, cost: 0.25 });
  }
  const cpu = reader(work, random, seconds);
  return {
    header: {
      schema: 'fxscale.run/1',
      id: `simulated-${seed}`,
      startedAt: '2026-01-05T12:00:00.000Z',
      version: '0.1.0',
      script: 'simulated.ts@000000000000',
      openLoop: true,
      machine: { cpus: 2, memory: 8 * 2 ** 30, platform: 'linux/x64', node: 'v20.20.2' },
      service: { replicas: 1 },
      sources: [],
    },
    rows: rowsOf(ends, seconds),
    samples: Array.from({ length: seconds + 1 }, (_, i) => {
      const t = i + 0.01 + 0.004 * Math.abs(random.normal());
      return { t, source: 'platform/0', values: { process_cpu_seconds_total: cpu(t - trailing) } };
    }),
    notes: [],
    end: { t: seconds, exitCode: 0, thresholds: [] },
  };
}

function draw(weights: Rates, random: Random): Name {
  let left = random.uniform() * names.reduce((sum, name) => sum + weights[name], 0);
  for (const name of names) {
    left -= weights[name];
    if (left < 0) return name;
  }
  return 'light';
}

/** What the counter says at a time: the work done by then and a background that drifts by a tenth. */
function reader(work: { from: number; cost: number }[], random: Random, seconds: number) {
  const sorted = work.toSorted((a, b) => a.from - b.from);
  const idle: number[] = [0];
  let drift = 0;
  for (let i = 0; i < seconds + 2; i++) {
    drift = 0.6 * drift + 0.8 * random.normal();
    idle.push((idle.at(-1) ?? 0) + backgroundLoad * Math.max(0, 1 + 0.1 * drift));
  }
  const starts = sorted.map(({ from }) => from);
  return (t: number) => {
    const time = Math.max(0, t);
    const whole = Math.floor(time);
    const [before = 0, after = 0] = idle.slice(whole, whole + 2);
    const begun = sorted.slice(0, starts.findLastIndex((from) => from < time) + 1);
    return begun.reduce(
      (sum, { from, cost }) => sum + Math.min(cost, time - from),
      3 + before + (after - before) * (time - whole),
    );
  };
}

function rowsOf(ends: { t: number; name: Name }[], seconds: number): RunRow[] {
  const latency = new Histogram(COARSE_BITS).toJSON();
  const rows = Array.from({ length: seconds }, (_, i): RunRow => {
    const generator = {
      cpu: 0.1,
      loopLag: 0,
      scheduleLag: 0,
      dropped: 0,
      iterations: 0,
      vus: 1,
      inFlight: 0,
    };
    return { t: i + 1, seconds: 1, classes: {}, generator };
  });
  for (const { t, name } of ends) {
    const row = rows[Math.floor(t)];
    if (row === undefined) continue;
    const own: ClassRow = row.classes[name] ?? { count: 0, failures: 0, latency };
    own.count++;
    row.classes[name] = own;
  }
  return rows;
}
