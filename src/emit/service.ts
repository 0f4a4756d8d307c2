import type { Plan } from '../planners/types.ts';
import { PORT_NAME } from './deployment.ts';
import { type KubernetesObject, labelsOf, metadataOf, type Place } from './object.ts';

/** The port at which the service is found in the cluster. */
export const SERVICE_PORT = 80;

/** The `v1` Service before the planned pods; undefined when no service was planned. */
export function service({ hpa }: Plan, place: Place = {}): KubernetesObject | undefined {
  if (hpa === null) return undefined;
  const { name } = hpa.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(name, place),
    spec: {
      type: 'ClusterIP',
      selector: labelsOf(name, place),
      ports: [
        { name: PORT_NAME, port: SERVICE_PORT, targetPort: PORT_NAME, protocol: 'TCP', appProtocol: 'http' },
      ],
    },
  };
}
