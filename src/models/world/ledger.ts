import type { Decision } from '../hpa/sync.ts';
import type { Cluster } from './cluster.ts';
import { type Elasticity, elasticity } from './elasticity.ts';
import { rateOf, type Slo } from './replica.ts';
import type { World } from './simulate.ts';
import type { Engine, Outcome } from './station.ts';
import { type Cause, causeOf, NEWS, type Violation } from './violation.ts';

export type Scaling = {
  /** Seconds since 1970. */
  time: number;
  from: number;
  to: number;
  /** Of the controller's SuccessfulRescale event, or of KEDA's. */
  reason: string;
};

/** Columns by step. Utilisation is offered load over what the ready pods can do; the percentiles are seconds. */
export type Steps = {
  rate: Float64Array;
  needed: Float64Array;
  replicas: Float64Array;
  ready: Float64Array;
  utilisation: Float64Array;
  waiting: Float64Array;
  arrived: Float64Array;
  served: Float64Array;
  late: Float64Array;
  rejected: Float64Array;
  /** 1 where the SLO was not kept. */
  violated: Uint8Array;
  p50?: Float64Array;
  p95?: Float64Array;
  p99?: Float64Array;
};

export type Simulation = {
  start: number;
  seconds: number;
  steps: Steps;
  scalings: Scaling[];
  violations: Violation[];
  /** Seconds in which the SLO was not kept. */
  violated: number;
  causes: Partial<Record<Cause, number>>;
  /** Seconds; not numbers when nothing was answered. */
  response: { p50: number; p95: number; p99: number; slo: number };
  meanWait: number;
  arrived: number;
  served: number;
  late: number;
  rejected: number;
  /** Hours of pods that exist, and of nodes when they are limited. */
  podHours: number;
  nodeHours: number | null;
  elasticity: Elasticity;
  /** Share of requests for which the fluid approximation is rough. */
  rough: number;
};

/** Writes down what happened in every step. */
export class Ledger {
  readonly #world: World;
  readonly #steps: Steps;
  readonly #capacity: number;
  /** Pods that can work at once. */
  readonly #places: number;
  readonly #lookBack: number;
  readonly #scalings: Scaling[] = [];
  readonly #violations: Violation[] = [];
  #podSeconds = 0;
  #nodeSeconds = 0;
  #violated = 0;

  constructor(world: World, needed: Float64Array, quantiles: boolean) {
    this.#world = world;
    this.#capacity = rateOf(world.replica);
    this.#places = world.partitions ?? Number.POSITIVE_INFINITY;
    const { rates } = world.load;
    this.#lookBack = Math.ceil(NEWS / world.load.seconds);
    const column = () => new Float64Array(rates.length);
    this.#steps = {
      rate: rates,
      needed,
      replicas: column(),
      ready: column(),
      utilisation: column(),
      waiting: column(),
      arrived: column(),
      served: column(),
      late: column(),
      rejected: column(),
      violated: new Uint8Array(rates.length),
      ...(quantiles ? { p50: column(), p95: column(), p99: column() } : {}),
    };
  }

  /** Seconds in which the SLO was not kept so far. */
  get violated(): number {
    return this.#violated;
  }

  scaled(scaling: Scaling): void {
    this.#scalings.push(scaling);
  }

  add(
    k: number,
    { arrived, served, late, rejected }: Outcome,
    cluster: Cluster,
    decision: Decision,
    engine: Engine,
    max: number,
  ): void {
    const steps = this.#steps;
    const { load, slo } = this.#world;
    const ready = cluster.serving.length;
    const rate = load.rates[k] as number;
    steps.replicas[k] = cluster.replicas;
    steps.ready[k] = ready;
    const working = Math.min(ready, this.#places);
    steps.utilisation[k] =
      working > 0 ? rate / (working * this.#capacity) : rate > 0 ? Number.POSITIVE_INFINITY : 0;
    steps.waiting[k] = cluster.waiting + engine.held;
    steps.arrived[k] = arrived;
    steps.served[k] = served;
    steps.late[k] = late;
    steps.rejected[k] = rejected;
    this.#podSeconds += cluster.pods.length * load.seconds;
    this.#nodeSeconds += cluster.nodes.nodes * load.seconds;
    if (steps.p50 && steps.p95 && steps.p99) {
      steps.p50[k] = engine.stepQuantile(0.5);
      steps.p95[k] = engine.stepQuantile(0.95);
      steps.p99[k] = engine.stepQuantile(0.99);
    }
    if (late > (1 - slo.quantile) * Math.max(arrived, 1)) this.#violate(k, cluster, decision, max);
  }

  close(engine: Engine, { quantile }: Slo): Simulation {
    const steps = this.#steps;
    const { load, nodes } = this.#world;
    const violations = this.#violations;
    const causes: Partial<Record<Cause, number>> = {};
    for (const violation of violations)
      for (const [cause, seconds] of Object.entries(violation.causes) as [Cause, number][])
        causes[cause] = (causes[cause] ?? 0) + seconds;
    const arrived = sum(steps.arrived);
    return {
      start: load.start,
      seconds: load.seconds,
      steps,
      scalings: this.#scalings,
      violations,
      violated: this.#violated,
      causes,
      response: {
        p50: engine.responseQuantile(0.5),
        p95: engine.responseQuantile(0.95),
        p99: engine.responseQuantile(0.99),
        slo: engine.responseQuantile(quantile),
      },
      meanWait: engine.meanWait(),
      arrived,
      served: sum(steps.served),
      late: sum(steps.late),
      rejected: sum(steps.rejected),
      podHours: this.#podSeconds / 3600,
      nodeHours: nodes === null ? null : this.#nodeSeconds / 3600,
      elasticity: elasticity(steps.needed, steps.ready),
      rough: arrived > 0 ? engine.rough / arrived : 0,
    };
  }

  #violate(k: number, cluster: Cluster, decision: Decision, max: number): void {
    const { load } = this.#world;
    const steps = this.#steps;
    const { needed } = steps;
    steps.violated[k] = 1;
    const ready = cluster.serving.length;
    const cause = causeOf({
      decision,
      cluster,
      max,
      places: this.#places,
      needed: needed[k] as number,
      neededBefore: needed[Math.max(0, k - this.#lookBack)] as number,
      behind: (steps.waiting[k] as number) > Math.min(ready, this.#places) * this.#capacity,
    });
    const from = load.start + k * load.seconds;
    let last = this.#violations.at(-1);
    if (last === undefined || from - (last.from + last.seconds) > 1e-3) {
      last = { from, seconds: 0, causes: {} };
      this.#violations.push(last);
    }
    last.seconds += load.seconds;
    this.#violated += load.seconds;
    last.causes[cause] = (last.causes[cause] ?? 0) + load.seconds;
  }
}

function sum(column: Float64Array): number {
  let total = 0;
  for (const value of column) total += value;
  return total;
}
