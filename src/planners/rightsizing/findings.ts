import type { Severity } from '../findings.ts';
import type { ResourceName } from './types.ts';

type Coded<Code extends string, S extends Severity, Args extends object> = {
  readonly code: Code;
  readonly severity: S;
  readonly args: Args;
};

/** What was noticed about a workload, as data; the report has the words. Figures are in base units. */
export type RightsizingFinding =
  /** Containers that were ended because their memory reached the limit, which is null where none is known. */
  | Coded<'OOM_KILLED', 'error', { container: string; count: number; limit: number | null }>
  /** The peak of the coming days may be above today's limit. */
  | Coded<
      'MEMORY_LIMIT_SHORT',
      'warning',
      { container: string; limit: number; peak: number; needed: number; days: number }
    >
  /** The daily peak rises by `perDay`: the advised limit has room for that for `days`. */
  | Coded<'MEMORY_RISES', 'warning', { container: string; perDay: number; days: number; limit: number }>
  /** In the share `share` of the periods the CPU limit stopped it. */
  | Coded<'CPU_THROTTLED', 'warning', { container: string; share: number; limit: number | null }>
  /** On a full node today's request makes work late by `worst` seconds, and some of it in the share `share` of time; by `left` with the advised one. */
  | Coded<
      'CPU_REQUEST_SHORT',
      'warning',
      { container: string; request: number; worst: number; share: number; left: number }
    >
  /** So late the work beyond the advised request is on a full node: what it costs not to ask for the peaks. */
  | Coded<'CPU_REQUEST_LATE', 'info', { container: string; request: number; worst: number; share: number }>
  | Coded<'NO_REQUESTS', 'warning', { container: string; resources: ResourceName[] }>
  /** A limit that is advised to go: it throttled in the share of the periods, null where that is not known. */
  | Coded<'CPU_LIMIT_DROPPED', 'info', { container: string; limit: number; throttled: number | null }>
  | Coded<'TOO_LITTLE_HISTORY', 'warning', { container: string; days: number; needed: number }>
  /** Less than a week: what only happens on other days is not in it. */
  | Coded<'WEEK_NOT_COVERED', 'info', { days: number }>
  /** The request stays above what is used, because the HPA holds pods at `held`. */
  | Coded<
      'HELD_UP_BY_HPA',
      'info',
      { hpa: string; resource: ResourceName; used: number; request: number; held: number }
    >
  /** Pods lack a request for what the HPA's utilization is of: it cannot scale. */
  | Coded<'HPA_WITHOUT_REQUEST', 'error', { hpa: string; resource: ResourceName }>
  /** It was at its maximum, or minimum, for the share `share` of the time; or would be, with what is advised. */
  | Coded<'HPA_AT_MAX', 'warning', { hpa: string; replicas: number; share: number; when: 'now' | 'advised' }>
  | Coded<'HPA_AT_MIN', 'info', { hpa: string; replicas: number; share: number }>
  /** It also scales by metrics of which only the name is known: its manifest cannot be written anew. */
  | Coded<'HPA_BY_HAND', 'warning', { hpa: string; metrics: string[] }>;

/** What endangers a workload, the worst first. */
const risks: readonly RightsizingFinding['code'][] = [
  'OOM_KILLED',
  'HPA_WITHOUT_REQUEST',
  'MEMORY_LIMIT_SHORT',
  'CPU_THROTTLED',
  'HPA_AT_MAX',
  'MEMORY_RISES',
  'CPU_REQUEST_SHORT',
  'NO_REQUESTS',
];

/** Ascending from the worst; null for what is no risk. */
export function riskOf(finding: RightsizingFinding): readonly [rank: number, size: number] | null {
  const rank = risks.indexOf(finding.code);
  const isOfToday = finding.code !== 'HPA_AT_MAX' || finding.args.when === 'now';
  return rank < 0 || !isOfToday ? null : [rank, -sizeOf(finding)];
}

/** Among findings of one code, how bad. */
function sizeOf({ code, args }: RightsizingFinding): number {
  switch (code) {
    case 'OOM_KILLED':
      return args.count;
    case 'MEMORY_LIMIT_SHORT':
      return args.needed / args.limit;
    case 'CPU_THROTTLED':
    case 'HPA_AT_MAX':
      return args.share;
    case 'CPU_REQUEST_SHORT':
      return args.worst;
    default:
      return 0;
  }
}
