import { describe, expect, it } from 'vitest';
import {
  fullVolumes,
  homelessConnections,
  idleReplicas,
  uselessScaling,
} from '../../src/planners/cross-checks.ts';
import { type CapacityRequest, planCapacity } from '../../src/planners/plan.ts';
import type { Saturation } from '../../src/planners/types.ts';
import { planTiers, streamRun } from './stream-run.ts';

const at = (resource: Saturation['resource'], atRate: number): Saturation => ({
  resource,
  atRate,
  basis: 'measured',
});

describe('scaling out', () => {
  it('does not help beyond what all replicas share', () => {
    const chain = [at('databaseCpu', 4300), at('connections', 5000), at('platformCpu', 9600)];
    const args = { bound: 'databaseCpu', atRate: 4300, served: 9600, replicas: 21 };
    expect(uselessScaling(chain, 21)).toEqual([{ code: 'SCALING_DOES_NOT_HELP', severity: 'warning', args }]);
  });

  it('helps where the service itself binds, or what comes with a replica', () => {
    expect(uselessScaling([at('platformCpu', 4000), at('databaseCpu', 4300)], 21)).toEqual([]);
    expect(uselessScaling([at('connections', 4000), at('platformCpu', 4300)], 21)).toEqual([]);
    expect(uselessScaling([at('databaseCpu', 4000)], 21)).toEqual([]);
  });

  it('beyond the partitions leaves replicas that consume without any', () => {
    const { kafka } = planTiers([], { kafkaRate: 8000, consumerRate: 1000 }).plans;
    if (kafka === null) throw new Error('nothing was planned');
    const most = kafka.groups[0]?.maximum ?? 0;
    expect(idleReplicas(kafka, most)).toEqual([]);
    expect(idleReplicas(kafka, most + 1)).toMatchObject([{ args: { replicas: most + 1, partitions: most } }]);
  });
});

it('tells when connections need more replicas than the autoscaler may start', () => {
  const { websockets } = planTiers([], { wsConnections: 50_000, wsPerReplica: 8000 }).plans;
  if (websockets === null) throw new Error('nothing was planned');
  expect(homelessConnections(websockets, websockets.replicas)).toEqual([]);
  expect(homelessConnections(websockets, websockets.replicas - 1)).toMatchObject([
    { args: { connections: 50_000, needed: 8, replicas: 7 } },
  ]);
});

it('compares what is retained with the disks of the brokers that there are', () => {
  const { kafka } = planTiers([], { kafkaRate: 8000, brokerDisk: 2 ** 40 }).plans;
  if (kafka === null) throw new Error('nothing was planned');
  const { brokers } = kafka;
  expect(fullVolumes({ brokers })).toEqual([]);
  const enough = Math.ceil(brokers.disk / 2 ** 40);
  expect(fullVolumes({ brokers: { ...brokers, current: enough } })).toEqual([]);
  expect(fullVolumes({ brokers: { ...brokers, current: enough - 1 } })).toHaveLength(1);
});

describe('a whole plan', () => {
  it('has every tier that a run tells of, and the service without the pages of its workers', () => {
    const run = streamRun({
      change({ samples }) {
        for (const sample of samples)
          if (sample.source === 'platform/0') sample.source = 'prometheus/api:3000';
      },
    });
    const plan = planCapacity([run], { peak: 1000, worlds: 100 });
    expect([plan.kafka, plan.cache, plan.workers].every((part) => part !== null)).toBe(true);
    expect(plan.websockets).toBeNull();
    expect(plan.observed?.replicas).toBe(1);
    const names = plan.saturations.map(({ resource }) => resource);
    expect(names).toEqual(expect.arrayContaining(['consumers', 'kafkaPartition', 'cacheCpu', 'platformCpu']));
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  const wrong: [flag: string, request: CapacityRequest][] = [
    ['--kafka-record', { rps: 1, kafkaRecord: 100 }],
    ['--kafka-retention', { rps: 1, kafkaRetention: 60 }],
    ['--consumer-rate', { rps: 1, consumerRate: 100 }],
    ['--cache-value-bytes', { rps: 1, cacheValueBytes: 100 }],
    ['--cache-ops', { rps: 1, cacheOps: 100 }],
    ['--job-time', { rps: 1, jobTime: 1 }],
    ['--job-rate', { jobRate: 1 }],
    ['--job-wait', { rps: 1, jobWait: 1 }],
    ['--ws-connections', { wsConnections: 1000 }],
    ['--ws-per-replica', { rps: 1, wsPerReplica: 1000 }],
    ['--cache-keys', { cacheKeys: 1e13 }],
    ['--cache-value-bytes', { cacheKeys: 1, cacheValueBytes: { low: 1, mid: 2, high: 2 ** 30 } }],
    ['queue jobs', { jobRate: 5000, jobTime: 7200 }],
  ];
  it.each(wrong)('is refused for %s without what it is about, or far too large', (flag, request) => {
    expect(() => planCapacity([], request)).toThrow(new RegExp(`^${flag}: `));
  });

  it('may be for one tier alone', () => {
    const { kafka, replicas, basis } = planCapacity([], { kafkaRate: 1000, worlds: 10 });
    expect(kafka?.basis).toBe('declared');
    expect([replicas, basis]).toEqual([null, 'declared']);
  });
});
