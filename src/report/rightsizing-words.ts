import type { RightsizingFinding } from '../planners/rightsizing-findings.ts';
import type {
  HpaAdvice,
  PairedTarget,
  ResourceName,
  Rightsizing,
  Strategy,
  WorkloadName,
} from '../planners/rightsizing-types.ts';
import { cpuQuantity, formatBytes, formatPercent, formatSeconds, memoryQuantity, round } from '../units.ts';
import { list } from './findings.ts';
import { counted } from './resource-words.ts';

export const strategyNames: Readonly<Record<Strategy, string>> = {
  fxscale: 'fxscale',
  krr: 'KRR simple',
  'krr-limit': 'KRR simple-limit',
  vpa: 'VPA target',
};

/** Hours of a month, by which prices are told. */
const HOURS = 730;

export function nameOfWorkload({ namespace, name }: WorkloadName): string {
  return `${namespace}/${name}`;
}

/** A quantity of a manifest; `none` for no request or limit, and `?` where a strategy says nothing. */
export function quantityOf(resource: ResourceName, amount: number | null | undefined): string {
  if (amount === undefined) return '?';
  if (amount === null) return 'none';
  return resource === 'cpu' ? cpuQuantity(amount) : memoryQuantity(amount);
}

/** What can be saved or has to be added, in a sentence; then the workload that is most in danger. */
export function rightsizingAnswer({ saving, requested, chosen, workloads, riskiest }: Rightsizing): string[] {
  const cpu = change(saving.cores, requested.cores, 0.0005, (amount) => counted(amount, 'core'));
  const memory = change(saving.bytes, requested.bytes, 2 ** 20, formatBytes);
  const what = `By ${strategyNames[chosen]} the requests of ${counted(workloads.length, 'workload')} can change by ${cpu} of CPU and ${memory} of memory`;
  const worst =
    riskiest === null
      ? 'No workload is in danger with what it has.'
      : `Riskiest: ${nameOfWorkload(riskiest)}. ${describeRightsizing(riskiest.finding)}`;
  return [`${what}${money(saving.perHour)}.`, worst];
}

function change(saved: number, of: number, least: number, format: (amount: number) => string): string {
  if (Math.abs(saved) < least) return 'nothing';
  const share = of > 0 ? ` (${saved > 0 ? '-' : '+'}${formatPercent(Math.abs(saved) / of)})` : '';
  return `${saved > 0 ? '-' : '+'}${format(Math.abs(saved))}${share}`;
}

function money(perHour: number | null): string {
  if (perHour === null) return '';
  const month = round(Math.abs(perHour) * HOURS);
  return perHour >= 0 ? `, which saves ${month} a month` : `, which costs ${month} more a month`;
}

/** What a workload's change is worth, in a few words. */
export function savingWords({
  cores,
  bytes,
  perHour,
}: NonNullable<Rightsizing['workloads'][number]['saving']>): string {
  const part = (amount: number, least: number, text: string) =>
    Math.abs(amount) < least ? [] : [`${amount > 0 ? '-' : '+'}${text}`];
  const parts = [
    ...part(cores, 0.0005, counted(Math.abs(cores), 'core')),
    ...part(bytes, 2 ** 20, formatBytes(Math.abs(bytes))),
  ];
  const price =
    perHour === null ? [] : [`${perHour >= 0 ? '-' : '+'}${round(Math.abs(perHour) * HOURS)} a month`];
  return parts.length === 0 ? 'no change' : [...parts, ...price].join(', ');
}

/** What happens to the HPA: the pairs that are moved, and its replicas over the history. */
export function hpaWords({ name, minReplicas, maxReplicas, pairs, replicas }: HpaAdvice): string {
  const range = `HPA ${name}, ${minReplicas} to ${maxReplicas}`;
  if (pairs.length === 0)
    return `${range}: it does not scale by CPU or memory, so that requests do not move it.`;
  const counts =
    replicas === null
      ? ''
      : ` Replicas over the history: ${mean(replicas.before)} as it is, ${mean(replicas.after)} as advised, the same ${formatPercent(replicas.same)} of the time; ${mean(replicas.alone)} if the requests alone were changed. Recorded: ${mean(replicas.recorded)}.`;
  return `${range}: ${pairs.map(pairWords).join('; ')}.${counts}`;
}

function mean({ mean: average, most }: { mean: number; most: number }): string {
  return `${round(average)} (most ${round(most)})`;
}

function pairWords({
  resource,
  type,
  requestNow,
  requestThen,
  targetNow,
  targetThen,
  heldNow,
  heldThen,
}: PairedTarget): string {
  const of = (amount: number | null) => quantityOf(resource, amount);
  const held = heldNow !== null && Math.abs(heldThen / heldNow - 1) < 0.01;
  if (type === 'average')
    return `${resource} ${of(targetThen)} a pod${held ? ' as now' : ` instead of ${of(targetNow)}`}, request ${of(requestNow)} -> ${of(requestThen)}`;
  const hold = held
    ? `which holds a pod at ${of(heldThen)} as now`
    : `which holds a pod at ${of(heldThen)}${heldNow === null ? '' : ` instead of ${of(heldNow)}`}`;
  return `${resource} ${targetNow}% of ${of(requestNow)} -> ${targetThen}% of ${of(requestThen)}, ${hold}`;
}

