import { type KubernetesObject, REGION } from './object.ts';

const API = 'kustomize.config.k8s.io/v1beta1';

/** The names of objects that an object of Gateway API refers to, which kustomize does not know of by itself. */
export const nameReferences = {
  nameReference: [
    {
      kind: 'Gateway',
      group: 'gateway.networking.k8s.io',
      fieldSpecs: [{ kind: 'HTTPRoute', path: 'spec/parentRefs/name' }],
    },
    {
      kind: 'Service',
      version: 'v1',
      fieldSpecs: [{ kind: 'HTTPRoute', path: 'spec/rules/backendRefs/name' }],
    },
  ],
};

/** The `kustomization.yaml` of the objects in `files`. */
export function base(files: readonly string[]): object {
  return { apiVersion: API, kind: 'Kustomization', resources: files };
}

/** That of a region: its own names, labels and nodes for all that is in the base. */
export function overlay(region: string, objects: readonly KubernetesObject[], references: string): object {
  return {
    apiVersion: API,
    kind: 'Kustomization',
    resources: ['../../base'],
    nameSuffix: `-${region}`,
    labels: [{ pairs: { [REGION]: region }, includeSelectors: true, includeTemplates: true }],
    patches: [
      {
        target: { kind: 'Deployment' },
        patch: JSON.stringify([
          { op: 'add', path: '/spec/template/spec/nodeSelector', value: { [REGION]: region } },
        ]),
      },
    ],
    ...(objects.some(({ kind }) => kind === 'HTTPRoute') ? { configurations: [references] } : {}),
  };
}
