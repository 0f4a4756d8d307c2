import type { AutoscalingPlan } from './autoscaling/choice.ts';
import type { HorizontalPodAutoscaler } from './autoscaling/object.ts';
import type { Binding } from './bottleneck.ts';
import type {
  ConnectionPlan,
  CostPlan,
  DatabaseMemory,
  DatabaseOptions,
  DatabaseSize,
  IopsPlan,
  PostgresSettings,
  ReadReplicas,
  StoragePlan,
} from './database/plan.ts';
import type { Finding } from './findings.ts';
import type { CpuPlan, Limits, MemoryPlan, Quantities, ReplicaPlan } from './service/plan.ts';
import type { RolloutPlan } from './service/rollout.ts';
import type { StreamFigures } from './streams/figures.ts';
import type { StreamPlans } from './streams/streams.ts';
import type { TrafficForecast } from './traffic/forecast.ts';
import type { WhatIf } from './what-if.ts';
import type { Declared, Range } from './worlds.ts';

/**
 * The plan as JSON, `fxscale.plan/1`. Numbers are in base units: seconds, bytes, cores, requests per second, shares
 * of one. Kubernetes quantities stand only in `resources` and inside the manifest objects.
 */
export const PLAN_SCHEMA = 'fxscale.plan/1';

/** Where one figure comes from. */
export type Basis = 'measured' | 'declared';

/**
 * What a request uses up: CPU in core seconds, `...Bytes` in bytes, `connectionTime` in seconds that a database
 * connection is held, the others in operations, each per request.
 */
export type Resource =
  | 'platformCpu'
  | 'databaseCpu'
  | 'walBytes'
  | 'databaseReads'
  | 'databaseWrites'
  | 'databaseFsyncs'
  | 'ioBytes'
  | 'growthBytes'
  | 'connectionTime';

/** A figure with its 95 % interval. */
export type Figure = { value: number; low: number; high: number };

/**
 * Per request. Where the data tell only what classes cost together there is no figure of a class of its own: `together`
 * is the mean over all requests of the classes in `group`, in the mix in which they were measured.
 */
export type Demand = { basis: Basis } & (
  | (Figure & { separable: true; group?: undefined; together?: undefined })
  | {
      separable: false;
      group: string[];
      together: Figure;
      value?: undefined;
      low?: undefined;
      high?: undefined;
    }
);

/** How well one resource was fitted. */
export type Fit = {
  /** Used per second without any request: of one replica for `platformCpu`, of the whole database otherwise. */
  background: { value: number; low: number; high: number };
  intervals: number;
  seconds: number;
  downWeighted: number;
  r2: number;
  /** Of the design matrix with columns scaled to unit length. */
  condition: number;
};

/** Use per second: the middle and a 95 % interval over the uncertainty of the fits. */
export type Use = { value: number; low: number; high: number; basis: Basis };

export type Spread = { p5: number; p50: number; p95: number };

export type Percentiles = { p50: number; p95: number; p99: number };

/** What the runs showed, before anything is planned from it. */
export type Observed = {
  /** Highest request rate that was held for five seconds. */
  testedRate: number;
  replicas: number;
  /** Cores that one replica could use during the test; null when it was not limited. */
  replicaCpu: number | null;
  /** Share of each class in all requests. */
  mix: Record<string, number>;
  latency: Record<string, Percentiles>;
  /** 99th percentile at the lowest load: no count of replicas brings a class under it. */
  floor: Record<string, number>;
  /** Of the replica that used most. */
  memoryPeak: number | null;
  checkpoints: number | null;
};

/** An event that multiplies the peak by `multiplier` within `rise` seconds and decays over `decay` seconds. */
export type LoadEvent = {
  name: string;
  multiplier: number;
  /** Where the multiplier is not known for certain, with `multiplier` as its middle. */
  range?: Range;
  rise: number;
  decay: number;
};

/** A latency target: `quantile` of the requests of `class` (of every class when absent) within `seconds`. */
export type Slo = { class?: string; quantile: number; seconds: number };

export type Availability = 'replica' | 'zone' | 'region';

