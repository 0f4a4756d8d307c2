import { describe, expect, it } from 'vitest';
import { kafkaTopics } from '../../src/emit/kafka-topics.ts';
import { scaledObjects } from '../../src/emit/keda.ts';
import { changed } from './change.ts';
import { measured } from './measured.ts';
import { everything, objectsOf, plain, plans, tiers } from './plans.ts';
import { schemaCheck, versions } from './schemas.ts';

const checks = versions.map((version) => ({ version, check: schemaCheck(version) }));
const beside = [
  ...kafkaTopics(tiers.kafka?.topics ?? [], everything),
  ...scaledObjects({ ...tiers, connections: null, rollout: null }, everything),
];
const valid = [...objectsOf(measured, everything), ...beside];

describe.each(checks)('the published schemas of Kubernetes $version', ({ check }) => {
  it.each(Object.entries({ ...plans, measured }))('take every object of a plan: %s', (_, plan) => {
    for (const settings of [plain, everything]) {
      const objects = objectsOf(plan, settings);
      expect(objects.length).toBeGreaterThanOrEqual(settings === plain ? 6 : 18);
      expect(objects.flatMap(check)).toEqual([]);
    }
  });

  it('take the topics, and what scales consumers and workers', () => {
    expect(beside.map(({ kind }) => kind)).toEqual([
      ...Array(3).fill('KafkaTopic'),
      'ScaledObject',
      'ScaledObject',
    ]);
    expect(beside.flatMap(check)).toEqual([]);
  });
});

it('knows the versions by name', () => {
  expect(versions).toEqual(['1.31.14', '1.34.4', '1.37.2']);
});

type Mutation = [kind: string, what: string, seen: RegExp, path: string, value: unknown];

const mutations: Mutation[] = [
  [
    'Deployment',
    'an apiVersion that is gone',
    /apiVersion: must be equal/,
    'apiVersion',
    'extensions/v1beta1',
  ],
  ['Deployment', 'a misspelt field', /additional.*maxSkev/, 'spec.strategy.rollingUpdate.maxSkev', 1],
  ['Deployment', 'no selector', /spec: .*'selector'/, 'spec.selector', undefined],
  [
    'Deployment',
    'a port as text',
    /containerPort: must be integer/,
    'spec.template.spec.containers.0.ports.0.containerPort',
    '3000',
  ],
  [
    'Deployment',
    'a grace as text',
    /terminationGracePeriodSeconds: must be integer/,
    'spec.template.spec.terminationGracePeriodSeconds',
    '20s',
  ],
  [
    'Deployment',
    'a choice that there is not',
    /whenUnsatisfiable: must be equal/,
    'spec.template.spec.topologySpreadConstraints.0.whenUnsatisfiable',
    'Maybe',
  ],
  ['Deployment', 'resources beside the container', /additional.*resources/, 'spec.template.resources', {}],
  [
    'HorizontalPodAutoscaler',
    'the older version',
    /apiVersion: must be equal/,
    'apiVersion',
    'autoscaling/v2beta2',
  ],
  ['HorizontalPodAutoscaler', 'replicas as text', /maxReplicas: must be integer/, 'spec.maxReplicas', '10'],
  [
    'HorizontalPodAutoscaler',
    'a target of its own making',
    /type: must be equal/,
    'spec.metrics.0.resource.target.type',
    'Percent',
  ],
  ['HorizontalPodAutoscaler', 'no target', /spec: .*'scaleTargetRef'/, 'spec.scaleTargetRef', undefined],
  ['PodDisruptionBudget', 'a misspelt field', /additional.*maxUnavailble/, 'spec.maxUnavailble', 1],
  [
    'PodDisruptionBudget',
    'a list as a limit',
    /maxUnavailable: must be integer,string/,
    'spec.maxUnavailable',
    [1],
  ],
  ['Service', 'a port as text', /port: must be integer/, 'spec.ports.0.port', '80'],
  [
    'Ingress',
    'the backend of v1beta1',
    /additional.*serviceName/,
    'spec.rules.0.http.paths.0.backend.serviceName',
    'x',
  ],
  [
    'Ingress',
    'an annotation that is no text',
    /limit-rps: must be string/,
    'metadata.annotations',
    { 'nginx.ingress.kubernetes.io/limit-rps': 67 },
  ],
  ['Gateway', 'a port that there is not', /port: must be <= 65535/, 'spec.listeners.0.port', 70_000],
  ['Gateway', 'no class', /spec: .*'gatewayClassName'/, 'spec.gatewayClassName', undefined],
  ['HTTPRoute', 'a misspelt field', /additional.*backendRef"/, 'spec.rules.0.backendRef', []],
  [
    'HTTPRoute',
    'a match of its own making',
    /type: must be equal/,
    'spec.rules.0.matches.0.path.type',
    'Prefix',
  ],
  ['PrometheusRule', 'a time without a unit', /for: must match pattern/, 'spec.groups.0.rules.5.for', '10'],
  [
    'PrometheusRule',
    'a label that is no text',
    /days: must be string/,
    'spec.groups.0.rules.5.labels.days',
    7,
  ],
  ['PodMonitor', 'a misspelt field', /additional.*podMetricsEndpoint"/, 'spec.podMetricsEndpoint', []],
  ['ScaledObject', 'a misspelt field', /additional.*maxReplicas"/, 'spec.maxReplicas', 3],
  [
    'ScaledObject',
    'a threshold that is no text',
    /lagThreshold: must be string/,
    'spec.triggers.0.metadata.lagThreshold',
    5,
  ],
  ['KafkaTopic', 'a misspelt field', /additional.*replication"/, 'spec.replication', 3],
  ['Service', 'a label that is no text', /labels\/version: must be string/, 'metadata.labels.version', 2],
];

describe('the check against schemas', () => {
  it.each(mutations)('sees in a %s %s', (kind, _, seen, path, value) => {
    const object = valid.find((each) => each.kind === kind);
    if (object === undefined) throw new Error(`no ${kind} was planned`);
    for (const { check } of checks) expect(check(changed(object, path, value)).join('\n')).toMatch(seen);
  });

  it('does not let a kind pass that it has no schema of', () => {
    for (const { check } of checks) expect(check({ kind: 'Pod' })).toEqual(['Pod has no schema here']);
  });
});
