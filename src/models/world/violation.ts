import type { Decision } from '../hpa/sync.ts';
import type { Cluster } from './cluster.ts';

/** Why a step did not keep the SLO. */
export type Cause =
  /** Pods wait for a node. */
  | 'noNode'
  /** Enough pods are asked for, and are not ready yet. */
  | 'starting'
  /** No pod is asked for: KEDA took them to zero, and has not seen that there is work. */
  | 'asleep'
  /** The load needs more consumers than the topic has partitions. */
  | 'partitions'
  /** The load needs more than maxReplicas. */
  | 'atMax'
  /** The scale-up policies allow no more now. */
  | 'policy'
  /** The scale-up stabilization window holds. */
  | 'stabilization'
  /** The HPA has no metrics to go by. */
  | 'noMetrics'
  /** The load rose, and the HPA does not know yet. */
  | 'metricsLag'
  /** The HPA knows and is content: its target leaves too little headroom. */
  | 'target'
  /** There are enough pods, which work on what has piled up. */
  | 'backlog'
  /** There are enough pods for the expected load: chance. */
  | 'chance';

/** Seconds after which a rise of the load must have reached the HPA: two points of metrics, and a sync. */
export const NEWS = 60;

type Seen = {
  decision: Decision;
  cluster: Cluster;
  max: number;
  /** Pods that can work at once: the partitions of a topic, or infinite. */
  places: number;
  /** Pods that the load needs now, and that it needed `NEWS` seconds ago. */
  needed: number;
  neededBefore: number;
  /** Requests waiting that a steady pod would not have. */
  behind: boolean;
};

/** The nearest cause: what would have to be mended first. */
export function causeOf({ decision, cluster, max, places, needed, neededBefore, behind }: Seen): Cause {
  const ready = cluster.serving.length;
  if (Math.min(ready, places) >= needed) return behind ? 'backlog' : 'chance';
  if (cluster.replicas === 0) return 'asleep';
  if (ready >= places) return 'partitions';
  if (cluster.unplaced > 0) return 'noNode';
  if (ready < cluster.replicas && cluster.replicas >= Math.min(needed, max)) return 'starting';
  if (cluster.replicas >= max) return 'atMax';
  if (decision.active?.status === false) return 'noMetrics';
  if (decision.limited?.reason === 'ScaleUpLimit') return 'policy';
  if (decision.able?.reason === 'ScaleUpStabilized') return 'stabilization';
  if (ready < cluster.replicas) return 'starting';
  return neededBefore < needed ? 'metricsLag' : 'target';
}

/** Steps in a row that did not keep the SLO. Seconds. */
export type Violation = { from: number; seconds: number; causes: Partial<Record<Cause, number>> };
