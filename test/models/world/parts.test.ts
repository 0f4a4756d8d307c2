import { describe, expect, it } from 'vitest';
import type { PodReading } from '../../../src/models/hpa/observation.ts';
import { Cluster } from '../../../src/models/world/cluster.ts';
import { elasticity } from '../../../src/models/world/elasticity.ts';
import { FluidEngine } from '../../../src/models/world/fluid-engine.ts';
import { MetricPipeline } from '../../../src/models/world/metric-pipeline.ts';
import { checkReplica, rateOf, rateWithin } from '../../../src/models/world/replica.ts';
import { hpa, replica } from './worlds.ts';

const slo = { quantile: 0.99, within: 0.25 };
const timing = { scheduling: 1, imagePull: 4, startup: 20, grace: 30 };
const clusterOf = (nodes: ConstructorParameters<typeof Cluster>[2] = null) =>
  new Cluster(new FluidEngine(replica, slo, false), timing, nodes);

describe('a replica', () => {
  it('answers what its workers do, or what its CPU limit lets them', () => {
    expect(rateOf(replica)).toBe(100);
    expect(rateOf({ ...replica, cpuLimit: 0.22 })).toBeCloseTo(50, 9);
    expect(() => checkReplica({ ...replica, cpuLimit: 0.01 })).toThrow('leaves nothing beyond the idle');
    expect(() => checkReplica({ ...replica, workers: 1.5 })).toThrow(RangeError);
  });

  it('keeps an SLO up to a rate: M/M/1 answers p99 within t at mu - ln(100)/t', () => {
    expect(rateWithin(replica, slo)).toBeCloseTo(100 - Math.log(100) / 0.25, 6);
    expect(rateWithin(replica, { quantile: 0.99, within: 0.04 })).toBe(0);
  });
});

describe('pods', () => {
  it('are scheduled, pulled, started and ready, each after its time', () => {
    const cluster = clusterOf();
    cluster.scaleTo(1, 100);
    const [pod] = cluster.pods;
    expect(pod).toMatchObject({ phase: 'Pending', ready: null, startedAt: null });
    cluster.advance(104.9);
    expect(pod).toMatchObject({ phase: 'Pending', placed: true });
    cluster.advance(105);
    expect(pod).toMatchObject({ phase: 'Running', ready: false, startedAt: 105, readySince: 105 });
    expect(cluster.nextChange()).toBe(125);
    cluster.advance(130);
    expect(pod).toMatchObject({ ready: true, readySince: 125 });
    expect(cluster.serving).toHaveLength(1);
    expect(cluster.nextChange()).toBe(Number.POSITIVE_INFINITY);
  });

  it('are deleted from the least worth to the oldest, and lose what they cannot finish', () => {
    const cluster = clusterOf();
    cluster.startWith(2, 0);
    cluster.scaleTo(3, 10);
    cluster.advance(50);
    cluster.scaleTo(4, 60);
    cluster.scaleTo(2, 61);
    expect(cluster.pods.map(({ deleting }) => deleting)).toEqual([false, false, true, true]);
    expect([cluster.existing, cluster.serving.length]).toEqual([2, 2]);
    const [, , third] = cluster.pods;
    if (third) third.station.waiting = 5000;
    cluster.drain(61, 29);
    cluster.advance(90);
    expect(cluster.pods).toHaveLength(3);
    cluster.drain(90, 1);
    cluster.advance(91);
    // Thirty seconds at a hundred requests each: two thousand are left.
    expect(cluster.lost).toBeCloseTo(2000, 6);
    expect(cluster.pods).toHaveLength(2);
  });

  it('wait for a node when there is no room, and nodes go when they are idle', () => {
    const cluster = clusterOf({ count: 1, podsPerNode: 2, delay: 60, idle: 100 });
    cluster.startWith(2, 0);
    cluster.scaleTo(5, 10);
    cluster.advance(11);
    expect(cluster.unplaced).toBe(3);
    expect(cluster.nextChange()).toBe(71);
    cluster.advance(71);
    expect([cluster.unplaced, cluster.nodes.nodes]).toEqual([0, 3]);
    cluster.scaleTo(2, 80);
    for (let now = 80; now <= 300; now += 10) {
      cluster.drain(now, 10);
      cluster.advance(now + 10);
    }
    expect(cluster.nodes.nodes).toBe(1);
  });
});

describe('the metric pipeline', () => {
  it('shows CPU as the rate between two points, in milli-cores and not above the limit', () => {
    const cluster = clusterOf();
    cluster.startWith(1, 0);
    cluster.scaleTo(2, 0);
    const limited = { ...replica, cpuLimit: 0.4 };
    const settings = { resolution: 15, window: 60 };
    const before = { firstAt: 4, rate: 0 };
    const pipeline = new MetricPipeline(hpa().metrics, limited, settings, new Map(), before);
    const read = (now: number) => (pipeline.read(cluster.pods, now)[0] as PodReading).samples;
    const station = cluster.pods[0]?.station ?? { cpu: 0 };
    pipeline.scrape(cluster.pods, 0);
    expect(read(5)).toEqual([null, null]);
    station.cpu += 3.0001;
    cluster.advance(19);
    pipeline.scrape(cluster.pods, 0);
    // Idle 20m, and 3.0001 s in 15 s, rounded up.
    expect(read(20)).toEqual([{ value: 221, time: 19, window: 15 }, null]);
    station.cpu += 15;
    pipeline.scrape(cluster.pods, 0);
    // The second pod runs since 5 s: it has its second point now.
    expect(read(35)).toEqual([
      { value: 400, time: 34, window: 15 },
      { value: 20, time: 34, window: 15 },
    ]);
  });
});

describe('elasticity', () => {
  it('is accuracy, time share and instability of supply against demand', () => {
    expect(elasticity([2, 4, 4, 2], [2, 2, 5, 4])).toEqual({
      underAccuracy: 0.5 / 4,
      overAccuracy: (0.25 + 1) / 4,
      underTime: 1 / 4,
      overTime: 2 / 4,
      // Demand up, still, down; supply still, up, down.
      instability: 2 / 3,
    });
    expect(elasticity([0, 0], [1, 1]).overAccuracy).toBe(1);
    expect(() => elasticity([1], [])).toThrow(RangeError);
  });
});
