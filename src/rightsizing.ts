import { withoutCredentials } from './collect/collector.ts';
import type { Workload } from './collect/kubernetes-state.ts';
import { FxscaleError } from './errors.ts';
import type { Grid } from './models/rightsizing/use.ts';
import { DAYS_NEEDED } from './planners/rightsizing/container.ts';
import { adviseWorkload, rankWorkloads } from './planners/rightsizing/rightsize.ts';
import {
  type ContainerAdvice,
  type Rightsizing,
  strategies,
  type WorkloadAdvice,
} from './planners/rightsizing/types.ts';
import { openPrometheus, type RightsizeFlags } from './rightsize-flags.ts';
import { type Asked, type Overview, readHistory, readOverview } from './rightsizing-history.ts';

export type RightsizeContext = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Seconds since 1970. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly progress: (done: number, of: number, name: string) => void;
};

/** More steps than a year of the usual ones are a mistake. */
const MOST_STEPS = 500_000;
/** Names that an error lists. */
const LISTED = 5;

/**
 * The right sizes of what the Prometheus at `address` knows, workload by workload, so that never more than one history
 * is in memory. Throws USAGE for an address, namespace or workload that is none, UNREACHABLE when Prometheus cannot be
 * read, and REFUSED when it does not know enough.
 */
export async function rightsize(
  address: string,
  flags: RightsizeFlags,
  { environment, now, signal, progress }: RightsizeContext,
): Promise<Rightsizing> {
  const { namespace, step, history, confidence, seed, cpuLimits, podTarget = null } = flags;
  const until = flags.until ?? now;
  const grid = gridOf(until, history, step);
  const server = openPrometheus(address, environment);
  const asked: Asked = { server, namespace, signal };
  try {
    const overview = await readOverview(asked, grid);
    const chosen = choose(overview, flags);
    const advised: WorkloadAdvice[] = [];
    for (const [i, workload] of chosen.entries()) {
      progress(i, chosen.length, `${workload.namespace}/${workload.name}`);
      const recorded = await readHistory(asked, grid, workload, overview);
      if (recorded.containers.length === 0) continue;
      advised.push(adviseWorkload(recorded, { confidence, seed, cpuLimits, podTarget }));
    }
    const ignored = [...overview.ignored]
      .map(([kind, pods]) => ({ kind, pods }))
      .sort((a, b) => b.pods - a.pods);
    const report = rankWorkloads(
      advised,
      {
        prometheus: withoutCredentials(server.url),
        namespace: namespace ?? null,
        workload: flags.workload ?? null,
        until,
        history,
        step,
        strategy: flags.strategy,
        confidence,
        cpuLimits,
        podTarget,
        prices: { coreHour: flags.priceCoreHour ?? null, gibHour: flags.priceGibHour ?? null },
        seed,
      },
      flags.workload === undefined ? ignored : [],
    );
    checkAdvised(report);
    return report;
  } finally {
    server.client.close();
  }
}

/** The last time is `until`; the first value is that of the step after the history began. */
function gridOf(until: number, history: number, step: number): Grid {
  const steps = Math.floor(history / step);
  if (steps < 2)
    throw new FxscaleError(
      'USAGE',
      '--history is shorter than two of --step: write for example --history 14d',
    );
  if (steps > MOST_STEPS)
    throw new FxscaleError(
      'USAGE',
      `--history has ${steps} of --step, more than ${MOST_STEPS}: write a longer --step`,
    );
  return { from: until - (steps - 1) * step, step, steps };
}

/** The workloads that the flags name. */
function choose({ workloads, namespaces }: Overview, { namespace, workload }: RightsizeFlags): Workload[] {
  if (namespaces.length === 0)
    throw new FxscaleError(
      'REFUSED',
      'Prometheus has no metric kube_pod_owner in that time: kube-state-metrics must be scraped, to tell which pods belong together',
    );
  if (namespace !== undefined && !namespaces.includes(namespace))
    throw new FxscaleError(
      'USAGE',
      `--namespace: there were no pods in a namespace ${namespace}: known are ${listed(namespaces)}`,
    );
  const pattern = workload === undefined ? undefined : new RegExp(`^(?:${workload})$`);
  const found = pattern === undefined ? workloads : workloads.filter(({ name }) => pattern.test(name));
  if (found.length > 0) return found;
  if (workloads.length === 0)
    throw new FxscaleError(
      'REFUSED',
      'there were pods, but none of a Deployment, StatefulSet or DaemonSet: only those are sized',
    );
  throw new FxscaleError(
    'USAGE',
    `--workload: no workload has such a name: known are ${listed(workloads.map(({ name }) => name))}`,
  );
}

function listed(names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return `${names.slice(0, LISTED).join(', ')}${more}`;
}

/** A report in which nothing is advised is none. */
function checkAdvised({ workloads, chosen, inputs }: Rightsizing): void {
  const containers = workloads.flatMap((workload) => workload.containers);
  // Side by side, what the others say is worth showing.
  const shown = inputs.strategy === 'all' ? strategies : [chosen];
  const isAdvised = ({ advice }: ContainerAdvice) =>
    shown.some((strategy) => advice[strategy].cpu !== null || advice[strategy].memory !== null);
  if (containers.some(isAdvised)) return;
  // VPA needs a single value: without even that nothing was recorded.
  if (containers.every(({ advice }) => advice.vpa.cpu === null))
    throw new FxscaleError(
      'REFUSED',
      'Prometheus has no CPU and memory of these containers in that time (container_cpu_usage_seconds_total): cAdvisor, which is in every kubelet, must be scraped',
    );
  const days = Math.max(...containers.map((container) => container.days));
  const needed = {
    fxscale: `at most ${days} whole ${days === 1 ? 'day' : 'days'} of history, and ${DAYS_NEEDED} are needed: wait, or see what --strategy all says`,
    krr: 'less than 3 hours or 100 points of history, or an HPA, of which KRR says nothing',
    'krr-limit': 'less than 3 hours or 100 points of history, or an HPA, of which KRR says nothing',
    vpa: 'no history',
  };
  throw new FxscaleError('REFUSED', `nothing can be advised: these workloads have ${needed[chosen]}`);
}