/** A finding in words: what it says, what follows from it, what can be done. */
export function describeRightsizing(finding: RightsizingFinding): string {
  const { code, args } = finding;
  switch (code) {
    case 'OOM_KILLED':
      return `Container ${args.container} was ended ${times(args.count)} for reaching its memory limit${args.limit === null ? '' : ` of ${memoryQuantity(args.limit)}`}: raise it now.`;
    case 'MEMORY_LIMIT_SHORT':
      return `The memory limit of ${args.container}, ${memoryQuantity(args.limit)}, may not last: it used up to ${memoryQuantity(args.peak)}, and the peak of the next ${args.days} days may need ${memoryQuantity(args.needed)}.`;
    case 'MEMORY_RISES':
      return `The daily memory peak of ${args.container} rises by ${formatBytes(args.perDay)} a day and reaches the advised limit in ${round(Math.max(0, args.days))} days: a leak, or a cache without a bound.`;
    case 'CPU_THROTTLED':
      return `The CPU limit${args.limit === null ? '' : ` of ${cpuQuantity(args.limit)}`} stopped ${args.container} in ${formatPercent(args.share)} of its periods of 100 ms: each time its requests wait up to 100 ms, and what it would have used is not known.`;
    case 'CPU_REQUEST_SHORT':
      return `On a full node the CPU request of ${args.container}, ${cpuQuantity(args.request)}, makes work up to ${formatSeconds(args.worst)} late, and some of it ${formatPercent(args.share)} of the time; with the advised one ${args.left < 1 ? 'none' : `up to ${formatSeconds(args.left)}`}.`;
    case 'NO_REQUESTS':
      return `Container ${args.container} has no ${list(args.resources.map((resource) => (resource === 'cpu' ? 'CPU' : resource)))} request: nothing is kept for it, and on a full node it is the first to be short or evicted.`;
    case 'CPU_LIMIT_DROPPED':
      return `No CPU limit is advised for ${args.container} (now ${cpuQuantity(args.limit)}${args.throttled === null ? '' : `, which stopped it in ${formatPercent(args.throttled)} of its periods`}): the request already keeps others from starving it, and a limit only stops it when there is CPU to spare. --cpu-limits tail sets one above the peaks.`;
    case 'TOO_LITTLE_HISTORY':
      return `Nothing is advised for ${args.container}: its history has ${counted(args.days, 'whole day')}, and ${args.needed} are needed.`;
    case 'WEEK_NOT_COVERED':
      return `The history has ${counted(args.days, 'whole day')}, less than a week: what only happens on other days is not in it.`;
    case 'HELD_UP_BY_HPA':
      return `HPA ${args.hpa} holds pods at ${quantityOf(args.resource, args.held)} of ${args.resource}: the request stays at ${quantityOf(args.resource, args.request)}, although ${quantityOf(args.resource, args.used)} would cover what pods use, because a full node would else hide from the HPA that pods are above its target. ${args.resource === 'cpu' ? '--pod-target holds them lower, with more pods.' : ''}`.trim();
    case 'HPA_WITHOUT_REQUEST':
      return `HPA ${args.hpa} scales by the share of the ${args.resource} request, and a container has none: it cannot scale at all.`;
    case 'HPA_AT_MAX':
      return `HPA ${args.hpa} was at its maximum of ${counted(args.replicas, 'replica')} ${formatPercent(args.share)} of the time: the load may have been higher than what it let through.`;
    case 'HPA_AT_MIN':
      return `HPA ${args.hpa} was at its minimum of ${counted(args.replicas, 'replica')} ${formatPercent(args.share)} of the time: fewer may do, unless they are there for availability.`;
    case 'HPA_BY_HAND':
      return `HPA ${args.hpa} also scales by ${list(args.metrics)}, of which Prometheus knows only the name: no patch is written for what it scales by, so set request and target by hand, together.`;
    default:
      return unknown(finding);
  }
}

function times(count: number): string {
  return count === 1 ? 'once' : `${round(count)} times`;
}

/** Reached only when a code was added and not here, which the compiler refuses. */
function unknown(finding: never): never {
  throw new Error(`no words for ${JSON.stringify(finding)}`);
}

/** The strategies that are shown beside what there is now. */
export function shownStrategies(strategy: Rightsizing['inputs']['strategy']): Strategy[] {
  return strategy === 'all' ? (Object.keys(strategyNames) as Strategy[]) : [strategy];
}

/** Pods that are not sized. */
export function ignoredWords(ignored: Rightsizing['ignored']): string[] {
  if (ignored.length === 0) return [];
  const kinds = ignored.map(
    ({ kind, pods }) => `${counted(pods, 'pod')} of ${kind === 'none' ? 'no owner' : `kind ${kind}`}`,
  );
  return [`Not sized: ${list(kinds)}. Only Deployments, StatefulSets and DaemonSets are.`];
}

/** How far the reading is, in one line of at most `width` characters. */
export function rightsizingProgressLine(done: number, of: number, name: string, width: number): string {
  return `reading ${done + 1} of ${of}: ${name}`.slice(0, width);
}
