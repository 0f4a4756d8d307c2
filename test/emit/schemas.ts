import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import type { KubernetesObject } from '../../src/emit/object.ts';

const folder = path.join(import.meta.dirname, '..', 'fixtures', 'kubernetes');
const read = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

type Schema = { properties?: Record<string, object> };
type Published = { definitions: Record<string, Schema> };

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const builtIn = {
  Deployment: 'io.k8s.api.apps.v1.Deployment',
  HorizontalPodAutoscaler: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  PodDisruptionBudget: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  Service: 'io.k8s.api.core.v1.Service',
  Ingress: 'io.k8s.api.networking.v1.Ingress',
};
/** Closed lists of the API server that its published schema does not have. */
const choices: [definition: string, property: string, values: string[]][] = [
  ['io.k8s.api.core.v1.TopologySpreadConstraint', 'whenUnsatisfiable', ['DoNotSchedule', 'ScheduleAnyway']],
  ['io.k8s.api.core.v1.TopologySpreadConstraint', 'nodeTaintsPolicy', ['Honor', 'Ignore']],
  ['io.k8s.api.apps.v1.DeploymentStrategy', 'type', ['RollingUpdate', 'Recreate']],
  ['io.k8s.api.core.v1.ServiceSpec', 'type', ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']],
  ['io.k8s.api.core.v1.ServicePort', 'protocol', ['TCP', 'UDP', 'SCTP']],
  ['io.k8s.api.networking.v1.HTTPIngressPath', 'pathType', ['Exact', 'Prefix', 'ImplementationSpecific']],
  ['io.k8s.api.autoscaling.v2.HPAScalingRules', 'selectPolicy', ['Max', 'Min', 'Disabled']],
  ['io.k8s.api.autoscaling.v2.HPAScalingPolicy', 'type', ['Pods', 'Percent']],
  ['io.k8s.api.autoscaling.v2.MetricTarget', 'type', ['Utilization', 'Value', 'AverageValue']],
  [
    'io.k8s.api.policy.v1.PodDisruptionBudgetSpec',
    'unhealthyPodEvictionPolicy',
    ['IfHealthyBudget', 'AlwaysAllow'],
  ],
];

/** The versions of Kubernetes whose schemas are here. */
export const versions = names.flatMap((name) => /^kubernetes-(.*)\.json$/.exec(name)?.[1] ?? []);

export type Check = (object: unknown) => string[];

/** What the schemas of a version of Kubernetes, and of the kinds added to it, say of an object: empty when it is valid. */
export function schemaCheck(version: string): Check {
  const ajv = new Ajv({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allErrors: true,
    allowUnionTypes: true,
  });
  const { definitions } = read(`kubernetes-${version}.json`) as Published;
  for (const [name, property, values] of choices) {
    const { properties } = definitions[name] ?? {};
    if (properties?.[property] === undefined) throw new Error(`${name} has no ${property} in ${version}`);
    properties[property] = { enum: values };
  }
  ajv.addSchema({ definitions }, 'kubernetes');
  const compiled = new Map<string, ValidateFunction>(
    Object.entries(builtIn).map(([kind, name]) => [
      kind,
      ajv.compile({ $ref: `kubernetes#/definitions/${name}` }),
    ]),
  );
  for (const name of names.filter((each) => !each.startsWith('kubernetes-'))) {
    const { schema } = read(name) as {
      schema: { properties: Record<string, object> & { kind: { const: string } } };
    };
    schema.properties.metadata = { $ref: `kubernetes#/definitions/${OBJECT_META}` };
    compiled.set(schema.properties.kind.const, ajv.compile(schema));
  }
  return (object) => {
    const { kind } = object as KubernetesObject;
    const validate = compiled.get(kind);
    if (validate === undefined) return [`${kind} has no schema here`];
    if (validate(object)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${kind}${instancePath}: ${message} ${JSON.stringify(params)}`,
    );
  };
}
