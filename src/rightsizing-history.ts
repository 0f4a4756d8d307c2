import {
  namespacesQuery,
  overviewQueries,
  ownerQueries,
  restartQueries,
  stateQueries,
  throttlingQueries,
  useQueries,
} from './collect/kubernetes-queries.ts';
import { latestOf, type Workload, workloadsOf } from './collect/kubernetes-state.ts';
import type { RangeSeries } from './collect/prometheus-answer.ts';
import { type PrometheusServer, queryRange } from './collect/prometheus-api.ts';
import { FxscaleError, messageOf } from './errors.ts';
import type { Grid, OomKill, PodUse } from './models/rightsizing/use.ts';
import type { ContainerHistory, WorkloadHistory } from './planners/rightsizing/types.ts';

/** Points in an answer of Prometheus, of about 35 bytes each: below the size up to which one is read. */
const MOST_VALUES = 600_000;
const MOST_POINTS = 11_000;
/** Pods in one query, whose names are all in its URL, and what containers they may have. */
const MOST_PODS = 50;
const CONTAINERS = 4;
/** Seconds between two readings where the last hour has none. */
const USUAL_SCRAPE = 30;
/** Readings that a rate rests on. */
const READINGS = 2.5;

export type Asked = {
  readonly server: PrometheusServer;
  readonly namespace: string | undefined;
  readonly signal: AbortSignal;
};

/** What was found at the end of the history, before any of it was read. */
export type Overview = {
  readonly workloads: Workload[];
  readonly ignored: Map<string, number>;
  readonly namespaces: string[];
  /** Containers, as `namespace/pod/container`, that were ended for their memory. */
  readonly killed: ReadonlySet<string>;
  /** Seconds over which a rate can be taken. */
  readonly window: number;
};

/** The cluster at the end of `grid`. Throws UNREACHABLE when Prometheus cannot be read. */
export async function readOverview(asked: Asked, grid: Grid): Promise<Overview> {
  const { namespace } = asked;
  const history = Math.ceil(grid.steps * grid.step);
  const [pods, state, overview, namespaces] = await Promise.all([
    atEnd(asked, grid, ownerQueries(namespace, history)),
    atEnd(asked, grid, stateQueries(namespace)),
    atEnd(asked, grid, overviewQueries(namespace, history)),
    atEnd(asked, grid, { all: namespacesQuery(history) }),
  ]);
  const reads = overview.reads?.[0] === undefined ? undefined : latestOf(overview.reads[0]);
  const scrape = reads === undefined || reads < 2 ? USUAL_SCRAPE : 3600 / reads;
  return {
    ...workloadsOf({ ...state, ...pods, running: state.pods ?? [] }),
    namespaces: (namespaces.all ?? []).map(({ labels }) => labels.namespace ?? '').sort(),
    killed: new Set((overview.killed ?? []).map(({ labels: l }) => `${l.namespace}/${l.pod}/${l.container}`)),
    window: Math.ceil(Math.max(grid.step, READINGS * scrape)),
  };
}

/** The answers to `queries` at the last time of the grid. */
async function atEnd<Name extends string>(
  asked: Asked,
  grid: Grid,
  queries: Readonly<Record<Name, string>>,
): Promise<Partial<Record<Name, RangeSeries[]>>> {
  const end = { ...grid, from: grid.from + (grid.steps - 1) * grid.step, steps: 1 };
  const answers = await Promise.all(
    (Object.entries(queries) as [Name, string][]).map(
      async ([name, promql]) => [name, await range(asked, end, promql)] as const,
    ),
  );
  return Object.fromEntries(answers) as Partial<Record<Name, RangeSeries[]>>;
}

/** Everything on the grid, in as many pages as keep each answer small. */
async function range(
  { server, signal }: Asked,
  { from, step, steps }: Grid,
  promql: string,
  series = 1,
): Promise<RangeSeries[]> {
  const [first, last] = [new Date(from * 1000), new Date((from + (steps - 1) * step) * 1000)];
  const page = Math.min(MOST_POINTS, Math.max(1, Math.floor(MOST_VALUES / series)));
  try {
    return (await queryRange(server, promql, first, last, step, { signal, page })).series;
  } catch (cause) {
    signal.throwIfAborted();
    throw new FxscaleError('UNREACHABLE', `Prometheus at ${server.url.host}: ${messageOf(cause)}`, { cause });
  }
}

