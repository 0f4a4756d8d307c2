import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKafkaAddress } from '../../src/collect/kafka-address.ts';
import {
  configFigures,
  detailedTopics,
  groupFigures,
  HottestPartitions,
  membershipFigures,
  metadataFigures,
  sizeFigures,
  type TopicOffsets,
  topicFigures,
} from '../../src/collect/kafka-figures.ts';
import { frames } from '../../src/collect/kafka-frames.ts';
import { addLogDirs, logDirsRequest, type PartitionSizes } from '../../src/collect/kafka-log-dirs.ts';
import { sumOfSeries } from '../../src/planners/meters.ts';

const captured = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../fixtures/collect/kafka-4.1.1.json'), 'utf8'),
);
const topics: TopicOffsets[] = Object.entries(
  captured.offsets as Record<string, { partition: number; low: string; high: string }[]>,
).map(([topic, partitions]) => ({
  topic,
  partitions: partitions.map(({ partition, low, high }) => ({
    partition,
    low: Number(low),
    high: Number(high),
  })),
}));
const everything = new Set(['trades', 'accounts']);
const commits = Object.entries(
  captured.committed as Record<
    string,
    { topic: string; partitions: { partition: number; offset: string }[] }[]
  >,
).map(([group, topics]) => ({
  group,
  topics: topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, offset }) => ({ partition, offset: Number(offset) })),
  })),
}));

describe('the answers of Kafka 4.1.1', () => {
  it('become offsets by topic and partition', () => {
    expect(topicFigures(topics, everything)).toEqual({
      'records{topic="trades"}': 10,
      'records_held{topic="trades"}': 8,
      'partition_records{partition="0",topic="trades"}': 6,
      'partition_records{partition="1",topic="trades"}': 3,
      'partition_records{partition="2",topic="trades"}': 1,
      'records{topic="accounts"}': 1,
      'records_held{topic="accounts"}': 1,
      'partition_records{partition="0",topic="accounts"}': 1,
    });
  });

  it('become lag by group and topic, without what was deleted unread', () => {
    // audit stands at 0 of partition 0, whose first two records were deleted.
    expect(groupFigures(commits, topics, new Set())).toEqual({
      'lag_records{group="settlement",topic="trades"}': 3,
      'lag_records_max{group="settlement",topic="trades"}': 3,
      'committed_records{group="settlement",topic="trades"}': 6,
      'lag_records{group="audit",topic="trades"}': 6,
      'lag_records_max{group="audit",topic="trades"}': 4,
      'committed_records{group="audit",topic="trades"}': 2,
    });
  });

  it('become lag by partition where there is room, and sums that add up', () => {
    const values = groupFigures(commits, topics, everything);
    expect(values).toMatchObject({
      'partition_lag_records{group="settlement",partition="0",topic="trades"}': 3,
      'partition_lag_records{group="settlement",partition="1",topic="trades"}': 0,
      'partition_lag_records{group="audit",partition="1",topic="trades"}': 2,
    });
    expect(sumOfSeries(values, 'lag_records')).toBe(9);
    expect(sumOfSeries(values, 'partition_lag_records')).toBe(9);
  });

  it('become partitions, replicas and brokers', () => {
    const { brokers } = captured.cluster;
    expect(metadataFigures(captured.metadata.topics, brokers.length)).toEqual({
      brokers: 1,
      'partitions{topic="trades"}': 3,
      'replication{topic="trades"}': 1,
      'partitions_under_replicated{topic="trades"}': 0,
      'partitions_without_leader{topic="trades"}': 0,
      'partitions{topic="accounts"}': 1,
      'replication{topic="accounts"}': 1,
      'partitions_under_replicated{topic="accounts"}': 0,
      'partitions_without_leader{topic="accounts"}': 0,
    });
  });

  it('become members and states, without groups that are not there', () => {
    expect(membershipFigures(captured.describedGroups.groups)).toEqual({
      'group_members{group="audit"}': 0,
      'group_state{group="audit",state="Empty"}': 1,
      'group_members{group="settlement"}': 1,
      'group_state{group="settlement",state="Stable"}': 1,
    });
  });

  it('become settings, without limits that are none', () => {
    expect(configFigures(captured.configs.resources)).toEqual({
      'retention_seconds{topic="trades"}': 3600,
      'retention_partition_bytes{topic="trades"}': 1048576,
      'replicas_required{topic="trades"}': 1,
      'compacted{topic="trades"}': 0,
      'retention_seconds{topic="accounts"}': 604800,
      'replicas_required{topic="accounts"}': 1,
      'compacted{topic="accounts"}': 1,
    });
  });

  it('become sizes', () => {
    const sizes: PartitionSizes = new Map();
    const found: Buffer[] = [];
    frames((frame) => found.push(frame))(Buffer.from(captured.logDirs, 'base64'));
    expect(found).toHaveLength(1);
    for (const frame of found) addLogDirs(frame, sizes);
    expect(sizes.get('trades')).toEqual(
      new Map([
        [0, 730],
        [2, 179],
        [1, 409],
      ]),
    );
    const partitions = new Map([
      ['accounts', 1],
      ['trades', 3],
      ['missing', 1],
    ]);
    expect(sizeFigures(sizes, partitions)).toEqual({
      'topic_bytes{topic="accounts"}': 70,
      'topic_bytes{topic="trades"}': 1318,
    });
    // The fourth is on a broker that was not asked.
    expect(sizeFigures(sizes, new Map([['trades', 4]]))).toEqual({});
  });
});

