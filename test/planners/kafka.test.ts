import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hottestDrainTime, hottestLagGrowth } from '../../src/models/consumer-lag.ts';
import { saturations } from '../../src/planners/bottleneck.ts';
import { gatherFacts } from '../../src/planners/observed.ts';
import type { CapacityRequest } from '../../src/planners/plan.ts';
import type { KafkaPlan } from '../../src/planners/streams/kafka.ts';
import type { Run } from '../../src/run.ts';
import { close } from '../models/close.ts';
import { planTiers, streamRun, streamTruth } from './stream-run.ts';

const GiB = 2 ** 30;

function planned(request: CapacityRequest, runs: Run[] = []): KafkaPlan {
  const { kafka } = planTiers(runs, request).plans;
  if (kafka === null) throw new Error('nothing was planned for Kafka');
  return kafka;
}

const codes = (request: CapacityRequest, runs: Run[] = []) =>
  planTiers(runs, request).findings.map(({ code }) => code);

describe('a declared topic', () => {
  const netflix = {
    kafkaRate: 100 * 1024,
    kafkaRecord: 1024,
    kafkaRetention: 8 * 3600,
    kafkaReplication: 2,
    kafkaGroups: 2,
  };

  it('of 100 MiB/s for eight hours in two copies is 5,625 GiB, 4,688 GiB a zone with room and 19 GiB of it hot', () => {
    const { topics, brokers } = planned(netflix);
    close((topics[0]?.retainedBytes ?? 0) * 0.4, 5625 * GiB, 1e-12);
    expect(Math.round(brokers.zone.disk / GiB)).toBe(4688);
    expect(Math.floor(brokers.zone.hotBytes / GiB)).toBe(19);
  });

  it('goes in once for every copy, and out once for every group and every other copy', () => {
    const { brokers } = planned(netflix);
    close(brokers.network.in, 200 * 2 ** 20, 1e-12);
    close(brokers.network.out, 300 * 2 ** 20, 1e-12);
    close(brokers.cores, 100 * (0.03 * 2 + 0.04 * 3), 1e-12);
  });

  it('needs partitions for its producers and for its consumers', () => {
    const rate = { kafkaRate: 20_000, kafkaRecord: 1000, partitionRate: 5e6 };
    expect(planned(rate).topics[0]?.partitions).toMatchObject({ byConsumers: null, recommended: 4 });
    // 20 MB/s at 3 MB/s are seven busy consumers, nine with a fifth of their time to spare.
    const { partitions } = planned({ ...rate, consumerRate: 3000 }).topics[0] ?? {};
    expect(partitions?.byConsumers?.enough).toBe(9);
    expect(partitions?.recommended).toBe(9);
  });

  it('is caught up with in ten minutes by ten consumers of 1,000/s at 8,000/s, 1.2 million behind', () => {
    const outage = { kafkaRate: 8000, consumerRate: 1000, consumerOutage: 150, drainWithin: 600 };
    const { topics, groups } = planned(outage);
    expect(topics[0]?.partitions.recommended).toBe(10);
    expect(groups[0]?.consumers.enough).toBe(10);
    expect(groups[0]?.maximum).toBe(10);
  });

  it('grows with --growth and events, and is known less well where a figure is a range', () => {
    const events = [{ name: 'news', multiplier: 3, rise: 60, decay: 60 }];
    const { topics } = planned({ kafkaRate: 1000, growth: 0.2, horizonMonths: 12, events });
    close(topics[0]?.records.enough, 3600, 1e-12);
    const range = planned({ kafkaRate: { low: 500, mid: 1000, high: 2000 } }).topics[0]?.records;
    expect(range?.p5).toBeLessThan(range?.p50 ?? 0);
    expect(range?.p95).toBeGreaterThan(range?.p50 ?? 0);
  });

  it('has more partitions than one cluster holds, or one too large for a disk, only as an error', () => {
    const wide = { kafkaRate: 2e8, kafkaRecord: 1, consumerRate: 1000 };
    expect(codes(wide)).toContain('TOO_MANY_PARTITIONS');
    const large = { kafkaRate: 1000, kafkaRecord: 2 ** 20, partitionRate: 2 ** 40, brokerDisk: 2 ** 40 };
    expect(codes(large)).toContain('PARTITION_EXCEEDS_VOLUME');
    expect(codes({ kafkaRate: 1000 })).not.toContain('PARTITION_EXCEEDS_VOLUME');
  });
});

