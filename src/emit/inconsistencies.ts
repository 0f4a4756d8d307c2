import {
  badProbes,
  badQuantity,
  badResources,
  type Container,
  hasPort,
  type Port,
  quantitiesIn,
} from './container-checks.ts';
import { badLabels, badMetadata } from './names.ts';
import type { KubernetesObject } from './object.ts';

/**
 * What a cluster would refuse, or silently never do, although each object by itself has the right shape: one line for
 * each, empty when all is well. The rules are those of the API server and of the controllers that read the objects.
 */
export function inconsistencies(objects: readonly KubernetesObject[]): string[] {
  return [
    ...objects.flatMap((object) => badMetadata(object).map((why) => told(object, why))),
    ...twice(objects),
    ...objects.flatMap((object) => (rules[object.kind] ?? (() => []))(object, objects)),
    ...sharedPods(objects),
    ...rivals(objects),
  ];
}

type Labels = Record<string, string>;
type Selector = { matchLabels?: Labels };
type PodSpec = {
  containers: Container[];
  terminationGracePeriodSeconds?: number;
  topologySpreadConstraints?: { labelSelector?: Selector }[];
};
type Workload = {
  selector: Selector;
  template: { metadata: { labels: Labels }; spec: PodSpec };
};
type Rule = (object: KubernetesObject, all: readonly KubernetesObject[]) => string[];

const rules: Record<string, Rule> = {
  Deployment: (object) => {
    const { selector, template } = object.spec as Workload;
    const { containers, terminationGracePeriodSeconds = 30, topologySpreadConstraints = [] } = template.spec;
    return [
      ...complain(
        object,
        !selects(selector, template.metadata.labels),
        'its selector does not find its pods',
      ),
      ...topologySpreadConstraints.flatMap(({ labelSelector = {} }) =>
        complain(
          object,
          !selects(labelSelector, template.metadata.labels),
          'a spread constraint counts no pod of it',
        ),
      ),
      ...badLabels(template.metadata.labels).map((why) => told(object, `its pods: ${why}`)),
      ...containers.flatMap((container) => [
        ...badResources(container).map((why) => told(object, why)),
        ...badProbes(container).map((why) => told(object, why)),
        ...complain(
          object,
          (container.lifecycle?.preStop?.sleep?.seconds ?? 0) >= terminationGracePeriodSeconds,
          'its pods are killed before preStop is over',
        ),
      ]),
    ];
  },
  HorizontalPodAutoscaler: (object, all) => {
    const { scaleTargetRef, minReplicas, maxReplicas } = object.spec as {
      scaleTargetRef: { kind: string; name: string };
      minReplicas: number;
      maxReplicas: number;
    };
    return [
      ...complain(
        object,
        find(all, object, scaleTargetRef.kind, scaleTargetRef.name) === undefined,
        `its target ${scaleTargetRef.kind} ${scaleTargetRef.name} is not there`,
      ),
      ...complain(object, minReplicas > maxReplicas, `minReplicas ${minReplicas} is above ${maxReplicas}`),
      ...quantitiesIn(object.spec).flatMap((text) => badQuantity(text).map((why) => told(object, why))),
    ];
  },
  // Its target may be a Deployment that is not written here.
  ScaledObject: (object) => {
    const { minReplicaCount, maxReplicaCount } = object.spec as {
      minReplicaCount: number;
      maxReplicaCount: number;
    };
    const why = `minReplicaCount ${minReplicaCount} is above ${maxReplicaCount}`;
    return complain(object, minReplicaCount > maxReplicaCount, why);
  },
  PodDisruptionBudget: (object, all) => {
    const { selector } = object.spec as { selector: Selector };
    return complain(object, !workloads(all).some(finds(selector)), 'its selector finds no pods');
  },
  PodMonitor: (object, all) => {
    const { selector } = object.spec as { selector: Selector };
    return complain(object, !workloads(all).some(finds(selector)), 'its selector finds no pods');
  },
  Service: (object, all) => {
    const { selector, ports } = object.spec as { selector: Labels; ports: { targetPort: string | number }[] };
    const found = workloads(all).filter(finds({ matchLabels: selector }));
    if (found.length === 0) return [told(object, 'its selector finds no pods')];
    return found.flatMap(({ template }) =>
      ports.flatMap(({ targetPort }) =>
        complain(
          object,
          !template.spec.containers.some((container) => hasPort(container, targetPort)),
          `its pods have no port ${targetPort}`,
        ),
      ),
    );
  },
  Ingress: (object, all) => {
    const { rules } = object.spec as {
      rules: {
        http: { paths: { backend: { service: { name: string; port: Port & { number?: number } } } }[] };
      }[];
    };
    return rules.flatMap(({ http }) =>
      http.paths.flatMap(({ backend: { service } }) =>
        backendOf(object, all, service.name, ({ name, port }) =>
          service.port.name === undefined ? port === service.port.number : name === service.port.name,
        ),
      ),
    );
  },
  HTTPRoute: (object, all) => {
    const { parentRefs, rules } = object.spec as {
      parentRefs: { name: string }[];
      rules: { backendRefs: { name: string; port: number }[] }[];
    };
    return [
      ...parentRefs.flatMap(({ name }) =>
        complain(
          object,
          find(all, object, 'Gateway', name) === undefined,
          `the Gateway ${name} is not there`,
        ),
      ),
      ...rules.flatMap(({ backendRefs }) =>
        backendRefs.flatMap(({ name, port }) => backendOf(object, all, name, (each) => each.port === port)),
      ),
    ];
  },
};

