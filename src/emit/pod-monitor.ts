import type { Plan } from '../planners/types.ts';
import { PORT_NAME } from './deployment.ts';
import { type KubernetesObject, labelsOf, metadataOf, nameIn, type Place } from './object.ts';

/**
 * What has Prometheus read every pod, under the labels that the alerts and the autoscaler's metrics ask for: `job`,
 * `namespace`, `pod`.
 */
export function podMonitor({ hpa }: Plan, place: Place = {}): KubernetesObject | undefined {
  if (hpa === null) return undefined;
  const { name } = hpa.metadata;
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: metadataOf(name, place),
    spec: {
      selector: { matchLabels: labelsOf(name, place) },
      podMetricsEndpoints: [
        {
          port: PORT_NAME,
          path: '/metrics',
          interval: '15s',
          relabelings: [{ targetLabel: 'job', replacement: nameIn(name, place) }],
        },
      ],
    },
  };
}
