import type { Plan } from '../planners/types.ts';
import { deployment } from './deployment.ts';
import { gateway, httpRoute } from './gateway.ts';
import { hpa } from './hpa.ts';
import { ingress } from './ingress.ts';
import type { KubernetesObject, Place } from './object.ts';
import { podDisruptionBudget } from './pdb.ts';
import { service } from './service.ts';
import type { ManifestSettings } from './settings.ts';

/**
 * The objects that run the planned service in one place, by the names of their files and in the order in which a cluster
 * takes them best: what others refer to comes first. What the plan or the settings say too little for is not there.
 */
export function serviceObjects(
  plan: Plan,
  settings: ManifestSettings,
  region?: string,
): Record<string, KubernetesObject> {
  const place: Place = { namespace: settings.namespace, region };
  const objects = {
    service: service(plan, place),
    deployment: deployment(plan, settings.image, place),
    pdb: podDisruptionBudget(plan, place),
    hpa: hpa(plan, place),
    gateway: gateway(plan, settings, place),
    'http-route': httpRoute(plan, settings, place),
    ingress: ingress(plan, settings, place),
  };
  return Object.fromEntries(
    Object.entries(objects).flatMap(([file, object]) => (object === undefined ? [] : [[file, object]])),
  );
}
