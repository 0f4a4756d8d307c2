import { expect, it } from 'vitest';
import { readManifest } from '../../../src/manifests.ts';
import { validateScaledObject } from '../../../src/models/hpa/validate-keda.ts';

const kafka = { bootstrapServers: 'b:9092', consumerGroup: 'g', topic: 'trades' };
const prometheus = { serverAddress: 'http://p', query: 'x', threshold: '50' };

function manifest(spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: 'trades', ...metadata },
    spec: {
      scaleTargetRef: { name: 'trade-processor' },
      triggers: [{ type: 'kafka', metadata: kafka }],
      ...spec,
    },
  };
}

const trigger = (type: string, metadata: object, more: object = {}) =>
  manifest({ triggers: [{ type, metadata, ...more }] });

/** What is wrong, a line for each. */
function mistakes(object: object): string[] {
  const { errors } = validateScaledObject(object, { release: 36 });
  return errors.map(({ path, text }) => `${path.join('.')}: ${text}`);
}

it('fills in what KEDA fills in', () => {
  expect(validateScaledObject(manifest(), { release: 36 }).scaled).toEqual({
    name: 'trades',
    scaleTarget: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'trade-processor' },
    pollingInterval: 30,
    cooldownPeriod: 300,
    minReplicaCount: 0,
    maxReplicaCount: 100,
    triggers: [
      {
        type: 'kafka',
        topic: 'trades',
        metricType: 'AverageValue',
        threshold: 10,
        activationThreshold: 0,
        useCachedMetrics: false,
        allowIdleConsumers: false,
        limitToPartitionsWithLag: false,
        ensureEvenDistributionOfPartitions: false,
        excludePersistentLag: false,
        metadata: kafka,
      },
    ],
  });
});

it('reads the triggers, the behavior, the fallback and what is paused', () => {
  const { scaled } = validateScaledObject(
    manifest(
      {
        fallback: { failureThreshold: 3, replicas: 6 },
        advanced: {
          restoreToOriginalReplicaCount: true,
          horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 120 } } },
        },
        triggers: [
          {
            type: 'prometheus',
            name: 'load',
            metricType: 'Value',
            metadata: { ...prometheus, activationThreshold: '2.5' },
          },
          { type: 'memory', metricType: 'AverageValue', metadata: { value: '512Mi', containerName: 'app' } },
          {
            type: 'apache-kafka',
            useCachedMetrics: true,
            metadata: { ...kafka, partitionLimitation: '1-4,6' },
          },
        ],
      },
      {
        annotations: { 'autoscaling.keda.sh/paused-scale-in': 'true', 'autoscaling.keda.sh/paused': 'false' },
      },
    ),
    { release: 36 },
  );
  expect(scaled).toMatchObject({
    fallback: { failureThreshold: 3, replicas: 6, behavior: 'static' },
    behavior: { scaleDown: { stabilizationWindowSeconds: 120 } },
    pausedScaleIn: true,
    triggers: [
      { type: 'prometheus', name: 'load', metricType: 'Value', threshold: 50, activationThreshold: 2.5 },
      { type: 'memory', container: 'app', target: { type: 'AverageValue', averageValue: 536_870_912_000 } },
      { type: 'apache-kafka', useCachedMetrics: true, partitions: 5 },
    ],
  });
  expect(scaled?.pausedScaleOut).toBeUndefined();
});

