import type { Plan } from '../planners/types.ts';
import { type KubernetesObject, metadataOf, nameIn, type Place } from './object.ts';
import { SERVICE_PORT } from './service.ts';
import type { ManifestSettings } from './settings.ts';

const API = 'gateway.networking.k8s.io/v1';

/** The Gateway of Gateway API; undefined without a service, without a host and a class, or unless wanted. */
export function gateway(
  { hpa }: Plan,
  { host, gateway: wanted, gatewayClass, tlsSecret }: ManifestSettings,
  place: Place = {},
): KubernetesObject | undefined {
  if (hpa === null || host === undefined || gatewayClass === undefined || wanted === 'ingress')
    return undefined;
  const listener =
    tlsSecret === undefined
      ? { name: 'http', protocol: 'HTTP', port: 80, hostname: host }
      : {
          name: 'https',
          protocol: 'HTTPS',
          port: 443,
          hostname: host,
          tls: { mode: 'Terminate', certificateRefs: [{ kind: 'Secret', name: tlsSecret }] },
        };
  return {
    apiVersion: API,
    kind: 'Gateway',
    metadata: metadataOf(hpa.metadata.name, place),
    spec: {
      gatewayClassName: gatewayClass,
      listeners: [{ ...listener, allowedRoutes: { namespaces: { from: 'Same' } } }],
    },
  };
}

/** The HTTPRoute from that Gateway to the Service; undefined where there is no Gateway. */
export function httpRoute(
  plan: Plan,
  settings: ManifestSettings,
  place: Place = {},
): KubernetesObject | undefined {
  const { hpa } = plan;
  if (hpa === null || gateway(plan, settings, place) === undefined) return undefined;
  const name = nameIn(hpa.metadata.name, place);
  return {
    apiVersion: API,
    kind: 'HTTPRoute',
    metadata: metadataOf(hpa.metadata.name, place),
    spec: {
      parentRefs: [{ name }],
      hostnames: [settings.host],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          backendRefs: [{ name, port: SERVICE_PORT }],
        },
      ],
    },
  };
}
