import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { deployment } from '../../src/emit/deployment.ts';
import { hpa } from '../../src/emit/hpa.ts';
import { podDisruptionBudget } from '../../src/emit/pdb.ts';
import { type CapacityRequest, planCapacity } from '../../src/planners/plan.ts';
import { measured } from './measured.ts';

type Constraint = { topologyKey: string; whenUnsatisfiable: string; labelSelector: { matchLabels: object } };
type Deployment = {
  spec: {
    replicas?: number;
    selector: { matchLabels: object };
    template: {
      metadata: { labels: object };
      spec: {
        topologySpreadConstraints: Constraint[];
        terminationGracePeriodSeconds: number;
        containers: {
          image: string;
          env?: { name: string; value: string }[];
          resources: object;
          startupProbe: { periodSeconds: number; failureThreshold: number };
          readinessProbe: { httpGet: object };
          livenessProbe: { httpGet: object };
        }[];
      };
    };
  };
};

const planned = (request: CapacityRequest = {}) => planCapacity([], { rps: 1000, latency: 0.1, ...request });
const deployed = (request?: CapacityRequest, image = 'registry/trading:1.4') =>
  deployment(planned(request), image) as unknown as Deployment;

describe('the Deployment', () => {
  it('is found by its selector, and leaves its replicas to the autoscaler', () => {
    const { spec } = deployed();
    expect(spec.selector.matchLabels).toEqual({ 'app.kubernetes.io/name': 'trading-service' });
    expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
    expect(spec).not.toHaveProperty('replicas');
  });

  it('asks for what was planned in Kubernetes quantities, and is probed', () => {
    const [container] = deployed().spec.template.spec.containers;
    expect(container).toMatchObject({
      image: 'registry/trading:1.4',
      resources: {
        requests: { cpu: '500m', memory: '512Mi' },
        limits: { cpu: '1', memory: '1Gi' },
      },
      readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
    });
    expect(container).not.toHaveProperty('env');
  });

  it('carries the planned pool when connections were measured', () => {
    const [container] = (deployment(measured, 'x') as unknown as Deployment).spec.template.spec.containers;
    expect(container?.env).toEqual([
      { name: 'DB_POOL_MAX', value: String(measured.connections?.poolPerReplica) },
    ]);
  });

  it('lets a pod finish what it has when it is told to end, after nobody sends it any more', () => {
    const { terminationGracePeriodSeconds, containers } = deployed().spec.template.spec;
    expect(terminationGracePeriodSeconds).toBe(20);
    expect(containers[0]).toMatchObject({ lifecycle: { preStop: { sleep: { seconds: 5 } } } });
  });

  it('starts as many more at an update as the plan has room for', () => {
    const rollout = {
      maxUnavailable: 0,
      maxSurge: 3,
      replicas: 9,
      cpu: 4,
      memory: 2 ** 32,
      seconds: 60,
    } as const;
    const rolling = (own: typeof rollout | null) =>
      deployment({ ...planned(), rollout: own }, 'x')?.spec.strategy;
    const strategy = (maxSurge: unknown) => ({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0, maxSurge },
    });
    expect(rolling(rollout)).toEqual(strategy(3));
    expect(rolling(null)).toEqual(strategy('25%'));
  });

  it('gives a slow start its time before it is killed', () => {
    const patience = (startup: number) => {
      const { periodSeconds = 0, failureThreshold = 0 } =
        deployed({ startup }).spec.template.spec.containers[0]?.startupProbe ?? {};
      return periodSeconds * failureThreshold;
    };
    expect(patience(5)).toBe(30);
    expect(patience(90)).toBe(270);
  });

  it('spreads over zones and nodes, strictly over zones when the loss of one must be survived', () => {
    const rules = (request?: CapacityRequest) =>
      deployed(request).spec.template.spec.topologySpreadConstraints.map((each) => [
        each.topologyKey,
        each.whenUnsatisfiable,
      ]);
    expect(rules()).toEqual([
      ['topology.kubernetes.io/zone', 'ScheduleAnyway'],
      ['kubernetes.io/hostname', 'ScheduleAnyway'],
    ]);
    for (const availability of ['zone', 'region'] as const) {
      expect(rules({ availability })[0]).toEqual(['topology.kubernetes.io/zone', 'DoNotSchedule']);
    }
    for (const { labelSelector } of deployed().spec.template.spec.topologySpreadConstraints) {
      expect(labelSelector.matchLabels).toEqual(deployed().spec.selector.matchLabels);
    }
  });
});

describe('the HorizontalPodAutoscaler', () => {
  it('is the planned one, aimed at the Deployment', () => {
    const plan = planned();
    const object = hpa(plan);
    expect(object?.spec).toEqual(plan.hpa?.spec);
    expect(object?.spec).toMatchObject({
      scaleTargetRef: {
        kind: 'Deployment',
        name: (deployed() as unknown as { metadata: { name: string } }).metadata.name,
      },
    });
  });
});

describe('the PodDisruptionBudget', () => {
  it.each<[CapacityRequest, number | string]>([
    [{}, 1],
    [{ availability: 'zone' }, '33%'],
    [{ availability: 'region', regions: 2 }, '33%'],
    [{ availability: 'zone', zones: 2 }, '50%'],
    [{ availability: 'zone', zones: 7 }, '14%'],
  ])('lets a drain take what the plan survives losing: %j', (request, maxUnavailable) => {
    const budget = podDisruptionBudget(planned(request));
    expect(budget?.spec.maxUnavailable).toBe(maxUnavailable);
    expect(budget?.spec).not.toHaveProperty('minAvailable');
    expect(budget?.spec.selector).toEqual(deployed().spec.selector);
  });
});

describe('without a service', () => {
  it('there is nothing to deploy', () => {
    const plan = planCapacity([], { peakConnections: 40 });
    expect([deployment(plan, 'x'), hpa(plan), podDisruptionBudget(plan)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('a manifest', () => {
  it('has only plain values, the same after YAML', async () => {
    const { stringify } = await import('yaml');
    for (const object of [deployed(), hpa(planned()), podDisruptionBudget(planned())]) {
      expect(parse(stringify(object, { aliasDuplicateObjects: false }))).toEqual(object);
    }
  });
});