describe('a measured topic', () => {
  const run = streamRun();
  const { plans, capacities, findings } = planTiers([run], { peak: 1000, kafkaRate: 5 });
  const perRequest = (gatherFacts([run]).observed.mix.trade ?? 0) * streamTruth.recordsPerTrade;
  const [topic] = plans.kafka?.topics ?? [];

  it('is planned from the records that a request makes, their size and the hottest partition', () => {
    close(topic?.records.p50, 1000 * perRequest, 0.05);
    close(topic?.recordBytes, streamTruth.recordBytes, 1e-9);
    close(topic?.skew, 1.6, 0.02);
    expect(topic?.partitions.current).toBe(4);
    expect(topic?.retention).toBe(259_200);
    expect(plans.kafka?.brokers).toMatchObject({ current: 1, by: 'copies', recommended: 3 });
    expect(findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['PARTITIONS_TOO_FEW', 'HOT_PARTITION']),
    );
  });

  it('has consumers whose rate is what they did with a backlog', () => {
    const [group] = plans.kafka?.groups ?? [];
    expect(group?.topics[0]?.by).toBe('backlog');
    close(group?.topics[0]?.rate, streamTruth.consumerRate, 0.05);
    expect(group?.asIs?.consumers).toBe(2);
    close(group?.asIs?.growth, (topic?.records.enough ?? 0) - 2 * streamTruth.consumerRate, 0.02);
    expect(findings.map(({ code }) => code)).toContain('CONSUMERS_FALL_BEHIND');
  });

  it('binds the plan at the rate that its partitions can give to consumers', () => {
    const consumers = saturations(capacities).find(({ resource }) => resource === 'consumers');
    const partitions = topic?.partitions.recommended ?? 0;
    close(consumers?.atRate, (partitions * streamTruth.consumerRate) / (1.6 * perRequest), 0.1);
  });

  it('needs one partition and the least of brokers when nothing is written to it', () => {
    const { topics, groups, brokers } = planned({ peak: 1000, mix: { history: 1 } }, [run]);
    expect(topics[0]?.records.enough).toBeLessThan(10);
    expect(topics[0]?.partitions.recommended).toBe(4);
    expect(groups[0]?.asIs?.growth ?? 0).toBeLessThanOrEqual(0);
    expect(brokers.recommended).toBe(3);
  });

  it('wins over a declared rate', () => {
    const won = findings.filter(({ code }) => code === 'MEASURED_WINS');
    expect(won.map(({ args }) => args)).toMatchObject([{ flag: '--kafka-rate', declared: 5 }]);
  });

  it('has consumers that can do at least what they caught up with', () => {
    const { groups } = planned({ peak: 1000 }, [streamRun({ backlog: false, stopped: [20, 35] })]);
    const [read] = groups[0]?.topics ?? [];
    expect(read?.by).toBe('least');
    // Fifteen seconds of records in the five that a window has, and at most those of these five beside them.
    const each = (from: number, to: number) =>
      streamRun()
        .rows.slice(from, to)
        .reduce((sum, { classes }) => sum + (classes.trade?.count ?? 0), 0) *
      (streamTruth.recordsPerTrade / 5 / 2);
    expect(read?.rate).toBeGreaterThanOrEqual(each(20, 35));
    expect(read?.rate).toBeLessThanOrEqual(each(19, 41));
  });

  it('has no consumers planned where nothing tells what they can do, unless it is declared', () => {
    const idle = streamRun({ backlog: false });
    const unknown = planTiers([idle], { peak: 1000 });
    expect(unknown.plans.kafka?.groups).toEqual([]);
    expect(unknown.findings.map(({ code }) => code)).toContain('CONSUMER_RATE_UNKNOWN');
    const { groups } = planned({ peak: 1000, consumerRate: 50 }, [idle]);
    expect(groups[0]?.topics[0]).toEqual({ topic: 'trades', rate: 50, by: 'declared' });
  });
});

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

describe('every Kafka plan', () => {
  const request = fc.record({
    kafkaRate: number(1, 1e5),
    kafkaRecord: number(10, 1e5),
    kafkaSkew: number(1, 4),
    consumerRate: number(50, 1e4),
    consumerOutage: number(1, 3600),
    drainWithin: number(10, 7200),
    availability: fc.constantFrom('replica' as const, 'zone' as const),
  });
  const needs = ({ topics, groups, brokers }: KafkaPlan) => [
    ...topics.flatMap(({ partitions, retainedBytes }) => [partitions.recommended, retainedBytes ?? 0]),
    ...groups.map(({ consumers }) => consumers.enough),
    brokers.recommended,
    brokers.disk,
  ];

  it('catches up in time with the hottest partition, when put back into the model', () => {
    fc.assert(
      fc.property(request, (figures) => {
        const { topics, groups } = planned({ ...figures, worlds: 1 });
        const count = topics[0]?.partitions.recommended ?? 0;
        const hot = Math.min(1, figures.kafkaSkew / count);
        const partitions = Array.from({ length: count }, (_, i) => {
          const arrival = figures.kafkaRate * (i === 0 ? hot : (1 - hot) / (count - 1));
          return { arrival, lag: arrival * figures.consumerOutage };
        });
        const consumers = groups[0]?.consumers.enough ?? 0;
        const time = hottestDrainTime(partitions, figures.consumerRate, consumers);
        expect(consumers).toBeLessThanOrEqual(count);
        expect(time).not.toBeNull();
        expect(time ?? 0).toBeLessThanOrEqual(figures.drainWithin * (1 + 1e-9));
        expect(hottestLagGrowth(partitions, figures.consumerRate, consumers)).toBeLessThan(0);
      }),
      { seed: 71, numRuns: 60 },
    );
  });

  it('never needs less at more load, more confidence or a tighter target', () => {
    fc.assert(
      fc.property(request, number(1, 5), (figures, factor) => {
        const { kafkaRate } = figures;
        const range = { low: kafkaRate * 0.7, mid: kafkaRate, high: kafkaRate * 1.5 };
        const larger = { low: range.low * factor, mid: range.mid * factor, high: range.high * factor };
        const base = needs(planned({ ...figures, kafkaRate: range, worlds: 30, confidence: 0.8 }));
        const others = [
          { kafkaRate: larger, confidence: 0.8 },
          { kafkaRate: range, confidence: 0.99 },
          { kafkaRate: range, confidence: 0.8, drainWithin: figures.drainWithin / factor },
        ];
        for (const other of others) {
          const more = needs(planned({ ...figures, worlds: 30, ...other }));
          more.forEach((value, i) => {
            expect(value).toBeGreaterThanOrEqual((base[i] as number) * (1 - 1e-12));
          });
        }
      }),
      { seed: 72, numRuns: 40 },
    );
  });

  it('is the same for the same seed, and JSON', () => {
    const figures = { kafkaRate: { low: 1, mid: 50, high: 90 }, consumerRate: { low: 5, mid: 6, high: 9 } };
    expect(planned(figures)).toEqual(planned(figures));
    expect(JSON.parse(JSON.stringify(planned(figures)))).toEqual(planned(figures));
  });
});