/** What the containers of `workload` used on `grid`. Throws UNREACHABLE. */
export async function readHistory(
  asked: Asked,
  grid: Grid,
  workload: Workload,
  overview: Overview,
): Promise<WorkloadHistory> {
  const { namespace, kind, name, running, hpa } = workload;
  const uses = new Map<string, Map<string, PodUse>>();
  const kills: (OomKill & { container: string })[] = [];
  const periods = new Map<string, { throttled: number; all: number }>();
  for (let i = 0; i < workload.pods.length; i += MOST_PODS) {
    const pods = { namespace, pods: workload.pods.slice(i, i + MOST_PODS) };
    await addUse(asked, grid, pods, overview.window, uses);
    kills.push(...(await readKills(asked, grid, pods, overview.killed)));
    await addThrottling(asked, grid, pods, periods);
  }
  // What runs now is sized; of a workload that rests, or without that metric, whatever was seen.
  const names = workload.containers.size > 0 ? [...workload.containers.keys()] : [...uses.keys()];
  const none = { request: null, limit: null };
  const containers = names.toSorted().map((container): ContainerHistory => {
    const now = workload.containers.get(container) ?? { cpu: none, memory: none };
    const counted = periods.get(container);
    return {
      name: container,
      now,
      pods: [...(uses.get(container)?.values() ?? [])],
      ooms: kills
        .filter((kill) => kill.container === container)
        .map(({ pod, time }) => ({ pod, time, limit: now.memory.limit }))
        .sort((a, b) => a.time - b.time),
      throttled: counted === undefined || counted.all === 0 ? null : counted.throttled / counted.all,
    };
  });
  return { namespace, kind, name, grid, replicas: running, containers, hpa };
}

type Pods = { namespace: string; pods: string[] };

async function addUse(
  asked: Asked,
  grid: Grid,
  pods: Pods,
  window: number,
  uses: Map<string, Map<string, PodUse>>,
): Promise<void> {
  const queries = useQueries(pods, window);
  const read = (promql: string) => range(asked, grid, promql, pods.pods.length * CONTAINERS);
  const answers = await Promise.all([read(queries.cpu), read(queries.memory)]);
  const empty = () => new Float64Array(grid.steps).fill(Number.NaN);
  (['cpu', 'memory'] as const).forEach((resource, i) => {
    for (const { labels, points } of answers[i] ?? []) {
      const { pod = '', container = '' } = labels;
      const byPod = uses.get(container) ?? new Map<string, PodUse>();
      const use = byPod.get(pod) ?? { pod, cpu: empty(), memory: empty() };
      uses.set(container, byPod.set(pod, use));
      for (const { t, value } of points) use[resource][Math.round((t - grid.from) / grid.step)] = value;
    }
  });
}

/** Times at which a container had restarted, and its end before was for its memory. */
async function readKills(
  asked: Asked,
  grid: Grid,
  { namespace, pods }: Pods,
  killed: ReadonlySet<string>,
): Promise<(OomKill & { container: string })[]> {
  const all = [...killed].map((id) => id.split('/'));
  const concerned = pods.filter((pod) => all.some(([ns, name]) => ns === namespace && name === pod));
  if (concerned.length === 0) return [];
  const queries = restartQueries({ namespace, pods: concerned });
  const read = (promql: string) => range(asked, grid, promql, concerned.length * CONTAINERS);
  const [restarts, reasons] = await Promise.all([read(queries.restarts), read(queries.killed)]);
  return reasons.flatMap(({ labels, points }) => {
    const { pod = '', container = '' } = labels;
    const counts = restarts.find((each) => each.labels.pod === pod && each.labels.container === container);
    const place = (t: number) => Math.round((t - grid.from) / grid.step);
    const at = new Map(counts?.points.map(({ t, value }) => [place(t), value]));
    return points.flatMap(({ t, value }) => {
      const count = at.get(place(t)) ?? 0;
      // What had happened when the history begins is not in it; a pod that is new had never restarted.
      const before = at.get(place(t) - 1) ?? (place(t) === 0 ? count : 0);
      return value > 0 && count > before ? [{ pod, container, time: t, limit: null }] : [];
    });
  });
}

async function addThrottling(
  asked: Asked,
  grid: Grid,
  pods: Pods,
  periods: Map<string, { throttled: number; all: number }>,
): Promise<void> {
  const answers = await atEnd(asked, grid, throttlingQueries(pods, Math.ceil(grid.steps * grid.step)));
  const add = (all: RangeSeries[] | undefined, part: 'throttled' | 'all') => {
    for (const series of all ?? []) {
      const { container = '' } = series.labels;
      const sums = periods.get(container) ?? { throttled: 0, all: 0 };
      sums[part] += latestOf(series) ?? 0;
      periods.set(container, sums);
    }
  };
  add(answers.throttled, 'throttled');
  add(answers.periods, 'all');
}
