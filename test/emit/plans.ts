import { prometheusRule } from '../../src/emit/alerts/prometheus-rule.ts';
import type { KubernetesObject } from '../../src/emit/object.ts';
import { podMonitor } from '../../src/emit/pod-monitor.ts';
import { serviceObjects } from '../../src/emit/service-objects.ts';
import type { ManifestSettings } from '../../src/emit/settings.ts';
import type { Tiers } from '../../src/emit/tiers.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import type { Plan } from '../../src/planners/types.ts';

export const plain: ManifestSettings = {
  image: 'registry/trading:1.4',
  regions: [],
  gateway: 'ingress',
  ingressReplicas: 1,
};
/** With every object that there is. */
export const everything: ManifestSettings = {
  ...plain,
  namespace: 'trading',
  regions: ['eu-west-1', 'us-east-1'],
  host: 'fx.example.com',
  gateway: 'both',
  gatewayClass: 'istio',
  tlsSecret: 'fx-tls',
  clientRate: 200,
  ingressReplicas: 3,
  kafkaCluster: 'events',
  kafkaBrokers: 'events-kafka-bootstrap:9092',
  consumer: 'trading-consumer',
  prometheus: 'http://prometheus.monitoring:9090',
  worker: 'trading-worker',
};

export const declared = planCapacity([], {
  rps: 1000,
  latency: 0.05,
  slos: [{ quantile: 0.99, seconds: 0.25 }],
  tradesPerDay: 5_000_000,
  tradeBytes: 2048,
  storageBytes: 100 * 2 ** 30,
  capacityBytes: 2000 * 2 ** 30,
  peakConnections: 40,
});
export const plans: Record<string, Plan> = {
  declared,
  zone: planCapacity([], { rps: 5000, latency: 0.05, availability: 'zone', zones: 4 }),
  'other metrics': withMetrics(declared),
};

/** Of the tiers beside the service, what their objects are made of. */
export const tiers = {
  kafka: {
    topics: [
      { topic: 'trades', partitions: { recommended: 12 }, replication: 3, retention: 604_800 },
      { topic: 'Dead_Letters', partitions: { recommended: 1 }, replication: 1, retention: 2_592_000 },
      { topic: 'analytics', partitions: { recommended: 8 }, replication: 3, retention: null },
      { topic: 'all topics', partitions: { recommended: 8 }, replication: 3, retention: 604_800 },
    ],
    groups: [
      {
        group: 'analytics-consumers',
        current: 3,
        topics: [{ topic: 'trades' }],
        consumers: { enough: 5 },
        maximum: 12,
        lagThreshold: 1500.4,
      },
    ],
  },
  workers: {
    queues: [
      { queue: 'settlement', depthTarget: 40, basis: 'measured' },
      { queue: 'jobs', depthTarget: 40, basis: 'declared' },
    ],
    recommended: 6,
  },
  postgres: {
    maxConnections: 120,
    sharedBuffers: 2 ** 31,
    effectiveCacheSize: 6 * 2 ** 30,
    maxWalSize: 5.5 * 2 ** 30,
    checkpointTimeout: 300,
    checkpointCompletionTarget: 0.9,
    maxSlotWalKeepSize: 2 ** 29,
  },
} as unknown as Pick<Tiers, 'kafka' | 'workers' | 'postgres'>;

/** The plan with an autoscaler that takes its metrics from prometheus-adapter. */
export function withMetrics(plan: Plan): Plan {
  if (plan.hpa === null) throw new Error('the plan has no autoscaler');
  const target = { type: 'AverageValue', averageValue: '62500m' };
  const metrics = [
    { type: 'Pods', pods: { metric: { name: 'http_requests_per_second' }, target } },
    { type: 'External', external: { metric: { name: 'trades_queue_depth' }, target } },
  ] as unknown as NonNullable<Plan['hpa']>['spec']['metrics'];
  return { ...plan, hpa: { ...plan.hpa, spec: { ...plan.hpa.spec, metrics } } };
}

/** All objects of a plan, in every region that is asked for. */
export function objectsOf(plan: Plan, settings: ManifestSettings): KubernetesObject[] {
  const regions = settings.regions.length === 0 ? [undefined] : settings.regions;
  return regions.flatMap((region) => {
    const place = { namespace: settings.namespace, region };
    const monitoring = [podMonitor(plan, place), prometheusRule(plan, place)];
    return [
      ...Object.values(serviceObjects(plan, settings, region)),
      ...monitoring.filter((object) => object !== undefined),
    ];
  });
}
