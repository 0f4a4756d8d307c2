import { describe, expect, it } from 'vitest';
import { FxscaleError } from '../src/errors.ts';
import { readManifest } from '../src/manifests.ts';

const head = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: trade-processor
  namespace: trading
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: trade-processor }
  minReplicas: 3
  maxReplicas: 20
`;
/** The HPA of the platform document. */
const platform = `${head}  metrics:
  - type: Resource
    resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } }
  - type: Resource
    resource: { name: memory, target: { type: Utilization, averageUtilization: 80 } }
  behavior:
    scaleUp:
      stabilizationWindowSeconds: 60
      policies:
      - { type: Percent, value: 100, periodSeconds: 60 }
    scaleDown:
      tolerance: 50m
`;

function refusal(text: string, release = 36): string {
  try {
    readManifest(text, 'hpa.yaml', { release });
  } catch (error) {
    if (error instanceof FxscaleError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'nothing is wrong';
}

it('reads an HPA as written and with the defaults of the API server', () => {
  const [read] = readManifest(platform, 'hpa.yaml').autoscalers;
  expect(read?.line).toBe(1);
  expect(read?.written).toEqual({
    name: 'trade-processor',
    namespace: 'trading',
    scaleTarget: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'trade-processor' },
    minReplicas: 3,
    maxReplicas: 20,
    metrics: [
      { type: 'Resource', name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
      { type: 'Resource', name: 'memory', target: { type: 'Utilization', averageUtilization: 80 } },
    ],
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: 60,
        policies: [{ type: 'Percent', value: 100, periodSeconds: 60 }],
      },
      scaleDown: { tolerance: 0.05 },
    },
  });
  expect(read?.hpa.behavior).toEqual({
    scaleUp: {
      stabilizationWindowSeconds: 60,
      selectPolicy: 'Max',
      policies: [{ type: 'Percent', value: 100, periodSeconds: 60 }],
    },
    scaleDown: {
      selectPolicy: 'Max',
      policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
      tolerance: 0.05,
    },
  });
});

it('keeps an absent behavior absent and fills in an empty one', () => {
  const behaviorOf = (text: string) => readManifest(text, 'hpa.yaml').autoscalers[0]?.hpa.behavior;
  expect(behaviorOf(head)).toBeUndefined();
  expect(behaviorOf(`${head}  behavior:\n`)).toBeUndefined();
  expect(behaviorOf(`${head}  behavior: {}\n`)?.scaleUp.policies).toEqual([
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ]);
});

it('takes one replica and CPU at 80 percent when nothing else is said', () => {
  const [read] = readManifest(head.replace(/ {2}minReplicas: 3\n/, ''), 'hpa.yaml').autoscalers;
  expect(read?.hpa.minReplicas).toBe(1);
  expect(read?.hpa.metrics).toEqual([
    { type: 'Resource', name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
  ]);
});

it('reads every metric source in milli-units', () => {
  const text = `${head}  metrics:
  - type: ContainerResource
    containerResource: { name: memory, container: app, target: { type: AverageValue, averageValue: 512Mi } }
  - type: Pods
    pods: { metric: { name: queue }, target: { type: AverageValue, averageValue: 30 } }
  - type: Object
    object:
      describedObject: { apiVersion: networking.k8s.io/v1, kind: Ingress, name: main }
      metric: { name: requests }
      target: { type: Value, value: 2k }
  - type: External
    external:
      metric: { name: lag, selector: { matchLabels: { topic: trades } } }
      target: { type: AverageValue, averageValue: 100m }
