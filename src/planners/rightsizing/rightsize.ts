import type { Amounts } from '../../models/rightsizing/krr.ts';
import { gradeOf, scoreOf, severityOf, worstOf } from '../../models/rightsizing/krr-severity.ts';
import { adviseContainer, cores, MIB, MILLI, type RightsizingOptions, WEEK } from './container.ts';
import { type RightsizingFinding, riskOf } from './findings.ts';
import { adviseHpa, countOf, type PodRequests, pairTargets, podCounts, scaledBy } from './hpa.ts';
import { judgeLateness } from './lateness.ts';
import {
  type ContainerAdvice,
  type ContainerHistory,
  type PairedTarget,
  type RankedAdvice,
  type ResourceName,
  RIGHTSIZE_SCHEMA,
  type Rightsizing,
  type Saving,
  type Strategy,
  type WorkloadAdvice,
  type WorkloadHistory,
} from './types.ts';

type Prices = Rightsizing['inputs']['prices'];

export type WorkloadOptions = RightsizingOptions & {
  /** Cores that an HPA on CPU is to hold a pod at; null for what it holds it at today. */
  readonly podTarget: number | null;
};

/** What every strategy advises for one workload; where there is an HPA, our own in step with its targets. */
export function adviseWorkload(history: WorkloadHistory, options: WorkloadOptions): WorkloadAdvice {
  const { namespace, kind, name, grid, hpa, containers } = history;
  // KRR says nothing of a resource whose share an HPA scales by.
  const scaled = new Set(scaledBy(hpa, 'utilization'));
  const each = containers.map((container) =>
    adviseContainer(grid, container, scaled, containers.length, options),
  );
  const plain = each.map(({ advice }) => advice);
  const requests: PodRequests = {
    now: { cpu: sumNow(plain, 'cpu'), memory: sumNow(plain, 'memory') },
    wanted: { cpu: sumWanted(plain, 'cpu'), memory: sumWanted(plain, 'memory') },
  };
  const isAdvised = plain.some(({ basis }) => basis !== null);
  const pairs = hpa === null || !isAdvised ? [] : pairTargets(hpa, requests, options.podTarget);
  const scaling = hpa === null ? null : adviseHpa(history, hpa, requests, pairs);
  const judged = pairs
    .reduce(withPair, plain)
    .map((advice, i) => judgeLateness(grid, containers[i] as ContainerHistory, advice));
  const days = Math.min(...plain.map((container) => container.days));
  const week: RightsizingFinding[] =
    isAdvised && days < WEEK ? [{ code: 'WEEK_NOT_COVERED', severity: 'info', args: { days } }] : [];
  return {
    ...{ namespace, kind, name },
    replicas: { now: history.replicas, mean: countOf(podCounts(containers, grid)).mean },
    containers: judged.map(({ advice }) => advice),
    hpa: scaling?.advice ?? null,
    findings: [...each, ...judged, ...(scaling === null ? [] : [scaling]), { findings: week }].flatMap(
      ({ findings }) => findings,
    ),
  };
}

/** Null when a container has none: its HPA fails then. */
function sumNow(containers: readonly ContainerAdvice[], resource: ResourceName): number | null {
  const requests = containers.map(({ now }) => now[resource].request);
  if (requests.includes(null)) return null;
  return sum(requests, resource);
}

/** A container of which too little is known keeps what it has. */
function sumWanted(containers: readonly ContainerAdvice[], resource: ResourceName): number {
  return sum(
    containers.map(({ advice, now }) => (advice.fxscale[resource] ?? now[resource]).request),
    resource,
  );
}

/** In whole millicores, which doubles do not add up exactly. */
function sum(amounts: readonly (number | null)[], resource: ResourceName): number {
  const total = amounts.reduce<number>((all, amount) => all + (amount ?? 0), 0);
  return resource === 'cpu' ? Math.round(total * 1e6) / 1e6 : total;
}

/** Raises the requests of the advised containers, each in proportion, until those of the pod are what the pair says. */
function withPair(
  containers: readonly ContainerAdvice[],
  { resource, requestThen }: PairedTarget,
): readonly ContainerAdvice[] {
  const unit = resource === 'cpu' ? MILLI : MIB;
  const advised = containers.filter(({ advice }) => advice.fxscale[resource] !== null);
  const wanted = advised.map(({ advice }) => advice.fxscale[resource]?.request ?? 0);
  const total = sum(wanted, resource);
  const missing = Math.round((requestThen - sumWanted(containers, resource)) / unit);
  const shares = apportion(
    missing,
    wanted.map((amount) => amount / total),
  );
  return containers.map((container) => {
    const index = advised.indexOf(container);
    const amounts = container.advice.fxscale[resource];
    if (index < 0 || amounts === null) return container;
    const units = Math.round((amounts.request ?? 0) / unit) + (shares[index] as number);
    const request = resource === 'cpu' ? cores(units) : units * MIB;
    const limit = amounts.limit === null ? null : Math.max(amounts.limit, request);
    const fxscale = { ...container.advice.fxscale, [resource]: { request, limit } };
    return { ...container, advice: { ...container.advice, fxscale } };
  });
}

