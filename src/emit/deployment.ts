import type { Plan } from '../planners/types.ts';
import { type KubernetesObject, labelsOf, metadataOf, type Place, REGION } from './object.ts';

/** The port of a pod, by name for whoever sends to it. */
export const PORT_NAME = 'http';
const PORT = 3000;
/** Seconds between two tries of a starting pod, and how many times the planned start it may take. */
const START_PERIOD = 2;
const START_PATIENCE = 3;
const SHORTEST_PATIENCE = 30;
/** What a rolling update adds, where the plan does not say: as Kubernetes does. */
const SURGE = '25%';
/** Seconds that a pod goes on taking connections after it was told to end: until nobody sends it any more. */
const UNTIL_UNLISTED = 5;
/** Seconds that the platform gives requests under way, and what it may take to end after them. */
const DRAIN = 10;
const END = 5;

/**
 * The `apps/v1` Deployment of the planned service, or undefined when no service was planned. `spec.replicas` is left
 * out: the autoscaler owns it, and applying the manifest again must not reset it.
 */
export function deployment(plan: Plan, image: string, place: Place = {}): KubernetesObject | undefined {
  const { hpa, resources, inputs, connections, rollout } = plan;
  if (hpa === null || resources === null) return undefined;
  const { name } = hpa.metadata;
  const labels = labelsOf(name, place);
  const pool = connections?.poolPerReplica ?? null;
  const probe = (path: string) => ({ httpGet: { path, port: PORT_NAME } });
  const patience = Math.max(SHORTEST_PATIENCE, inputs.startup * START_PATIENCE);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(name, place),
    spec: {
      selector: { matchLabels: labels },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: 0, maxSurge: rollout?.maxSurge ?? SURGE },
      },
      template: {
        metadata: { labels },
        spec: {
          ...(place.region === undefined ? {} : { nodeSelector: { [REGION]: place.region } }),
          topologySpreadConstraints: spread(labels, inputs.availability),
          terminationGracePeriodSeconds: UNTIL_UNLISTED + DRAIN + END,
          containers: [
            {
              name,
              image,
              ports: [{ name: PORT_NAME, containerPort: PORT }],
              ...(pool === null ? {} : { env: [{ name: 'DB_POOL_MAX', value: String(pool) }] }),
              resources,
              startupProbe: {
                ...probe('/healthz'),
                periodSeconds: START_PERIOD,
                failureThreshold: Math.ceil(patience / START_PERIOD),
              },
              readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 2 },
              livenessProbe: { ...probe('/healthz'), periodSeconds: 10, failureThreshold: 3 },
              lifecycle: { preStop: { sleep: { seconds: UNTIL_UNLISTED } } },
            },
          ],
        },
      },
    },
  };
}

/** Evenly over zones and nodes. Only a plan that survives the loss of a zone would rather wait than be uneven. */
function spread(labels: object, availability: Plan['inputs']['availability']): object[] {
  const over = (topologyKey: string, whenUnsatisfiable: string) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable,
    labelSelector: { matchLabels: labels },
    matchLabelKeys: ['pod-template-hash'],
    // A zone whose nodes are all lost must not keep its share of the pods waiting.
    nodeTaintsPolicy: 'Honor',
  });
  return [
    over('topology.kubernetes.io/zone', availability !== 'replica' ? 'DoNotSchedule' : 'ScheduleAnyway'),
    over('kubernetes.io/hostname', 'ScheduleAnyway'),
  ];
}
