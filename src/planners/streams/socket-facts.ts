import { fitDemand } from '../../models/demand.ts';
import { seriesOf } from '../../models/series.ts';
import type { Run, Sample } from '../../run.ts';
import { classesOf, fewestFor, ofPresentClasses } from '../fits.ts';
import { metersOf, readings, serviceSamples, sumOfSeries, windowsOf } from '../meters.ts';
import { lastOf, type Measurements } from './counted.ts';

/** WebSocket connections as the service's pages showed them; null where they do not tell. */
export type SocketFacts = {
  /** The most at once, of all replicas together. */
  connections: number;
  /** Messages that one connection is sent per second, and core seconds of one message. */
  messagesEach: number | null;
  cpuPerMessage: number | null;
  /** Files that a replica may have open, and had open beside its WebSockets. */
  mostFiles: number | null;
  otherFiles: number;
};

const CONNECTIONS = 'websocket_active_connections';
const SENT = 'websocket_messages_sent_total';

/** Undefined where no replica ever had one open. */
export function socketFacts({ runs, seed }: Measurements): SocketFacts | undefined {
  const connections = Math.max(0, ...runs.map(mostAtOnce));
  if (connections === 0) return undefined;
  const replicas = runs.flatMap((run) => [...serviceSamples(run).values()]);
  const files = replicas.flatMap((own) =>
    own.flatMap(({ values }) =>
      values.process_open_fds === undefined
        ? []
        : [values.process_open_fds - (sumOfSeries(values, CONNECTIONS) ?? 0)],
    ),
  );
  const limits = replicas.flatMap((own) => lastOf(own, 'process_max_fds') ?? []);
  return {
    connections,
    messagesEach: messagesEach(replicas),
    cpuPerMessage: cpuPerMessage(runs, seed),
    mostFiles: limits.length === 0 ? null : Math.min(...limits),
    otherFiles: Math.max(0, ...files),
  };
}

/** A run of WebSockets alone tells of them, and of nothing else. */
export function hasSockets(run: Run): boolean {
  return mostAtOnce(run) > 0;
}

/** The sum over the replicas of the most that each of them had. */
function mostAtOnce(run: Run): number {
  return [...serviceSamples(run).values()].reduce(
    (sum, own) => sum + Math.max(0, ...own.map(({ values }) => sumOfSeries(values, CONNECTIONS) ?? 0)),
    0,
  );
}

/** Messages over the seconds that connections were open. */
function messagesEach(replicas: readonly Sample[][]): number | null {
  let [messages, open] = [0, 0];
  for (const own of replicas) {
    own.slice(1).forEach((sample, i) => {
      const before = own[i] as Sample;
      const sent = (sumOfSeries(sample.values, SENT) ?? 0) - (sumOfSeries(before.values, SENT) ?? 0);
      const held = sumOfSeries(sample.values, CONNECTIONS) ?? 0;
      if (sent < 0 || held === 0) return;
      messages += sent;
      open += held * (sample.t - before.t);
    });
  }
  return open > 0 && messages > 0 ? messages / open : null;
}

/**
 * By the demand law with messages as one more class of requests; null where they rose and fell with the requests, or their
 * cost is not surely above zero.
 */
function cpuPerMessage(runs: readonly Run[], seed: number): number | null {
  const all = classesOf(runs);
  const windows = runs.flatMap((run) => {
    const meter = metersOf(run).find(({ resource }) => resource === 'platformCpu');
    const sent = [...serviceSamples(run).values()].map((own) => seriesOf(readings(own, [SENT]), 'counter'));
    return (meter ? windowsOf(run, meter, all) : []).flatMap((window) => {
      const added = sent.map((series) => series.increase(window.from, window.to));
      if (!added.every((each) => each !== undefined)) return [];
      return [{ ...window, counts: [...window.counts, added.reduce((sum, each) => sum + each, 0)] }];
    });
  });
  const names = [...all, SENT];
  const { classes, windows: usable } = ofPresentClasses(names, windows);
  if (!classes.includes(SENT) || usable.length < fewestFor(classes)) return null;
  const { demands, groups } = fitDemand(usable, { seed });
  const at = classes.indexOf(SENT);
  const alone = groups.some((group) => group.length === 1 && group[0] === at);
  const cost = demands[at];
  return alone && cost !== undefined && cost.low > 0 ? cost.value : null;
}
