import type { KubernetesObject } from './object.ts';
import { waitingJobs } from './platform-metrics.ts';
import type { ManifestSettings } from './settings.ts';
import { type GroupTier, groupsSeen, type QueueTier, queuesSeen, type Tiers } from './tiers.ts';

/** One may be lost. */
const FEWEST = 2;
/** Readings that may fail one after the other before KEDA goes by `fallback` instead. */
const FAILURES = 3;

type Known = Pick<ManifestSettings, 'namespace' | 'consumer' | 'worker' | 'kafkaBrokers' | 'prometheus'>;

/** The `keda.sh/v1alpha1` ScaledObjects of the Deployments beside the service, as far as the settings name them. */
export function scaledObjects({ kafka, workers }: Tiers, settings: Known): KubernetesObject[] {
  const { consumer, worker, kafkaBrokers, prometheus } = settings;
  const groups = groupsSeen(kafka);
  const queues = queuesSeen(workers);
  const [group] = groups;
  const objects: KubernetesObject[] = [];
  // Of several groups nothing tells which one the Deployment is.
  if (consumer !== undefined && kafkaBrokers !== undefined && group !== undefined && groups.length === 1)
    objects.push(consumerScaling(group, consumer, kafkaBrokers, settings));
  if (worker !== undefined && prometheus !== undefined && workers && queues.length > 0)
    objects.push(workerScaling(queues, workers.recommended, worker, prometheus, settings));
  return objects;
}

/** By the lag of what the group reads: it never asks for more consumers than there are partitions. */
function consumerScaling(
  { group, topics, consumers, maximum, lagThreshold }: GroupTier,
  deployment: string,
  brokers: string,
  { namespace }: Known,
): KubernetesObject {
  return scaledObject(deployment, namespace, {
    minReplicaCount: Math.min(FEWEST, maximum),
    maxReplicaCount: maximum,
    fallback: { failureThreshold: FAILURES, replicas: Math.min(consumers.enough, maximum) },
    triggers: topics.map(({ topic }) => ({
      type: 'kafka',
      metadata: {
        bootstrapServers: brokers,
        consumerGroup: group,
        topic,
        lagThreshold: String(Math.max(1, Math.round(lagThreshold))),
        // As the platform's consumers do: a new group reads what there is.
        offsetResetPolicy: 'earliest',
      },
    })),
  });
}

/** By the jobs that wait in each queue. */
function workerScaling(
  queues: readonly QueueTier[],
  recommended: number,
  deployment: string,
  serverAddress: string,
  { namespace }: Known,
): KubernetesObject {
  return scaledObject(deployment, namespace, {
    minReplicaCount: Math.min(FEWEST, recommended),
    maxReplicaCount: recommended,
    fallback: { failureThreshold: FAILURES, replicas: recommended },
    triggers: queues.map(({ queue, depthTarget }) => ({
      type: 'prometheus',
      metricType: 'AverageValue',
      metadata: {
        serverAddress,
        query: waitingJobs(queue),
        threshold: String(Math.max(1, Math.round(depthTarget))),
      },
    })),
  });
}

function scaledObject(
  deployment: string,
  namespace: string | undefined,
  spec: Record<string, unknown>,
): KubernetesObject {
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: {
      name: deployment,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { 'app.kubernetes.io/name': deployment },
    },
    spec: { scaleTargetRef: { name: deployment }, ...spec },
  };
}