/** Everything the plan was made from, after defaults. */
export type Inputs = {
  runs: { id: string; script: string; startedAt: string; seconds: number; complete: boolean }[];
  /** Stated peak, before growth; null when only the database was declared. */
  peak: { rate: Declared; basis: Basis; source: 'stated' | 'users' | 'runs' | 'traffic' } | null;
  /** Where the peak was recorded; requests per second on average. */
  traffic?: { name: string; mean: number; forecast: TrafficForecast | null };
  /** Per year, and over how many months. */
  growth: Declared;
  horizonMonths: number;
  events: LoadEvent[];
  slos: Slo[];
  availability: Availability;
  /** Of each region, where there are several. */
  zones: number;
  regions: number;
  /** Share of its CPU that a region may use while it carries its part of a lost one's load. */
  failoverThreshold: number;
  /** The load of a replica may be far above what was tested. */
  extrapolate: boolean;
  startup: number;
  confidence: number;
  seed: number;
  /** Worlds that were sampled. */
  worlds: number;
  database: DatabaseOptions;
  declared: StreamFigures & {
    rps?: Declared;
    latency?: Declared;
    concurrency?: number;
    users?: Declared;
    tradesPerDay?: Declared;
    tradeBytes?: Declared;
    storageBytes?: Declared;
    capacityBytes?: number;
    connections?: Declared;
    peakConnections?: Declared;
  };
  /** What was given, and where: `flag`, or file, line and column. The rest are defaults, or come from the runs. */
  from?: Record<string, string>;
};

/**
 * WAL of an average request of the planned mix, with the images of whole pages that it writes on average from one
 * checkpoint to the next.
 */
export type WalPlan = {
  /** Requests per second for which it is told: the more there are in a cycle, the fewer images each of them writes. */
  rate: number;
  /** Seconds from one checkpoint to the next at this rate, and what sets it: `checkpoint_timeout` or `max_wal_size`. */
  checkpointInterval: number;
  by: 'time' | 'size';
  imageBytes: number;
  /** Pages that the requests write to again and again. */
  hotPages: number;
  imagesPerRequest: number;
  /** Without images, as long after a checkpoint. */
  steadyBytesPerRequest: number;
  bytesPerRequest: number;
};

/** The rate at which something in the recommended plan is used up. */
export type Saturation = {
  resource: Binding;
  atRate: number;
  basis: Basis;
};

/**
 * `basis` is `mixed` when some figures are measured and some declared. A part is null when neither runs nor declared
 * figures say anything about it.
 */
export type Plan = StreamPlans & {
  schema: typeof PLAN_SCHEMA;
  basis: Basis | 'mixed';
  inputs: Inputs;
  observed: Observed | null;
  /** The load planned for, in the middle of the worlds: the stated peak with growth, and with the strongest event. */
  load: {
    peak: number;
    withEvents: number;
    mix: Record<string, number>;
    /** Over the worlds. */
    spread: { peak: Spread; withEvents: Spread };
  } | null;
  demand: Record<string, Partial<Record<Resource, Demand>>>;
  fits: Partial<Record<Resource, Fit>>;
  /**
   * What is used of each resource: cores, bytes per second, operations per second, connections. The service's CPU at
   * the peak; the rest, which no autoscaler adds to, at the top of the strongest event.
   */
  atPeak: Partial<Record<Resource, Use>>;
  replicas: ReplicaPlan | null;
  cpu: CpuPlan | null;
  memory: MemoryPlan | null;
  resources: { requests: Quantities; limits: Limits } | null;
  rollout: RolloutPlan | null;
  hpa: HorizontalPodAutoscaler | null;
  /** How it was chosen by simulation; null when it is the one that the formulas give. */
  autoscaling: AutoscalingPlan | null;
  iops: IopsPlan | null;
  /** Null when the runs do not tell images of whole pages from other bytes. */
  wal: WalPlan | null;
  storage: StoragePlan | null;
  connections: ConnectionPlan | null;
  /** Cores of the database; null when its CPU was not measured. */
  database: DatabaseSize | null;
  databaseMemory: DatabaseMemory | null;
  readReplicas: ReadReplicas | null;
  postgres: PostgresSettings | null;
  /** Null where the service, or everything, has no price. */
  cost: CostPlan | null;
  /** What binds first; the rest of the chain in ascending order of rate. */
  bottleneck: Saturation | null;
  saturations: Saturation[];
  /** Replicas that other demands on the service would take. */
  whatIf: WhatIf[];
  findings: Finding[];
};