it('counts partitions that lack a replica or a leader', () => {
  const partitions = [
    { partitionId: 0, leader: 1, replicas: [1, 2, 3], isr: [1, 2] },
    { partitionId: 1, leader: -1, replicas: [1, 2], isr: [] },
    { partitionId: 2, leader: 2, replicas: [1, 2, 3], isr: [1, 2, 3] },
  ];
  expect(metadataFigures([{ name: 't', partitions }], 2)).toEqual({
    brokers: 2,
    'partitions{topic="t"}': 3,
    'replication{topic="t"}': 2,
    'partitions_under_replicated{topic="t"}': 2,
    'partitions_without_leader{topic="t"}': 1,
  });
});

it('tells the partitions of as many topics as there is room for', () => {
  const of = (topic: string, count: number): TopicOffsets => ({
    topic,
    partitions: Array.from({ length: count }, (_, partition) => ({ partition, low: 0, high: 1 })),
  });
  expect(detailedTopics([of('a', 50), of('b', 14), of('c', 1)])).toEqual(new Set(['a', 'b']));
});

describe('the hottest partition', () => {
  const at = (...ends: number[]): TopicOffsets[] => [
    { topic: 't', partitions: ends.map((end, partition) => ({ partition, low: 0, high: end })) },
  ];
  const share = { name: 'hottest_partition_share{topic="t"}' };

  it('is told by what came since the first look', () => {
    const hottest = new HottestPartitions();
    expect(hottest.figures(at(1000, 0, 0))).toEqual({});
    expect(hottest.figures(at(1000, 0, 0))).toEqual({});
    expect(hottest.figures(at(1010, 30, 20))).toEqual({ [share.name]: 0.5 });
    expect(hottest.figures(at(1010, 30, 20, 60))).toEqual({ [share.name]: 0.5 });
  });

  it('begins anew when the topic was made anew', () => {
    const hottest = new HottestPartitions();
    hottest.figures(at(100, 100));
    expect(hottest.figures(at(5, 0))).toEqual({});
    expect(hottest.figures(at(5, 3))).toEqual({ [share.name]: 1 });
  });

  it('is never below an even share', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 20 }), (grown) => {
        const hottest = new HottestPartitions();
        hottest.figures(at(...grown.map(() => 7)));
        const value = hottest.figures(at(...grown.map((each) => 7 + each)))[share.name];
        if (grown.every((each) => each === 0)) return value === undefined;
        return value !== undefined && value <= 1 && value >= 1 / grown.length - 1e-12;
      }),
      { seed: 1 },
    );
  });
});