/** `whole` in whole parts by `shares`, which sum to one: the largest remainders are rounded up. */
function apportion(whole: number, shares: readonly number[]): number[] {
  const exact = shares.map((share) => share * whole);
  const parts = exact.map(Math.floor);
  const left = whole - parts.reduce((all, part) => all + part, 0);
  const order = exact.map((value, i) => [value - (parts[i] as number), i] as const).sort(([a], [b]) => b - a);
  for (const [, i] of order.slice(0, left)) parts[i] = (parts[i] as number) + 1;
  return parts;
}

/** All workloads by the strategy that was chosen, the largest saving or need first. */
export function rankWorkloads(
  workloads: readonly WorkloadAdvice[],
  inputs: Rightsizing['inputs'],
  ignored: Rightsizing['ignored'],
): Rightsizing {
  const chosen = inputs.strategy === 'all' ? 'fxscale' : inputs.strategy;
  const { prices } = inputs;
  const ranked = workloads
    .map((workload) => ({
      ...workload,
      severity: severityBy(workload, chosen),
      saving: savingOf(workload, chosen, prices),
    }))
    .sort((a, b) => weightOf(b) - weightOf(a) || order(keyOf(a), keyOf(b)));
  const severities = ranked.map(({ severity }) => severity);
  const score = scoreOf(severities);
  const savings = ranked.flatMap(({ saving }) => (saving === null ? [] : [saving]));
  const total = (pick: (saving: Saving) => number) => savings.reduce((all, saving) => all + pick(saving), 0);
  return {
    schema: RIGHTSIZE_SCHEMA,
    inputs,
    chosen,
    requested: { cores: requestedOf(workloads, 'cpu'), bytes: requestedOf(workloads, 'memory') },
    saving: priced(
      total((saving) => saving.cores),
      total((saving) => saving.bytes),
      prices,
    ),
    score,
    grade: gradeOf(score),
    riskiest: riskiestOf(workloads),
    workloads: ranked,
    ignored,
  };
}

function requestedOf(workloads: readonly WorkloadAdvice[], resource: ResourceName): number {
  return workloads.reduce(
    (all, { replicas, containers }) =>
      all +
      replicas.mean *
        sum(
          containers.map(({ now }) => now[resource].request),
          resource,
        ),
    0,
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function keyOf({ namespace, kind, name }: WorkloadAdvice): string {
  return `${namespace}/${kind}/${name}`;
}

/** A core is worth about four GiB: only for the order of rows. */
function weightOf({ saving }: RankedAdvice): number {
  return saving === null ? -1 : Math.abs(saving.cores) + Math.abs(saving.bytes) / 2 ** 32;
}

/** By KRR's steps; a container that was ended for its memory makes it critical. */
function severityBy({ containers, findings }: WorkloadAdvice, chosen: Strategy): RankedAdvice['severity'] {
  if (findings.some(({ code }) => code === 'OOM_KILLED')) return 'critical';
  return worstOf(
    containers.flatMap(({ now, advice }) =>
      (['cpu', 'memory'] as const).flatMap((resource) =>
        (['request', 'limit'] as const).map((part) =>
          severityOf(resource, now[resource][part], advice[chosen][resource]?.[part]),
        ),
      ),
    ),
  );
}

/** What is requested now less what would be, by all pods on average; null when nothing is advised. */
function savingOf(
  { containers, replicas, hpa }: WorkloadAdvice,
  chosen: Strategy,
  prices: Prices,
): Saving | null {
  const isAdvised = containers.some(
    ({ advice }) => advice[chosen].cpu !== null || advice[chosen].memory !== null,
  );
  if (!isAdvised) return null;
  const counts = chosen === 'fxscale' ? hpa?.replicas : undefined;
  const growth = counts ? counts.after.mean / counts.before.mean : 1;
  const saved = (resource: ResourceName) =>
    containers.reduce((all, { now, advice }) => {
      const from: Amounts = now[resource];
      // A request that must not be changed alone is not, except together with its target.
      const isHeld = chosen !== 'fxscale' && hpa?.scales.includes(resource);
      const to = (isHeld ? null : advice[chosen][resource]) ?? from;
      return all + replicas.mean * ((from.request ?? 0) - growth * (to.request ?? 0));
    }, 0);
  return priced(saved('cpu'), saved('memory'), prices);
}

function priced(cpu: number, bytes: number, { coreHour, gibHour }: Prices): Saving {
  const isPriced = coreHour !== null || gibHour !== null;
  const perHour = isPriced ? cpu * (coreHour ?? 0) + (bytes / 2 ** 30) * (gibHour ?? 0) : null;
  return { cores: cpu, bytes, perHour };
}

function riskiestOf(workloads: readonly WorkloadAdvice[]): Rightsizing['riskiest'] {
  const risks = workloads.flatMap(({ namespace, kind, name, findings }) =>
    findings.flatMap((finding) => {
      const risk = riskOf(finding);
      return risk === null ? [] : [{ risk, riskiest: { namespace, kind, name, finding } }];
    }),
  );
  risks.sort(({ risk: [a, x] }, { risk: [b, y] }) => a - b || x - y);
  return risks[0]?.riskiest ?? null;
}
