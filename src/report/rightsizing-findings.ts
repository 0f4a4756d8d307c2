import type { RightsizingFinding } from '../planners/rightsizing/findings.ts';
import type { ResourceName, WorkloadAdvice, WorkloadName } from '../planners/rightsizing/types.ts';
import { cpuQuantity, formatBytes, formatPercent, memoryQuantity, round } from '../units.ts';
import { counted, list } from './resource-words.ts';
import { minutes } from './simulation-words.ts';

type Code = RightsizingFinding['code'];
/** What many workloads have in common and is told once, for all of them. */
type SharedCode =
  | 'CPU_REQUEST_LATE'
  | 'NO_REQUESTS'
  | 'CPU_LIMIT_DROPPED'
  | 'TOO_LITTLE_HISTORY'
  | 'WEEK_NOT_COVERED';
type Shared = Extract<RightsizingFinding, { code: SharedCode }>;

/** Names that a shared finding lists. */
const MOST_NAMED = 8;

export function nameOfWorkload({ namespace, name }: WorkloadName): string {
  return `${namespace}/${name}`;
}

/** A quantity of a manifest; `none` for no request or limit, and `?` where a strategy says nothing. */
export function quantityOf(resource: ResourceName, amount: number | null | undefined): string {
  if (amount === undefined) return '?';
  if (amount === null) return 'none';
  return resource === 'cpu' ? cpuQuantity(amount) : memoryQuantity(amount);
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
      return `The daily memory peak of ${args.container} rises by ${formatBytes(args.perDay)} a day, a leak or a cache without a bound: the advised limit of ${memoryQuantity(args.limit)} has room for ${args.days} days of that.`;
    case 'CPU_THROTTLED':
      return `The CPU limit${args.limit === null ? '' : ` of ${cpuQuantity(args.limit)}`} stopped ${args.container} in ${formatPercent(args.share)} of its periods of 100 ms: each time its requests wait up to 100 ms, and what it would have used is not known.`;
    case 'CPU_REQUEST_SHORT':
      return `On a full node the CPU request of ${args.container}, ${cpuQuantity(args.request)}, makes work up to ${minutes(args.worst)} late, and some of it ${formatPercent(args.share)} of the time; with the advised one ${args.left < 1 ? 'none' : `up to ${minutes(args.left)}`}.`;
    case 'CPU_REQUEST_LATE':
    case 'NO_REQUESTS':
    case 'CPU_LIMIT_DROPPED':
    case 'TOO_LITTLE_HISTORY':
    case 'WEEK_NOT_COVERED':
      return sharedText(code, eachOf(finding));
    case 'HELD_UP_BY_HPA':
      return `HPA ${args.hpa} holds pods at ${quantityOf(args.resource, args.held)} of ${resourceWord(args.resource)}: the request has to be ${quantityOf(args.resource, args.request)}, although ${quantityOf(args.resource, args.used)} would cover what pods use, because a full node would else hide from the HPA that pods are above its target. ${args.resource === 'cpu' ? '--pod-target holds them lower, with more pods.' : ''}`.trim();
    case 'HPA_WITHOUT_REQUEST':
      return `HPA ${args.hpa} scales by the share of the ${resourceWord(args.resource)} request, and a container has none: it cannot scale at all.`;
    case 'HPA_AT_MAX':
      return args.when === 'now'
        ? `HPA ${args.hpa} was at its maximum of ${counted(args.replicas, 'replica')} ${formatPercent(args.share)} of the time: the load may have been higher than what it let through.`
        : `HPA ${args.hpa} would be at its maximum of ${counted(args.replicas, 'replica')} ${formatPercent(args.share)} of the time with the advised target: raise it too, or hold pods higher.`;
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

function isShared(finding: RightsizingFinding): finding is Shared {
  const shared: readonly Code[] = [
    'CPU_REQUEST_LATE',
    'NO_REQUESTS',
    'CPU_LIMIT_DROPPED',
    'TOO_LITTLE_HISTORY',
    'WEEK_NOT_COVERED',
  ] satisfies SharedCode[];
  return shared.includes(finding.code);
}

/** What one workload adds to a shared finding. */
function eachOf({ code, args }: Shared): string {
  switch (code) {
    case 'CPU_REQUEST_LATE':
      return `${args.container}, up to ${minutes(args.worst)}, some of it ${formatPercent(args.share)} of the time`;
    case 'NO_REQUESTS':
      return `${args.container}, ${list(args.resources.map(resourceWord))}`;
    case 'CPU_LIMIT_DROPPED': {
      const throttled = args.throttled === null ? '' : `, throttled ${formatPercent(args.throttled)}`;
      return `${args.container}, now ${cpuQuantity(args.limit)}${throttled}`;
    }
    case 'TOO_LITTLE_HISTORY':
      return `${args.container}, ${args.days} of ${args.needed} whole days`;
    case 'WEEK_NOT_COVERED':
      return counted(args.days, 'day');
  }
}

function sharedText(code: SharedCode, all: string): string {
  switch (code) {
    case 'CPU_REQUEST_LATE':
      return `On a full node, where a pod gets its request and no more, work at the peaks is late: ${all}. Where there is CPU to spare it is not.`;
    case 'NO_REQUESTS':
      return `A request is missing: ${all}. Nothing is kept for it, and on a full node it is the first to be short or evicted.`;
    case 'CPU_LIMIT_DROPPED':
      return `No CPU limit is advised: ${all}. The request already keeps others from starving a pod, and a limit stops it only when there is CPU to spare; --cpu-limits tail sets limits above the peaks.`;
    case 'TOO_LITTLE_HISTORY':
      return `Nothing is advised: ${all}. Their history is too short.`;
    case 'WEEK_NOT_COVERED':
      return `Less than a week of history: ${all}. What only happens on other days is not in it.`;
  }
}

export type FindingLine = Pick<RightsizingFinding, 'code' | 'severity'> & { readonly text: string };

/** The findings of all workloads as sentences. */
export function findingLines(workloads: readonly WorkloadAdvice[]): FindingLine[] {
  const all = workloads.flatMap((workload) =>
    workload.findings.map((finding) => ({ finding, name: nameOfWorkload(workload) })),
  );
  const shared = new Map<SharedCode, string[]>();
  const lines: FindingLine[] = [];
  for (const { finding, name } of all) {
    const { code, severity } = finding;
    if (isShared(finding)) {
      shared.set(finding.code, [...(shared.get(finding.code) ?? []), `${name} (${eachOf(finding)})`]);
    } else lines.push({ code, severity, text: `${name}: ${describeRightsizing(finding)}` });
  }
  for (const [code, names] of shared) {
    const severity = all.find(({ finding }) => finding.code === code)?.finding.severity ?? 'info';
    const more = names.length > MOST_NAMED ? [`${names.length - MOST_NAMED} more`] : [];
    lines.push({ code, severity, text: sharedText(code, list([...names.slice(0, MOST_NAMED), ...more])) });
  }
  return lines;
}

function resourceWord(resource: ResourceName): string {
  return resource === 'cpu' ? 'CPU' : resource;
}