`;
  expect(readManifest(text, 'hpa.yaml').autoscalers[0]?.hpa.metrics).toEqual([
    {
      type: 'ContainerResource',
      name: 'memory',
      container: 'app',
      target: { type: 'AverageValue', averageValue: 536_870_912_000 },
    },
    { type: 'Pods', name: 'queue', target: { type: 'AverageValue', averageValue: 30_000 } },
    {
      type: 'Object',
      name: 'requests',
      object: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'main' },
      target: { type: 'Value', value: 2_000_000 },
    },
    {
      type: 'External',
      name: 'lag',
      selector: { matchLabels: { topic: 'trades' } },
      target: { type: 'AverageValue', averageValue: 100 },
    },
  ]);
});

it('reads several HPAs of several documents, of a List, and of JSON, and leaves other kinds alone', () => {
  const other = head.replace('name: trade-processor\n  namespace', 'name: other\n  namespace');
  const names = (text: string) =>
    readManifest(text, 'hpa.yaml').autoscalers.map(({ written, line }) => [written.name, line]);
  expect(names(`kind: Deployment\n---\n${head}---\n---\n${other}`)).toEqual([
    ['trade-processor', 3],
    ['other', 14],
  ]);
  const indent = (text: string) => `- ${text.trimEnd().replaceAll('\n', '\n  ')}\n`;
  expect(names(`apiVersion: v1\nkind: List\nitems:\n${indent(head)}${indent(other)}`)).toEqual([
    ['trade-processor', 4],
    ['other', 13],
  ]);
  const [read] = readManifest(platform, 'hpa.yaml').autoscalers;
  const json = JSON.stringify({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'trade-processor', namespace: 'trading' },
    spec: { scaleTargetRef: read?.written.scaleTarget, maxReplicas: 20 },
  });
  expect(readManifest(json, 'hpa.json').autoscalers[0]?.written.maxReplicas).toBe(20);
});

const pods = (target: string) =>
  `${head}  metrics:\n  - type: Pods\n    pods:\n      metric: { name: latency }\n      target: ${target}\n`;
const policy = (fields: string) => `${head}  behavior:\n    scaleDown:\n      policies:\n      - ${fields}\n`;

describe('refuses in one line, with the line and the path of the field,', () => {
  it.each([
    [
      'a version that is gone',
      platform.replace('autoscaling/v2', 'autoscaling/v2beta2'),
      'hpa.yaml:1: apiVersion: is "autoscaling/v2beta2", which is gone since Kubernetes 1.26: write autoscaling/v2',
    ],
    [
      'another kind',
      platform.replace('HorizontalPodAutoscaler', 'HorizontalPodAutoscaller'),
      'hpa.yaml:2: kind: is "HorizontalPodAutoscaller": must be HorizontalPodAutoscaler',
    ],
    [
      'a file without an HPA',
      'apiVersion: apps/v1\nkind: Deployment\n',
      'hpa.yaml:2: kind: is "Deployment", and there is no HorizontalPodAutoscaler or ScaledObject beside it',
    ],
    [
      'an empty file',
      '---\n',
      'hpa.yaml: it is empty; give a manifest with a HorizontalPodAutoscaler or a ScaledObject',
    ],
    ['text', 'hello', 'hpa.yaml:1: kind: is required: must be HorizontalPodAutoscaler or ScaledObject'],
    [
      'a time as a quantity',
      pods('{ type: AverageValue, averageValue: 100ms }'),
      'hpa.yaml:14: spec.metrics[0].pods.target.averageValue: "100ms" is not a quantity: it has no unit of time; 100m is a tenth (of a second, if the metric is in seconds)',
    ],
    [
      'a policy of zero percent',
      policy('{ type: Percent, value: 0, periodSeconds: 60 }'),
      'hpa.yaml:13: spec.behavior.scaleDown.policies[0].value: is 0: must be 1 or more',
    ],
    [
      'a window of more than an hour',
      `${head}  behavior:\n    scaleDown:\n      stabilizationWindowSeconds: 4000\n`,
      'hpa.yaml:12: spec.behavior.scaleDown.stabilizationWindowSeconds: is 4000: must be 3600 or less',
    ],
    [
      'a period of more than half an hour',
      policy('{ type: Pods, value: 1, periodSeconds: 1801 }'),
      'hpa.yaml:13: spec.behavior.scaleDown.policies[0].periodSeconds: is 1801: must be 1800 or less',
    ],
    [
      'no policy at all',
      `${head}  behavior:\n    scaleUp: { policies: [] }\n`,
      'hpa.yaml:11: spec.behavior.scaleUp.policies: must have at least one policy',
    ],
    [
      'two targets',
      `${head}  metrics:\n  - type: Resource\n    resource:\n      name: cpu\n      target:\n        type: Utilization\n        averageUtilization: 70\n        averageValue: 500m\n`,
      'hpa.yaml:17: spec.metrics[0].resource.target.averageValue: must not be there beside averageUtilization: a metric has one target',
    ],
    [
      'two sources',
      `${pods('{ type: AverageValue, averageValue: 30 }')}    resource: { name: cpu }\n`,
      'hpa.yaml:15: spec.metrics[0].resource: must not be there: the type of the metric is Pods',
    ],
    [
      'a target of Pods that is no average',
      pods('{ type: Value, value: 30 }'),
      'hpa.yaml:14: spec.metrics[0].pods.target.value: must not be there: the target takes averageValue',
    ],
    [
      'a metric without a source',
      `${head}  metrics:\n  - type: External\n`,
      'hpa.yaml:11: spec.metrics[0].external: is required',
    ],
    [
      'an object target whose type says otherwise',
      `${head}  metrics:\n  - type: Object\n    object: { describedObject: { kind: Ingress, name: a }, metric: { name: b }, target: { type: Value, averageValue: 3 } }\n`,
      'hpa.yaml:12: spec.metrics[0].object.target.type: is Value, but what is given is averageValue',
    ],
    [
      'a field that is misspelt',
      head.replace('maxReplicas', 'maxreplicas'),
      'hpa.yaml:9: spec.maxreplicas: is not a field: write maxReplicas (and 1 more)',
    ],
    [
      'text for a number',
      head.replace('20', '"20"'),
      'hpa.yaml:9: spec.maxReplicas: must be a whole number, not "20"',
    ],
    [
      'fewer at most than at least',
      head.replace('20', '2'),
      'hpa.yaml:9: spec.maxReplicas: is 2: must be minReplicas, 3, or more',
    ],
    [
      'zero replicas before 1.37',
      head.replace('3', '0'),
      'hpa.yaml:8: spec.minReplicas: is 0: must be 1 or more; scaling to zero needs Kubernetes 1.37 or the gate HPAScaleToZero',
    ],
    [
      'a name with capitals',
      head.replace('name: trade-processor\n', 'name: Trades\n'),
      'hpa.yaml:4: metadata.name: is "Trades": must be lower-case letters, digits, - and . only',
    ],
    [
      'a tab',
      head.replace('  maxReplicas', '\tmaxReplicas'),
      'hpa.yaml:9: a tab indents this line: YAML takes only spaces',
    ],
    ['a field twice', `${head}  maxReplicas: 3\n`, 'hpa.yaml:10: this is not YAML: Map keys must be unique'],
    [
      'a bad HPA in a List',
      `apiVersion: v1\nkind: List\nitems:\n- ${head.replace('20', '0').trimEnd().replaceAll('\n', '\n  ')}\n`,
      'hpa.yaml:12: items[0].spec.maxReplicas: is 0: must be 1 or more',
    ],
  ])('%s', (_, text, message) => {
    expect(refusal(text)).toBe(`FILE ${message}`);
  });

  it('what the release does not know', () => {
    expect(refusal(platform, 32)).toBe(
      'FILE hpa.yaml:21: spec.behavior.scaleDown.tolerance: is not a field before Kubernetes 1.33, and this is 1.32',
    );
    expect(refusal(platform, 33)).toBe('nothing is wrong');
    const zero = head.replace('3', '0');
    expect(refusal(zero, 37)).toBe(
      'FILE hpa.yaml:6: spec.metrics: needs an Object or External metric to scale to zero replicas',
    );
  });
});
