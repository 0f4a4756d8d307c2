/** Where an object goes; what is unset is left to whoever applies it. */
export type Place = { namespace?: string | undefined; region?: string | undefined };

export type Metadata = {
  name: string;
  namespace?: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
};

/** An object as the API server takes it. */
export type KubernetesObject = {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec: Record<string, unknown>;
};

export const REGION = 'topology.kubernetes.io/region';

/** Regions may share a cluster: each has objects of its own. */
export function nameIn(service: string, { region }: Place): string {
  return region === undefined ? service : `${service}-${region}`;
}

/** What every object of a service carries, and what its pods are found by: in each region its own. */
export function labelsOf(service: string, { region }: Place): Record<string, string> {
  return { 'app.kubernetes.io/name': service, ...(region === undefined ? {} : { [REGION]: region }) };
}

export function metadataOf(service: string, place: Place): Metadata {
  const { namespace } = place;
  return {
    name: nameIn(service, place),
    ...(namespace === undefined ? {} : { namespace }),
    labels: labelsOf(service, place),
  };
}
