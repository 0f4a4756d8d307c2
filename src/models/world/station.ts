import type { Random } from '../random.ts';

/** The requests of one pod. The two kinds of engine, fluid and event by event, keep different things in it. */
export type Station = {
  /** Requests that the pod has, waiting or in service. */
  waiting: number;
  /** CPU seconds used since the pod began to answer, without what it uses when idle. */
  cpu: number;
  /** Requests taken since then, for metrics that count them. */
  taken: number;
  /** Records in the partitions that the pod reads, where it does: they are not the pod's, and stay when it goes. */
  assigned?: number;
};

/** A partition of a topic: records that the group has not committed, and how many it has. */
export type PartitionState = { readonly lag: number; readonly committed: number };

/** What became of the requests of one step. */
export type Outcome = {
  /** Requests that came to these pods. */
  arrived: number;
  served: number;
  /** Turned away because they would have waited longer than the timeout. */
  rejected: number;
  /** Of those served or turned away, how many were not answered within the SLO. */
  late: number;
};

/**
 * Moves requests through pods. Requests go to a pod by chance, each as likely as the others, as kube-proxy has it; so
 * the queues of pods are independent of each other.
 */
export type Engine = {
  open(): Station;
  /** Requests that wait outside the pods: none where they are sent to pods, all records where pods fetch them. */
  readonly held: number;
  /** Of the topic, where there is one; else empty. */
  partitions(random: Random): readonly PartitionState[];
  /** Requests so far for which what it tells of their latency is only roughly right. */
  readonly rough: number;
  /** What `stepQuantile` tells begins anew. */
  beginStep(): void;
  /** `count` arrivals at `stations` from `from` for `seconds`; their expected rate is `rate` per second in total. */
  serve(
    stations: readonly Station[],
    load: { from: number; seconds: number; count: number; rate: number },
    random: Random,
  ): Outcome;
  /** Pods that get no more requests work on what they have. */
  drain(stations: readonly Station[], from: number, seconds: number): Outcome;
  /** A pod ends, whatever it has: how many requests are lost with it. */
  close(station: Station): number;
  /** The response time that a share of all requests so far kept to; not a number without requests. */
  responseQuantile(q: number): number;
  /** The same for the requests since the step began. */
  stepQuantile(q: number): number;
  /** Mean time until service began of all requests so far. */
  meanWait(): number;
};
