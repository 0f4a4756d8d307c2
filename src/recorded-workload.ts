import { openServer } from './collect/prometheus-api.ts';
import { FxscaleError } from './errors.ts';
import type { Hpa, ObjectReference } from './models/hpa/spec.ts';
import { type History, type HistoryPoint, historyOf } from './models/traffic/history.ts';
import { readRates } from './prometheus-rates.ts';

export type RecordedFlags = {
  /** Where Prometheus is: `http://host:port`, or as `run --collect` takes it. */
  fromPrometheus: string;
  /** PromQL of the requests per second; by default the CPU that the workload used, over the CPU of a request. */
  loadQuery?: string;
  /** PromQL of the replicas that were asked for. */
  replicasQuery?: string;
};

export type RecordedWorkload = { load: History; replicas: History };

/** Seconds between two points: what metrics-server and Prometheus mostly keep. */
const STEP = 15;
/** The shortest that holds two points, of those that scrape intervals of up to two minutes leave. */
const RATE_WINDOWS = ['1m', '5m'];

/**
 * What Prometheus recorded of the target of `hpa` from `from` to `to`, seconds since 1970. Throws UNREACHABLE when it
 * does not answer, and FILE when it has no such series or gaps in it.
 */
export async function readRecorded(
  { fromPrometheus, loadQuery, replicasQuery }: RecordedFlags,
  hpa: Hpa,
  { from, to, cpuPerRequest }: { from: number; to: number; cpuPerRequest: number },
): Promise<RecordedWorkload> {
  const address = /^prometheus\+/i.test(fromPrometheus) ? fromPrometheus : `prometheus+${fromPrometheus}`;
  const server = openServer(address, process.env);
  const read = (query: string, option: string) =>
    readRates(server, query, { from, to, step: STEP }, `--from-prometheus, ${option}`);
  try {
    let load: HistoryPoint[] = [];
    const queries =
      loadQuery === undefined ? RATE_WINDOWS.map((window) => cpuQuery(hpa, window)) : [loadQuery];
    for (const query of queries) {
      load = await read(query, '--load-query');
      if (load.length > 0) break;
    }
    const replicas = await read(replicasQuery ?? replicaQuery(hpa), '--replicas-query');
    const scale = loadQuery === undefined ? 1 / cpuPerRequest : 1;
    return {
      load: history(
        load.map(({ t, rate }) => ({ t, rate: rate * scale })),
        '--load-query',
      ),
      replicas: history(replicas, '--replicas-query'),
    };
  } finally {
    server.client.close();
  }
}

/** By the names of cAdvisor. */
function cpuQuery({ namespace = 'default', scaleTarget }: Hpa, window: string): string {
  const pods = `namespace="${namespace}",pod=~"${podsOf(scaleTarget)}",container!="",container!="POD"`;
  return `sum(rate(container_cpu_usage_seconds_total{${pods}}[${window}]))`;
}

/** The names of the pods of a workload, and not of one whose own name begins like its. */
function podsOf({ kind, name }: ObjectReference): string {
  const own = name.replaceAll('.', '[.]');
  if (kind === 'StatefulSet') return `${own}-[0-9]+`;
  return kind === 'Deployment' ? `${own}-[a-z0-9]{1,10}-[a-z0-9]{5}` : `${own}-.*`;
}

/** By the names of kube-state-metrics. */
function replicaQuery({ namespace = 'default', scaleTarget }: Hpa): string {
  return `max(kube_${scaleTarget.kind.toLowerCase()}_spec_replicas{namespace="${namespace}",${scaleTarget.kind.toLowerCase()}="${scaleTarget.name}"})`;
}

function history(points: readonly HistoryPoint[], option: string): History {
  try {
    return historyOf(points);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const what = points.length === 0 ? 'no series matches' : error.message;
    throw new FxscaleError(
      'FILE',
      `--from-prometheus: ${what}: give a ${option} that was recorded all that time`,
      {
        cause: error,
      },
    );
  }
}
