import type { Amounts } from '../../models/rightsizing/krr.ts';
import type { ChangeSeverity, Grade } from '../../models/rightsizing/krr-severity.ts';
import type { Lateness } from '../../models/rightsizing/lateness.ts';
import type { Bounded } from '../../models/rightsizing/load-share.ts';
import type { Grid, OomKill, PodUse } from '../../models/rightsizing/use.ts';
import type { RightsizingFinding } from './findings.ts';

export const RIGHTSIZE_SCHEMA = 'fxscale.rightsize/1';

export const strategies = ['fxscale', 'krr', 'krr-limit', 'vpa'] as const;
export type Strategy = (typeof strategies)[number];

/** Cores, and bytes; null is none. */
export type Resources = { readonly cpu: Amounts; readonly memory: Amounts };
export type ResourceName = keyof Resources;

/** What a strategy says: null for a resource of which it says nothing. */
export type Advised = { readonly cpu: Amounts | null; readonly memory: Amounts | null };

export type ContainerHistory = {
  readonly name: string;
  readonly pods: readonly PodUse[];
  readonly ooms: readonly OomKill[];
  readonly now: Resources;
  /** Of the periods in which it ran, those in which its CPU limit stopped it; null without figures. */
  readonly throttled: number | null;
};

/** Whole percent for `utilization`, else cores, bytes or what the metric counts. */
export type HpaTarget = {
  readonly metric: string;
  readonly type: 'utilization' | 'average' | 'value';
  readonly value: number;
};

/** As kube-state-metrics tells it: without `behavior`. */
export type RecordedHpa = {
  readonly name: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly targets: readonly HpaTarget[];
};

export type WorkloadName = { readonly namespace: string; readonly kind: string; readonly name: string };

export type WorkloadHistory = WorkloadName & {
  readonly grid: Grid;
  /** Pods now. */
  readonly replicas: number;
  readonly containers: readonly ContainerHistory[];
  readonly hpa: RecordedHpa | null;
};

/** What a container is advised to have, by strategy, and what that rests on. */
export type ContainerAdvice = {
  readonly name: string;
  readonly now: Resources;
  /** Whole days with figures. */
  readonly days: number;
  readonly advice: Readonly<Record<Strategy, Advised>>;
  /** Of our own advice; null when the history is too short for it. */
  readonly basis: {
    readonly cpuRequest: Bounded;
    readonly memoryRequest: Bounded;
    readonly memoryLimit: Bounded;
  } | null;
  /** On a full node, with today's request and with our own; null without one. Of the pod where it is worst. */
  readonly lateness: { readonly now: Lateness | null; readonly advised: Lateness | null };
};

export type Count = { readonly mean: number; readonly most: number };

/** A resource that an HPA scales by, before and after: of a whole pod. Percent, cores and bytes. */
export type PairedTarget = {
  readonly resource: ResourceName;
  readonly type: 'utilization' | 'average';
  readonly requestNow: number | null;
  readonly requestThen: number;
  /** Percent for utilization, else the amount. */
  readonly targetNow: number;
  readonly targetThen: number;
  /** What it holds a pod at; null when a container has no request, so that it cannot scale. */
  readonly heldNow: number | null;
  readonly heldThen: number;
};

export type HpaAdvice = RecordedHpa & {
  /** What it scales by, so that a request must not be changed alone. */
  readonly scales: readonly ResourceName[];
  /** Empty when nothing can be advised. */
  readonly pairs: readonly PairedTarget[];
  /** Over the history; null for an HPA that scales by nothing that was recorded. */
  readonly replicas: {
    readonly recorded: Count;
    readonly before: Count;
    readonly after: Count;
    /** If the requests were changed alone, and the targets left. */
    readonly alone: Count;
    /** Of the time in which before and after are the same. */
    readonly same: number;
  } | null;
};

export type WorkloadAdvice = WorkloadName & {
  readonly replicas: { readonly now: number; readonly mean: number };
  readonly containers: readonly ContainerAdvice[];
  readonly hpa: HpaAdvice | null;
  readonly findings: readonly RightsizingFinding[];
};

/** Requested less than now on average, and not more where negative. Cores, bytes, money per hour. */
export type Saving = { readonly cores: number; readonly bytes: number; readonly perHour: number | null };

/** A workload with what its change is worth by the strategy that was chosen. */
export type RankedAdvice = WorkloadAdvice & {
  readonly severity: ChangeSeverity;
  readonly saving: Saving | null;
};

export type Rightsizing = {
  readonly schema: typeof RIGHTSIZE_SCHEMA;
  readonly inputs: {
    readonly prometheus: string;
    readonly namespace: string | null;
    readonly workload: string | null;
    /** Seconds since 1970, and seconds. */
    readonly until: number;
    readonly history: number;
    readonly step: number;
    readonly strategy: Strategy | 'all';
    readonly confidence: number;
    readonly cpuLimits: 'none' | 'tail';
    readonly podTarget: number | null;
    readonly prices: { readonly coreHour: number | null; readonly gibHour: number | null };
    readonly seed: number;
  };
  /** Whose figures are summed, judged and written as patches. */
  readonly chosen: Strategy;
  /** What is requested now, by as many pods as there were on average. */
  readonly requested: { readonly cores: number; readonly bytes: number };
  readonly saving: Saving;
  readonly score: number;
  readonly grade: Grade;
  readonly riskiest: (WorkloadName & { readonly finding: RightsizingFinding }) | null;
  /** The largest saving first. */
  readonly workloads: readonly RankedAdvice[];
  /** Pods of owners that are not sized, such as Jobs, by kind. */
  readonly ignored: readonly { readonly kind: string; readonly pods: number }[];
};