function twice(objects: readonly KubernetesObject[]): string[] {
  const seen = new Set<string>();
  return objects.flatMap((object) => {
    const key = `${object.metadata.namespace ?? ''} ${object.kind} ${object.metadata.name}`;
    const before = seen.has(key);
    seen.add(key);
    return complain(object, before, 'is there twice');
  });
}

/** Two Deployments whose selectors find the same pods: the autoscaler refuses both as ambiguous. */
function sharedPods(objects: readonly KubernetesObject[]): string[] {
  const deployments = objects.filter(({ kind }) => kind === 'Deployment');
  return deployments.flatMap((object) =>
    deployments
      .filter((other) => other !== object && other.metadata.namespace === object.metadata.namespace)
      .filter((other) => finds((object.spec as Workload).selector)(other.spec as Workload))
      .map((other) => told(object, `its selector also finds the pods of ${other.metadata.name}`)),
  );
}

/** Two autoscalers with one target undo each other's work. */
function rivals(objects: readonly KubernetesObject[]): string[] {
  const seen = new Map<string, string>();
  return objects.flatMap((object) => {
    const target = (object.spec as { scaleTargetRef?: { name: string } }).scaleTargetRef;
    if (target === undefined) return [];
    const key = `${object.metadata.namespace ?? ''} ${target.name}`;
    const before = seen.get(key);
    seen.set(key, `${object.kind} ${object.metadata.name}`);
    return complain(object, before !== undefined, `${target.name} is already scaled by ${before}`);
  });
}

function backendOf(
  object: KubernetesObject,
  all: readonly KubernetesObject[],
  name: string,
  isPort: (port: Port) => boolean,
): string[] {
  const service = find(all, object, 'Service', name);
  if (service === undefined) return [told(object, `the Service ${name} is not there`)];
  const { ports } = service.spec as { ports: Port[] };
  return complain(object, !ports.some(isPort), `the Service ${name} does not have its port`);
}

function find(
  all: readonly KubernetesObject[],
  { metadata }: KubernetesObject,
  kind: string,
  name: string,
): KubernetesObject | undefined {
  return all.find(
    (each) =>
      each.kind === kind && each.metadata.name === name && each.metadata.namespace === metadata.namespace,
  );
}

function workloads(all: readonly KubernetesObject[]): Workload[] {
  return all.filter(({ kind }) => kind === 'Deployment').map(({ spec }) => spec as Workload);
}

function finds(selector: Selector): (workload: Workload) => boolean {
  return ({ template }) => selects(selector, template.metadata.labels);
}

/** An empty selector finds everything, which nobody means. */
function selects({ matchLabels = {} }: Selector, own: Labels): boolean {
  const wanted = Object.entries(matchLabels);
  return wanted.length > 0 && wanted.every(([key, value]) => own[key] === value);
}

function complain(object: KubernetesObject, wrong: boolean, why: string): string[] {
  return wrong ? [told(object, why)] : [];
}

function told({ kind, metadata }: KubernetesObject, why: string): string {
  return `${kind} ${metadata.name}: ${why}`;
}
