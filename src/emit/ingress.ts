import type { Plan } from '../planners/types.ts';
import { PORT_NAME } from './deployment.ts';
import { type KubernetesObject, metadataOf, nameIn, type Place } from './object.ts';
import type { ManifestSettings } from './settings.ts';

const INGRESS_CLASS = 'nginx';
const PREFIX = 'nginx.ingress.kubernetes.io';

/** The `networking.k8s.io/v1` Ingress for ingress-nginx; undefined without a service, without a host, or unless wanted. */
export function ingress(
  { hpa }: Plan,
  { host, gateway, tlsSecret, ...settings }: ManifestSettings,
  place: Place = {},
): KubernetesObject | undefined {
  if (hpa === null || host === undefined || gateway === 'gateway') return undefined;
  const { name } = hpa.metadata;
  const backend = { service: { name: nameIn(name, place), port: { name: PORT_NAME } } };
  const annotations = limits(settings);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...metadataOf(name, place),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      ingressClassName: INGRESS_CLASS,
      ...(tlsSecret === undefined ? {} : { tls: [{ hosts: [host], secretName: tlsSecret }] }),
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}

/** Each controller pod counts the requests that reach it: a client's share of them is spread over all. */
function limits({
  clientRate,
  ingressReplicas,
}: Pick<ManifestSettings, 'clientRate' | 'ingressReplicas'>): Record<string, string> | undefined {
  if (clientRate === undefined) return undefined;
  return {
    [`${PREFIX}/limit-rps`]: String(Math.max(1, Math.ceil(clientRate / ingressReplicas))),
    // Twice the rate may come at once: the default of five lets a client have five times what it was given.
    [`${PREFIX}/limit-burst-multiplier`]: '2',
  };
}
