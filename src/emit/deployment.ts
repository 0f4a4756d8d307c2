import type { Plan } from '../planners/types.ts';
import { labelsOf } from './labels.ts';

const PORT = 3000;
/** Seconds between two tries of a starting pod, and how many times the planned start it may take. */
const START_PERIOD = 2;
const START_PATIENCE = 3;
const SHORTEST_PATIENCE = 30;

/**
 * The `apps/v1` Deployment of the planned service, or undefined when no service was planned. `spec.replicas` is left
 * out: the autoscaler owns it, and applying the manifest again must not reset it.
 */
export function deployment(plan: Plan, image: string): object | undefined {
  const { hpa, resources, inputs, connections } = plan;
  if (hpa === null || resources === null) return undefined;
  const { name } = hpa.metadata;
  const labels = labelsOf(name);
  const pool = connections?.poolPerReplica ?? null;
  const probe = (path: string) => ({ httpGet: { path, port: 'http' } });
  const patience = Math.max(SHORTEST_PATIENCE, inputs.startup * START_PATIENCE);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
      template: {
        metadata: { labels },
        spec: {
          topologySpreadConstraints: spread(labels, inputs.availability),
          containers: [
            {
              name,
              image,
              ports: [{ name: 'http', containerPort: PORT }],
              ...(pool === null ? {} : { env: [{ name: 'DB_POOL_MAX', value: String(pool) }] }),
              resources,
              startupProbe: {
                ...probe('/healthz'),
                periodSeconds: START_PERIOD,
                failureThreshold: Math.ceil(patience / START_PERIOD),
              },
              readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 2 },
              livenessProbe: { ...probe('/healthz'), periodSeconds: 10, failureThreshold: 3 },
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
    over('topology.kubernetes.io/zone', availability === 'zone' ? 'DoNotSchedule' : 'ScheduleAnyway'),
    over('kubernetes.io/hostname', 'ScheduleAnyway'),
  ];
}
