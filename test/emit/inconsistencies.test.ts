import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inconsistencies } from '../../src/emit/inconsistencies.ts';
import { notALabel } from '../../src/emit/names.ts';
import type { KubernetesObject } from '../../src/emit/object.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import { changed } from './change.ts';
import { measured } from './measured.ts';
import { declared, everything, objectsOf, plain, plans } from './plans.ts';
import { schemaCheck, versions } from './schemas.ts';

const objects = objectsOf(declared, { ...everything, regions: [] });
const pod = 'spec.template.spec.containers.0';

/** The objects with one field of the one of a kind changed. */
const broken = (kind: string, path: string, value: unknown): KubernetesObject[] =>
  objects.map((object) => (object.kind === kind ? changed(object, path, value) : object));

describe('objects that do not fit together', () => {
  it.each<[string, string, string, unknown]>([
    [
      'Deployment trading-service: its selector does not find its pods',
      'Deployment',
      'spec.selector.matchLabels',
      { app: 'x' },
    ],
    [
      'Deployment trading-service: its selector does not find its pods',
      'Deployment',
      'spec.selector.matchLabels',
      {},
    ],
    ['Service trading-service: its selector finds no pods', 'Service', 'spec.selector', { app: 'x' }],
    [
      'PodDisruptionBudget trading-service: its selector finds no pods',
      'PodDisruptionBudget',
      'spec.selector.matchLabels',
      { app: 'x' },
    ],
    [
      'PodMonitor trading-service: its selector finds no pods',
      'PodMonitor',
      'spec.selector.matchLabels',
      { app: 'x' },
    ],
    [
      'HorizontalPodAutoscaler trading-service: its target Deployment gone is not there',
      'HorizontalPodAutoscaler',
      'spec.scaleTargetRef.name',
      'gone',
    ],
    [
      'HorizontalPodAutoscaler trading-service: minReplicas 99 is above 36',
      'HorizontalPodAutoscaler',
      'spec.minReplicas',
      99,
    ],
    ['Service trading-service: its pods have no port https', 'Service', 'spec.ports.0.targetPort', 'https'],
    [
      'Ingress trading-service: the Service gone is not there',
      'Ingress',
      'spec.rules.0.http.paths.0.backend.service.name',
      'gone',
    ],
    [
      'Ingress trading-service: the Service trading-service does not have its port',
      'Ingress',
      'spec.rules.0.http.paths.0.backend.service.port',
      { number: 8080 },
    ],
    [
      'HTTPRoute trading-service: the Service trading-service does not have its port',
      'HTTPRoute',
      'spec.rules.0.backendRefs.0.port',
      3000,
    ],
    [
      'HTTPRoute trading-service: the Gateway gone is not there',
      'HTTPRoute',
      'spec.parentRefs.0.name',
      'gone',
    ],
    [
      'Deployment trading-service: trading-service requests 2 cpu, more than its limit 1',
      'Deployment',
      `${pod}.resources.requests.cpu`,
      '2',
    ],
    [
      'Deployment trading-service: trading-service requests 1025Mi memory, more than its limit 1Gi',
      'Deployment',
      `${pod}.resources.requests.memory`,
      '1025Mi',
    ],
    [
      'Deployment trading-service: trading-service is probed at port admin, which it does not have',
      'Deployment',
      `${pod}.livenessProbe.httpGet.port`,
      'admin',
    ],
    [
      'Deployment trading-service: its pods are killed before preStop is over',
      'Deployment',
      'spec.template.spec.terminationGracePeriodSeconds',
      5,
    ],
    [
      'Deployment trading-service: a spread constraint counts no pod of it',
      'Deployment',
      'spec.template.spec.topologySpreadConstraints.1.labelSelector',
      {},
    ],
    [
      'Deployment trading-service: its pods: "-1" is no value of a label',
      'Deployment',
      'spec.template.metadata.labels.version',
      '-1',
    ],
    ['Service trading-service: "a b" is no key of a label', 'Service', 'metadata.labels', { 'a b': 'c' }],
    [
      'Ingress trading-service: "nginx/ingress/limit" is no key of a label',
      'Ingress',
      'metadata.annotations',
      { 'nginx/ingress/limit': '1' },
    ],
  ])('%s', (told, kind, path, value) => {
    expect(inconsistencies(broken(kind, path, value))).toEqual([told]);
  });

  it('are told of a quantity that is none', () => {
    const [told] = inconsistencies(broken('Deployment', `${pod}.resources.limits.cpu`, '100ms'));
    expect(told).toMatch(/^Deployment trading-service: "100ms" is not a quantity/);
  });

  it('are told of the target of a metric that is none', () => {
    const metric = {
      type: 'Pods',
      pods: { metric: { name: 'x' }, target: { type: 'AverageValue', averageValue: '5s' } },
    };
    expect(inconsistencies(broken('HorizontalPodAutoscaler', 'spec.metrics', [metric]))[0]).toMatch(
      /"5s" is not a quantity/,
    );
  });

  it('are told of a name that is none, and of a Service that begins with a digit', () => {
    const named = (name: string) =>
      inconsistencies(objects.map((each) => changed(each, 'metadata.name', name)));
    expect(named('Trading').join()).toMatch(/"Trading" is not a name/);
    const digit = changed(objects[0] as KubernetesObject, 'metadata.name', '1st');
    expect(digit.kind).toBe('Service');
    expect(inconsistencies([digit, ...objects.slice(1)])).toContain('Service 1st: "1st" begins with a digit');
  });

  it('are told of an object that is there twice, and of pods that two Deployments have', () => {
    const deployment = objects.find(({ kind }) => kind === 'Deployment') as KubernetesObject;
    expect(inconsistencies([...objects, deployment])).toContain('Deployment trading-service: is there twice');
    const other = changed(deployment, 'metadata.name', 'other');
    expect(inconsistencies([...objects, other])).toEqual([
      'Deployment trading-service: its selector also finds the pods of other',
      'Deployment other: its selector also finds the pods of trading-service',
    ]);
  });

  it('are told of two autoscalers with one target', () => {
    const scaled: KubernetesObject = {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'trading-service', namespace: 'trading', labels: {} },
      spec: { scaleTargetRef: { name: 'trading-service' }, minReplicaCount: 1, maxReplicaCount: 5 },
    };
    expect(inconsistencies([...objects, scaled])).toEqual([
      'ScaledObject trading-service: trading-service is already scaled by HorizontalPodAutoscaler trading-service',
    ]);
  });

  it('are told apart by namespace', () => {
    const hpa = objects.find(({ kind }) => kind === 'HorizontalPodAutoscaler') as KubernetesObject;
    const elsewhere = objects.map((each) =>
      each === hpa ? changed(hpa, 'metadata.namespace', 'other') : each,
    );
    expect(inconsistencies(elsewhere)).toEqual([
      'HorizontalPodAutoscaler trading-service: its target Deployment trading-service is not there',
    ]);
  });
});

