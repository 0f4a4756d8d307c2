import type { Pod, PodPhase, Sample } from '../hpa/observation.ts';
import { NodePool, type NodeSettings } from './node-pool.ts';
import type { Engine, Outcome, Station } from './station.ts';

/** Seconds that a pod takes from one state to the next. */
export type PodTiming = {
  /** Until a node with room is found for it. */
  readonly scheduling: number;
  readonly imagePull: number;
  /** From its start until its readiness probe succeeds. */
  readonly startup: number;
  /** It may work on what it has for this long when it is deleted; what is left then is lost. */
  readonly grace: number;
};

/** A pod as the controller sees it, and what only the world knows of it. */
export type WorldPod = {
  -readonly [field in keyof Pod]: Pod[field];
} & {
  readonly createdAt: number;
  /** It has a place on a node. */
  placed: boolean;
  /** When it comes into its next state; infinite when nothing is to come by itself. */
  nextAt: number;
  readonly station: Station;
  /** Points of the metric pipeline; see `metric-pipeline.ts`. */
  scraped: { cpu: number; time: number } | null;
  sample: { -readonly [field in keyof Sample]: Sample[field] } | null;
  /** Requests taken at each of the last scrapes, newest last. */
  taken: { count: number; time: number; waiting: number }[];
};

/** The pods of one Deployment, and the nodes they run on. */
export class Cluster {
  /** Every pod that exists, in order of creation. */
  readonly pods: WorldPod[] = [];
  /** Those of the pods that get requests. */
  serving: Station[] = [];
  /** Requests that pods had when they were killed. */
  lost = 0;
  readonly nodes: NodePool;
  readonly #engine: Engine;
  readonly #timing: PodTiming;
  #draining: WorldPod[] = [];
  #replicas = 0;
  #nextPod = Number.POSITIVE_INFINITY;

  constructor(engine: Engine, timing: PodTiming, nodes: NodeSettings | null) {
    this.#engine = engine;
    this.#timing = timing;
    this.nodes = new NodePool(nodes);
  }

  /** Pods that are wanted. */
  get replicas(): number {
    return this.#replicas;
  }

  /** Pods that exist and are not being deleted, as `scale.status.replicas` counts them. */
  get existing(): number {
    return this.pods.length - this.#draining.length;
  }

  /** Requests that pods have. */
  get waiting(): number {
    let waiting = 0;
    for (const { station } of this.pods) waiting += station.waiting;
    return waiting;
  }

  /** Pods that no node has room for. */
  get unplaced(): number {
    return this.pods.reduce((count, { placed, deleting }) => count + (placed || deleting ? 0 : 1), 0);
  }

  /** As if `replicas` had been running for long. */
  startWith(replicas: number, now: number): void {
    this.scaleTo(replicas, now);
    const long = now - 86_400;
    this.nodes.provide(replicas);
    for (const pod of this.pods) {
      Object.assign(pod, { placed: true, phase: 'Running', ready: true, readySince: long, startedAt: long });
      pod.nextAt = Number.POSITIVE_INFINITY;
    }
    this.#lookAround();
  }

  /** Creates pods, or deletes as a ReplicaSet does: first those that are not ready, then the newest. */
  scaleTo(replicas: number, now: number): void {
    this.#replicas = replicas;
    for (let missing = replicas - this.existing; missing > 0; missing--) this.pods.push(this.#create(now));
    const surplus = this.existing - replicas;
    if (surplus <= 0) {
      this.#lookAround();
      return;
    }
    const order = this.pods.filter(({ deleting }) => !deleting).sort(lessWorth);
    for (const pod of order.slice(0, surplus)) {
      pod.deleting = true;
      pod.nextAt = now + this.#timing.grace;
      this.#draining.push(pod);
    }
    this.#lookAround();
  }

  /** When the next pod or node changes its state. */
  nextChange(): number {
    return Math.min(this.#nextPod, this.nodes.nextAt);
  }

  /** Lets every change up to `now` happen. */
  advance(now: number): void {
    this.nodes.advance(now);
    if (this.#draining.length > 0) this.#remove(now);
    if (this.#nextPod > now) return;
    for (let i = 0; i < this.pods.length; i++) {
      const pod = this.pods[i] as WorldPod;
      while (pod.nextAt <= now && !pod.deleting) {
        this.#change(pod, now);
      }
    }
    this.#lookAround();
  }

  /** Pods that are being deleted work on what they have. */
  drain(from: number, seconds: number): Outcome | undefined {
    if (this.#draining.length === 0) return undefined;
    return this.#engine.drain(
      this.#draining.map(({ station }) => station),
      from,
      seconds,
    );
  }

  #create(now: number): WorldPod {
    return {
      ...{ phase: 'Pending' as PodPhase, deleting: false, ready: null, readySince: 0 },
      ...{ startedAt: null, createdAt: now, placed: false, nextAt: now + this.#timing.scheduling },
      ...{ station: this.#engine.open(), scraped: null, sample: null, taken: [] },
    };
  }

  #change(pod: WorldPod, now: number): void {
    const { imagePull, startup } = this.#timing;
    if (!pod.placed) {
      pod.placed = this.nodes.place();
      if (!pod.placed) this.nodes.ask(this.unplaced, now);
      pod.nextAt = pod.placed ? pod.nextAt + imagePull : this.nodes.nextAt;
      return;
    }
    if (pod.phase === 'Pending') {
      pod.phase = 'Running';
      pod.startedAt = pod.nextAt;
      pod.ready = false;
      pod.readySince = pod.nextAt;
      pod.nextAt += startup;
      return;
    }
    pod.ready = true;
    pod.readySince = pod.nextAt;
    pod.nextAt = Number.POSITIVE_INFINITY;
  }

  /** A pod ends when it has nothing left to do, or when its grace is over. */
  #remove(now: number): void {
    const ended = this.#draining.filter(({ station, nextAt }) => station.waiting <= 0 || nextAt <= now);
    if (ended.length === 0) return;
    for (const pod of ended) {
      this.lost += this.#engine.close(pod.station);
      if (pod.placed) this.nodes.release();
      this.pods.splice(this.pods.indexOf(pod), 1);
    }
    this.#draining = this.#draining.filter((pod) => !ended.includes(pod));
    this.#lookAround();
  }

  #lookAround(): void {
    this.#nextPod = Math.min(...this.pods.map(({ nextAt }) => nextAt));
    this.serving = this.pods
      .filter(({ ready, deleting }) => ready && !deleting)
      .map(({ station }) => station);
  }
}

/** Which of two pods goes first: without a node, pending, not ready, then the one that is ready for less long. */
function lessWorth(a: WorldPod, b: WorldPod): number {
  return rank(a) - rank(b) || b.readySince - a.readySince || b.createdAt - a.createdAt;
}

function rank({ placed, phase, ready }: WorldPod): number {
  if (!placed) return 0;
  if (phase === 'Pending') return 1;
  return ready ? 3 : 2;
}
