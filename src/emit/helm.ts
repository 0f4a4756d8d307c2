import type { RuleGroup } from './alerts/rule.ts';
import type { KubernetesObject } from './object.ts';

/** The `Chart.yaml` of the chart whose templates come with fxscale. */
export function chart(service: string, image: string): object {
  return {
    apiVersion: 'v2',
    name: service,
    description: `${service} at the size that fxscale planned`,
    type: 'application',
    version: '0.1.0',
    appVersion: tagOf(image),
  };
}

/** Behind the last colon, if that is not the one of a registry's port or of a digest. */
function tagOf(image: string): string {
  const tag = /:([^:/@]+)$/.exec(image)?.[1];
  return tag === undefined || image.includes('@') ? 'latest' : tag;
}

/**
 * The values with which the templates make the same objects as the plain manifests. What users change most stands by
 * itself: image, resources, autoscaling.
 */
export function values(
  objects: Record<string, KubernetesObject>,
  monitor: KubernetesObject | undefined,
  alerts: readonly RuleGroup[],
): object {
  const { deployment, hpa, pdb, service, ingress, gateway } = objects;
  if (deployment === undefined) return {};
  const {
    selector: _,
    strategy,
    template,
  } = deployment.spec as {
    selector: unknown;
    strategy: object;
    template: { spec: { containers: ({ image: string; resources: object } & object)[] } };
  };
  const { containers, ...pod } = template.spec;
  const [{ image, resources, ...container } = { image: '', resources: {} }] = containers;
  const { scaleTargetRef: _target, ...autoscaling } = (hpa?.spec ?? {}) as { scaleTargetRef?: object };
  const { selector: _pods, ...disruptions } = (pdb?.spec ?? {}) as { selector?: object };
  const { selector: _found, ...network } = (service?.spec ?? {}) as { selector?: object };
  const { podMetricsEndpoints } = monitor?.spec ?? {};
  return {
    name: deployment.metadata.name,
    labels: deployment.metadata.labels,
    image,
    resources,
    autoscaling,
    disruptions,
    strategy,
    pod,
    container,
    service: network,
    ingress:
      ingress === undefined
        ? null
        : { annotations: ingress.metadata.annotations ?? null, spec: ingress.spec },
    gateway: gateway === undefined ? null : { spec: gateway.spec, route: objects['http-route']?.spec },
    // Off, because it takes prometheus-operator.
    monitoring: { enabled: false, podMetricsEndpoints, alerts },
  };
}
