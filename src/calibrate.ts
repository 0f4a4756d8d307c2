import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { Calibration } from './calibration.ts';
import type { FxscaleError } from './errors.ts';
import { runTest } from './load/engine.ts';
import { prepareTest } from './load/prepare.ts';
import { LoopbackServers } from './loopback.ts';
import { judgeLadder, ladderRates, ON_SCHEDULE, type Rung } from './models/load-ladder.ts';
import type { RunRow } from './run.ts';

export type CalibrationSettings = {
  /** Seconds of load in all. */
  readonly seconds: number;
  readonly workers: number | 'auto';
  readonly signal: AbortSignal;
  /** Told before each second of load. */
  progress(done: { seconds: number; of: number }): void;
};

type Figures = 'requestsPerSecond' | 'cpuPerRequest' | 'scheduleLag';

/** A calibration as it was measured; its figures are null when no rate was on schedule. */
export type Ladder = Omit<Calibration, 'machine' | 'version' | 'date' | Figures> &
  Record<Figures, number | null>;

/** Users of the closed loop, and of the arrivals: enough that a hiccup of a tenth of a second finds a free one. */
const CLOSED_USERS = 50;
const ARRIVAL_USERS = 500;
/** Of the seconds: to find the ceiling, and to ramp up to the first rung. */
const [CLOSED, RAMP] = [3, 1];
/** Seconds of a closed loop, and rungs, that a calibration needs at least. */
export const SHORTEST = CLOSED + RAMP + 2;

type Second = { row: RunRow; serverBusy: number };

/**
 * Loads servers of its own on this machine: first in a closed loop, to learn what the engine can do at most, then with
 * arrivals at rising rates up to that, one second each. Throws the signal's reason when it is aborted.
 */
export async function calibrate({
  seconds,
  signal,
  progress,
  ...settings
}: CalibrationSettings): Promise<Ladder> {
  const cores = availableParallelism();
  const workers = settings.workers === 'auto' ? Math.max(1, cores - 1) : settings.workers;
  const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-calibration-'));
  try {
    // A server does less for a request than the engine: one for each worker is enough, where there are the cores.
    const servers = await LoopbackServers.start(Math.max(1, Math.min(workers, cores - workers)));
    let done = 0;
    const told = () => progress({ seconds: done++, of: seconds });
    try {
      return await climbed({ folder, servers, workers, signal, told }, seconds - CLOSED - RAMP);
    } finally {
      await servers.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Driving = {
  folder: string;
  servers: LoopbackServers;
  workers: number;
  signal: AbortSignal;
  told(): void;
};

/** The ceiling, and `count` rates up to it. */
async function climbed(driving: Driving, count: number): Promise<Ladder> {
  const { servers, workers, told } = driving;
  told();
  const closed = await drive(
    { executor: 'constant-vus', vus: CLOSED_USERS, duration: `${CLOSED}s` },
    driving,
  );
  // In the first second connections are made and code is compiled.
  const closedLoop = rateOf(closed.filter(({ row }) => row.t > 1.5));
  const rates = closedLoop > 0 ? ladderRates(closedLoop, count) : [];
  const seconds = rates.length === 0 ? [] : await drive(arrivals(rates), driving);
  const rungs = rates.flatMap((offered, i) => {
    // A machine that stalls leaves seconds out.
    const second = seconds.find(({ row }) => Math.round(row.t) === RAMP + i + 1);
    return second === undefined ? [] : [rungOf(offered, second)];
  });
  const { best, limit } = judgeLadder(rungs, workers);
  return {
    requestsPerSecond: best?.achieved ?? null,
    cpuPerRequest: best === undefined ? null : best.cpu / best.achieved,
    scheduleLag: best?.scheduleLag ?? null,
    onSchedule: ON_SCHEDULE,
    workers,
    servers: servers.urls.length,
    closedLoop,
    limit,
    rungs,
  };
}

/** Arrivals at each rate for a second, after a ramp up to the first. */
function arrivals(rates: readonly number[]): object {
  return {
    executor: 'ramping-arrival-rate',
    preAllocatedVUs: ARRIVAL_USERS,
    stages: [
      { target: rates[0], duration: `${RAMP}s` },
      ...rates.flatMap((target) => [
        { target, duration: '0s' },
        { target, duration: '1s' },
      ]),
    ],
    gracefulStop: '1s',
  };
}

/** Runs one scenario against the servers, and gives its seconds. */
async function drive(scenario: object, driving: Driving): Promise<Second[]> {
  const { folder, servers, workers, signal, told } = driving;
  const script = path.join(folder, 'calibration.js');
  writeFileSync(script, scriptOf(scenario, servers.urls));
  const test = await prepareTest(
    script,
    {},
    {
      ...{ env: {}, noThresholds: true, allowedHosts: new Set(), workers, secretSources: [] },
      ...{ outputs: [], samples: () => undefined, strict: false, signal, log: () => undefined },
    },
  );
  const stop = () => test.stop(signal.reason as FxscaleError);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const seconds: Promise<Second>[] = [];
  try {
    await servers.busiest();
    const ended = await runTest(test, {
      started: () => undefined,
      row(row) {
        told();
        const second = servers.busiest().then((serverBusy) => ({ row, serverBusy }));
        // Awaited below; a server that is gone must not be an unhandled rejection until then.
        second.catch(() => undefined);
        seconds.push(second);
      },
    });
    if (ended.error !== undefined) throw ended.error;
    return await Promise.all(seconds);
  } finally {
    signal.removeEventListener('abort', stop);
    await test.close();
  }
}

/** One GET and one check, as the smallest script that anybody runs. */
function scriptOf(scenario: object, urls: readonly string[]): string {
  return `
    import http from 'k6/http';
    import { check } from 'k6';
    export const options = { scenarios: { calibration: ${JSON.stringify(scenario)} } };
    const urls = ${JSON.stringify(urls)};
    export default function () {
      check(http.get(urls[__VU % urls.length]), { 'status is 200': (r) => r.status === 200 });
    }`;
}

const requestsIn = ({ classes }: RunRow) => Object.values(classes).reduce((sum, { count }) => sum + count, 0);

function rateOf(seconds: readonly Second[]): number {
  const requests = seconds.reduce((sum, { row }) => sum + requestsIn(row), 0);
  return requests === 0 ? 0 : requests / seconds.reduce((sum, { row }) => sum + row.seconds, 0);
}

function rungOf(offered: number, { row, serverBusy }: Second): Rung {
  const { generator, classes } = row;
  return {
    offered,
    achieved: requestsIn(row) / row.seconds,
    dropped: generator.dropped,
    failures: Object.values(classes).reduce((sum, { failures }) => sum + failures, 0),
    scheduleLag: generator.scheduleLag,
    cpu: generator.cpu,
    serverBusy,
  };
}