describe('the objects of any plan', () => {
  it.each(Object.entries({ ...plans, measured }))('fit together: %s', (_, plan) => {
    for (const settings of [plain, everything])
      expect(inconsistencies(objectsOf(plan, settings))).toEqual([]);
  });

  it('fit together and have the published shape, whatever was declared', () => {
    const check = schemaCheck(versions.at(-1) ?? '');
    const request = fc.record({
      rps: fc.double({ min: 0.1, max: 200_000, noNaN: true }),
      latency: fc.double({ min: 0.001, max: 5, noNaN: true }),
      replicaCpu: fc.double({ min: 0.05, max: 64, noNaN: true }),
      replicaMemory: fc.double({ min: 2 ** 25, max: 2 ** 40, noNaN: true }),
      startup: fc.double({ min: 0, max: 900, noNaN: true }),
    });
    const survives = fc.oneof(
      fc.constant({}),
      fc.record({ availability: fc.constant('zone' as const), zones: fc.integer({ min: 2, max: 9 }) }),
    );
    const region = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/);
    fc.assert(
      fc.property(request, survives, fc.uniqueArray(region, { maxLength: 3 }), (service, lost, regions) => {
        const made = objectsOf(planCapacity([], { ...service, ...lost, worlds: 20 }), {
          ...everything,
          regions,
        });
        expect(inconsistencies(made)).toEqual([]);
        expect(made.flatMap(check)).toEqual([]);
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});

describe('a name', () => {
  it.each(['a', 'eu-west-1', '1a', 'a'.repeat(63)])('may be %s', (name) => {
    expect(notALabel(name)).toBeNull();
  });

  it.each(['', '-a', 'a-', 'A', 'a.b', 'a_b', 'ü', 'a'.repeat(64)])('may not be %j', (name) => {
    expect(notALabel(name)).toMatch(/is not a name: use at most 63/);
  });
});
