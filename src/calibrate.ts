import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { FxscaleError } from './errors.ts';
import { runTest } from './load/engine.ts';
import { prepareTest } from './load/prepare.ts';
import { LoopbackServers } from './loopback.ts';
import { judgeLadder, type LadderLimit, ladderRates, ON_SCHEDULE, type Rung } from './models/load-ladder.ts';
import type { RunRow } from './run.ts';

export type CalibrationSettings = {
  /** Seconds of load in all. */
  readonly seconds: number;
  readonly workers: number | 'auto';
  readonly signal: AbortSignal;
  /** Told before each second of load. */
  progress(done: { seconds: number; of: number }): void;
};

/** How much load the embedded engine can make here. Rates are requests per second, times seconds. */
export type Ladder = {
  /** The highest rate that was on schedule; null when none was. */
  readonly requestsPerSecond: number | null;
  /** CPU seconds of the generator for one request at that rate. */
  readonly cpuPerRequest: number | null;
  /** 99th percentile of how late requests started at that rate. */
  readonly scheduleLag: number | null;
  /** What counts as on schedule. */
  readonly onSchedule: number;
  readonly workers: number;
  readonly servers: number;
  /** Requests that follow each other, over fifty connections: more than can be kept on schedule. */
  readonly closedLoop: number;
  readonly limit: LadderLimit;
  readonly rungs: Rung[];
};

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
export async function calibrate(settings: CalibrationSettings): Promise<Ladder> {
  const { seconds, signal, progress } = settings;
  const workers = settings.workers === 'auto' ? Math.max(1, availableParallelism() - 1) : settings.workers;
  // A server does less for a request than the engine: one for each worker is enough, where there are the cores.
  const servers = await LoopbackServers.start(
    Math.max(1, Math.min(workers, availableParallelism() - workers)),
  );
  const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-calibration-'));
  let done = 0;
  const told = () => progress({ seconds: done++, of: seconds });
  const drive = (scenario: object) => driven(folder, scenario, { servers, workers, signal, told });
  try {
    told();
    const closed = await drive({ executor: 'constant-vus', vus: CLOSED_USERS, duration: `${CLOSED}s` });
    // In the first second connections are made and code is compiled.
    const closedLoop = rateOf(closed.filter(({ row }) => row.t > 1.5));
    const rates = closedLoop > 0 ? ladderRates(closedLoop, seconds - CLOSED - RAMP) : [];
    const climbed = rates.length === 0 ? [] : await drive(climb(rates));
    const rungs = rates.flatMap((offered, i) => {
      // A machine that stalls leaves seconds out.
      const second = climbed.find(({ row }) => Math.round(row.t) === RAMP + i + 1);
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
  } finally {
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Arrivals at each rate for a second, after a ramp up to the first. */
function climb(rates: readonly number[]): object {
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

type Driving = { servers: LoopbackServers; workers: number; signal: AbortSignal; told(): void };

/** Runs one scenario against the servers, and gives its seconds. */
async function driven(folder: string, scenario: object, driving: Driving): Promise<Second[]> {
  const { servers, workers, signal, told } = driving;
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
