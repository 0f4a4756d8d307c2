import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  commitsRequest,
  coordinatorRequest,
  readCommits,
  readCoordinator,
} from '../../src/collect/kafka-commits.ts';
import { numberOf, stamp } from '../../src/collect/kafka-frames.ts';
import {
  addListOffsets,
  END,
  listOffsetsRequest,
  type Offsets,
  partitionsByLeader,
  START,
  unanswered,
  wholeTopics,
} from '../../src/collect/kafka-offsets.ts';

const captured = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../fixtures/collect/kafka-4.1.1.json'), 'utf8'),
);
const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const frame = {
  ends: bytes(captured.listOffsets.ends),
  starts: bytes(captured.listOffsets.starts),
  missing: bytes(captured.listOffsets.missing),
  coordinator: bytes(captured.findCoordinator.settlement),
  commits: bytes(captured.offsetFetch.settlement),
};
const offsetsOf = (answer: Buffer): Offsets => {
  const offsets: Offsets = new Map();
  addListOffsets(answer, offsets);
  return offsets;
};

describe('ListOffsets', () => {
  it.each([
    [END, 'ffffffffffffffff'],
    [START, 'fffffffffffffffe'],
  ] as const)('asks for %i of many partitions with the bytes of the protocol', (at, time) => {
    const request = listOffsetsRequest('fxscale', new Map([['a', [7, 8]]]), at);
    // Length, key 2, version 1, number, client; a consumer; one topic of two partitions.
    expect(request.toString('hex')).toBe(
      `00000038${'0002'}${'0001'}ffffffff0007${hex('fxscale')}ffffffff` +
        `000000010001${hex('a')}00000002${'00000007'}${time}${'00000008'}${time}`,
    );
  });

  it('tells the offsets that the client library told of the same records', () => {
    const partitions = new Map([
      ['trades', 3],
      ['accounts', 1],
    ]);
    const told = wholeTopics(partitions, offsetsOf(frame.starts), offsetsOf(frame.ends));
    expect(told).toEqual(
      ['trades', 'accounts'].map((topic) => ({
        topic,
        partitions: captured.offsets[topic].map(
          ({ partition, low, high }: { partition: number; low: string; high: string }) => ({
            partition,
            low: Number(low),
            high: Number(high),
          }),
        ),
      })),
    );
  });

  it('leaves out what the broker does not lead', () => {
    const offsets = offsetsOf(frame.missing);
    expect(offsets.get('trades')).toEqual(new Map([[0, 6]]));
    expect(offsets.get('nowhere')).toEqual(new Map());
    expect(unanswered([new Map([['trades', [0]]])], offsets)).toBe(false);
    expect(unanswered([new Map(), new Map([['trades', [0, 9]]])], offsets)).toBe(true);
    expect(unanswered([new Map([['elsewhere', [0]]])], offsets)).toBe(true);
  });

  it('goes to the leader of each partition, and to nobody for one without', () => {
    const at = (partitionId: number, leader: number) => ({ partitionId, leader, replicas: [], isr: [] });
    const topics = [
      { name: 'a', partitions: [at(0, 1), at(1, 2), at(2, 1)] },
      { name: 'b', partitions: [at(0, 2), at(1, -1), at(2, 3)] },
    ];
    const brokers = new Map([
      [1, 'one:9092'],
      [2, 'two:9092'],
    ]);
    expect(partitionsByLeader(topics, brokers)).toEqual(
      new Map([
        ['one:9092', new Map([['a', [0, 2]]])],
        [
          'two:9092',
          new Map([
            ['a', [1]],
            ['b', [0]],
          ]),
        ],
      ]),
    );
  });
});

describe('a topic', () => {
  const offsets = (...of: number[]): Offsets => new Map([['t', new Map(of.map((offset, i) => [i, offset]))]]);
  const two = new Map([['t', 2]]);

  it('is left out unless the end and the start of every partition is known', () => {
    expect(wholeTopics(two, offsets(1, 2), offsets(3, 4))).toHaveLength(1);
    expect(wholeTopics(two, offsets(1, 2), offsets(3))).toEqual([]);
    expect(wholeTopics(two, offsets(1), offsets(3, 4))).toEqual([]);
    expect(wholeTopics(two, new Map(), new Map())).toEqual([]);
  });

  it('that was made anew is empty until its start is known', () => {
    expect(wholeTopics(two, offsets(5, 2), offsets(0, 4))).toEqual([
      {
        topic: 't',
        partitions: [
          { partition: 0, low: 0, high: 0 },
          { partition: 1, low: 2, high: 4 },
        ],
      },
    ]);
  });
});

describe('the commits of a group', () => {
  it('are asked of its coordinator with the bytes of the protocol', () => {
    // Length, key, version, number, client; the group, and its kind or every topic.
    expect(coordinatorRequest('fxscale', 'g').toString('hex')).toBe(
      `00000015${'000a'}${'0001'}ffffffff0007${hex('fxscale')}0001${hex('g')}00`,
    );
    expect(commitsRequest('fxscale', 'g').toString('hex')).toBe(
      `00000018${'0009'}${'0003'}ffffffff0007${hex('fxscale')}0001${hex('g')}ffffffff`,
    );
  });

  it('are at the broker that FindCoordinator tells, unless it tells an error', () => {
    expect(readCoordinator(frame.coordinator)).toBe('127.0.0.1:44025');
    expect(readCoordinator(bytes(captured.findCoordinator.unknownKind))).toBeUndefined();
  });

  it('are those that the client library told', () => {
    expect(readCommits(frame.commits)).toEqual(
      captured.committed.settlement.map(
        ({ topic, partitions }: { topic: string; partitions: { partition: number; offset: string }[] }) => ({
          topic,
          partitions: partitions.map(({ partition, offset }) => ({ partition, offset: Number(offset) })),
        }),
      ),
    );
    expect(readCommits(bytes(captured.offsetFetch.nobody))).toEqual([]);
  });

  it('are unknown where another broker coordinates the group', () => {
    const refused = Buffer.from(frame.commits);
    refused.writeInt16BE(16, refused.length - 2);
    expect(readCommits(refused)).toBeUndefined();
  });
});

it.each([
  ['ListOffsets', frame.ends, offsetsOf],
  ['FindCoordinator', frame.coordinator, readCoordinator],
  ['OffsetFetch', frame.commits, readCommits],
])('an answer to %s that is cut short anywhere is refused', (_, answer, read) => {
  for (let length = 4; length < answer.length; length++) {
    expect(() => read(answer.subarray(0, length))).toThrow(RangeError);
  }
});

it('an answer is known by the number of its request', () => {
  const request = commitsRequest('fxscale', 'g');
  stamp(request, -77);
  expect(numberOf(request.subarray(8))).toBe(-77);
  expect(numberOf(Buffer.alloc(3))).toBeUndefined();
});