it.each([
  [
    'a version',
    { ...manifest(), apiVersion: 'keda.k8s.io/v1alpha1' },
    'apiVersion: is "keda.k8s.io/v1alpha1": must be keda.sh/v1alpha1',
  ],
  ['a kind', { ...manifest(), kind: 'ScaledObjekt' }, 'kind: is "ScaledObjekt": must be ScaledObject'],
  ['no target', manifest({ scaleTargetRef: {} }), 'spec.scaleTargetRef.name: is required'],
  [
    'a field in the wrong case',
    manifest({ minreplicaCount: 1 }),
    'spec.minreplicaCount: is not a field: write minReplicaCount',
  ],
  [
    'a minimum above the maximum',
    manifest({ minReplicaCount: 5, maxReplicaCount: 4 }),
    'spec.maxReplicaCount: is 4: must be minReplicaCount, 5, or more',
  ],
  [
    'an idle count',
    manifest({ idleReplicaCount: 0 }),
    'spec.idleReplicaCount: is 0: must be less than minReplicaCount, 0',
  ],
  ['no polling', manifest({ pollingInterval: 0 }), 'spec.pollingInterval: is 0: must be 1 or more'],
  [
    'a time as text',
    manifest({ cooldownPeriod: '5m' }),
    'spec.cooldownPeriod: must be a whole number, not "5m"',
  ],
  ['no triggers', manifest({ triggers: [] }), 'spec.triggers: must have at least one trigger'],
  [
    'a trigger that is not known',
    trigger('rabbitmq', {}),
    'spec.triggers.0.type: is "rabbitmq": the triggers that can be simulated are apache-kafka, cpu, kafka, memory, prometheus',
  ],
  [
    'a number without quotes',
    trigger('kafka', { ...kafka, lagThreshold: 100 }),
    'spec.triggers.0.metadata.lagThreshold: must be text: write "100" in quotes',
  ],
  [
    'a threshold of zero',
    trigger('kafka', { ...kafka, lagThreshold: '0' }),
    'spec.triggers.0.metadata.lagThreshold: is "0": must be 1 or more',
  ],
  [
    'an activation below zero',
    trigger('kafka', { ...kafka, activationLagThreshold: '-1' }),
    'spec.triggers.0.metadata.activationLagThreshold: is "-1": must be 0 or more',
  ],
  [
    'no group',
    trigger('kafka', { bootstrapServers: 'b', topic: 't' }),
    'spec.triggers.0.metadata.consumerGroup: is required',
  ],
  [
    'a switch',
    trigger('kafka', { ...kafka, allowIdleConsumers: 'yes' }),
    'spec.triggers.0.metadata.allowIdleConsumers: is "yes": must be "true" or "false"',
  ],
  [
    'two that exclude each other',
    trigger('kafka', { ...kafka, limitToPartitionsWithLag: 'true', allowIdleConsumers: 'true' }),
    'spec.triggers.0.metadata.limitToPartitionsWithLag: must not be true beside allowIdleConsumers',
  ],
  [
    'no topic',
    trigger('kafka', { ...kafka, topic: '', ensureEvenDistributionOfPartitions: 'true' }),
    'spec.triggers.0.metadata.topic: is required with ensureEvenDistributionOfPartitions',
  ],
  [
    'partitions',
    trigger('kafka', { ...kafka, partitionLimitation: '4-1' }),
    'spec.triggers.0.metadata.partitionLimitation: is "4-1": must be partitions such as 1-4,6',
  ],
  [
    'a reset policy',
    trigger('kafka', { ...kafka, offsetResetPolicy: 'none' }),
    'spec.triggers.0.metadata.offsetResetPolicy: is "none": must be latest or earliest',
  ],
  [
    'a utilization of a topic',
    trigger('kafka', kafka, { metricType: 'Utilization' }),
    'spec.triggers.0.metricType: is Utilization, which only cpu and memory have: must be AverageValue or Value',
  ],
  [
    'no threshold',
    trigger('prometheus', { serverAddress: 'p', query: 'x' }),
    'spec.triggers.0.metadata.threshold: is required',
  ],
  [
    'a threshold in words',
    trigger('prometheus', { ...prometheus, threshold: '50/s' }),
    'spec.triggers.0.metadata.threshold: is "50/s": must be a number',
  ],
  [
    'zero with CPU alone',
    trigger('cpu', { value: '60' }, { metricType: 'Utilization' }),
    'spec.minReplicaCount: is 0, and cpu and memory say nothing while no pod runs: must be 1 or more without another trigger',
  ],
  [
    'a CPU target without a type',
    manifest({ minReplicaCount: 1, triggers: [{ type: 'cpu', metadata: { value: '60' } }] }),
    'spec.triggers.0.metadata.type: is required: one of Utilization, AverageValue',
  ],
  [
    'a policy of zero percent',
    manifest({
      advanced: {
        horizontalPodAutoscalerConfig: {
          behavior: { scaleUp: { policies: [{ type: 'Percent', value: 0, periodSeconds: 60 }] } },
        },
      },
    }),
    'spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.policies.0.value: is 0: must be 1 or more',
  ],
  [
    'modifiers',
    manifest({ advanced: { scalingModifiers: { formula: 'a + b' } } }),
    'spec.advanced.scalingModifiers: are not simulated: a formula over triggers needs their real values',
  ],
  [
    'a pause',
    manifest({}, { annotations: { 'autoscaling.keda.sh/paused-replicas': '3' } }),
    'metadata.annotations.autoscaling.keda.sh/paused-replicas: pauses the ScaledObject, which scales nothing then: leave it out to simulate it',
  ],
  [
    'one name twice',
    manifest({ triggers: [1, 2].map(() => ({ type: 'kafka', name: 'lag', metadata: kafka })) }),
    'spec.triggers.1.name: is "lag", which another trigger has already',
  ],
])('refuses %s', (_, object, mistake) => {
  expect(mistakes(object)).toEqual([mistake]);
});

it('tells every mistake with its path', () => {
  const wrong = manifest({
    pollingInterval: 0,
    cooldownPeriod: -1,
    triggers: [{ type: 'kafka', metadata: {} }],
  });
  expect(mistakes(wrong)).toHaveLength(4);
});

it('is found in a manifest beside other kinds, with the line of a mistake', () => {
  const yaml = `kind: Deployment
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: trades }
spec:
  scaleTargetRef: { name: trades }
  triggers:
  - type: kafka
    metadata: { bootstrapServers: b, consumerGroup: g, topic: t, lagThreshold: "100" }
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
`;
  const [read] = readManifest(yaml, 'so.yaml').autoscalers;
  expect([read?.line, read?.scaled?.name, read?.hpa.name, read?.hpa.minReplicas]).toEqual([
    3,
    'trades',
    'keda-hpa-trades',
    1,
  ]);
  expect(() => readManifest(yaml.replace('"100"', '"x"'), 'so.yaml')).toThrow(
    'so.yaml:10: spec.triggers[0].metadata.lagThreshold: is "x": must be a whole number',
  );
});