describe('DescribeLogDirs', () => {
  it('is asked with the bytes of the protocol', () => {
    // Length, key 35, version 1, correlation -1, the client's name, every topic.
    expect(logDirsRequest('fxscale').toString('hex')).toBe(
      '00000015' +
        '0023' +
        '0001' +
        'ffffffff' +
        '0007' +
        Buffer.from('fxscale').toString('hex') +
        'ffffffff',
    );
  });

  it('knows its answer, and refuses one that is cut short anywhere', () => {
    const frame = Buffer.from(captured.logDirs, 'base64').subarray(4);
    for (let length = 8; length < frame.length; length++) {
      expect(() => addLogDirs(frame.subarray(0, length), new Map())).toThrow(RangeError);
    }
  });

  it('takes the larger of two sizes of one partition', () => {
    const frame = Buffer.from(captured.logDirs, 'base64').subarray(4);
    const sizes: PartitionSizes = new Map([
      [
        'trades',
        new Map([
          [0, 9999],
          [1, 1],
        ]),
      ],
    ]);
    addLogDirs(frame, sizes);
    expect(sizes.get('trades')).toEqual(
      new Map([
        [0, 9999],
        [1, 409],
        [2, 179],
      ]),
    );
  });

  it('finds frames however a stream is cut', () => {
    const stream = Buffer.from('00000003616263' + '00000000' + '0000000164', 'hex');
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
        const found: string[] = [];
        const feed = frames((frame) => found.push(frame.toString()));
        const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        for (let i = 1; i < places.length; i++) feed(stream.subarray(places[i - 1], places[i]));
        expect(found).toEqual(['abc', '', 'd']);
      }),
      { seed: 2 },
    );
  });
});

describe('an address', () => {
  it.each([
    ['kafka://a:9092', { brokers: ['a:9092'], tls: false, login: undefined, url: 'kafka://a:9092' }],
    ['KAFKA://a,b.c:93/', { brokers: ['a:9092', 'b.c:93'], url: 'kafka://a:9092,b.c:93' }],
    [
      'kafka+ssl://me:p%40:s@a:1?topics=t,s,t&groups=g',
      {
        brokers: ['a:1'],
        tls: true,
        login: { mechanism: 'scram-sha-512', username: 'me', password: 'p@:s' },
        topics: ['s', 't'],
        groups: ['g'],
        url: 'kafka+ssl://me:***@a:1',
      },
    ],
    ['kafka://me:pw@a:1?sasl=PLAIN', { login: { mechanism: 'plain', username: 'me', password: 'pw' } }],
  ])('%s is read', (address, expected) => {
    expect(parseKafkaAddress(address)).toMatchObject(expected);
  });

  it.each([
    ['kafka://', 'names no brokers'],
    ['kafka://me:s3cret@', 'names no brokers'],
    ['kafka://me:s3cret@b@a:1', 'names no brokers'],
    ['kafka://[::1]:9092', 'names no brokers'],
    ['kafka://me:s3cret@a:port', 'names no brokers'],
    ['kafka://me@a:1', 'has a user without a password'],
    ['kafka://me:s3cret%@a:1', 'has a user or password with a % that begins no escape'],
    ['kafka://a:1?topic=t', 'has the unknown setting topic'],
    ['kafka://a:1?sasl=plain', 'has sasl, but no user and password'],
    ['kafka://me:s3cret@a:1?sasl=gssapi', 'asks for another sasl than plain, scram-sha-256, scram-sha-512'],
  ])('%s is refused', (address, message) => {
    const refused = expect(() => parseKafkaAddress(address));
    refused.toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(message) }));
    refused.toThrow(expect.objectContaining({ message: expect.not.stringContaining('s3cret') }));
  });
});
