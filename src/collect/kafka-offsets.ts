/**
 * ListOffsets, version 1, for many topics at once, where the client library asks for each topic by itself: at most one
 * request for each broker that leads a partition. https://kafka.apache.org/protocol.html#The_Messages_ListOffsets
 */
import type { TopicMetadata, TopicOffsets } from './kafka-figures.ts';
import { AnswerReader, type Api, array, int32, int64, requestFrame, string } from './kafka-frames.ts';

const listOffsets: Api = { key: 2, version: 1 };

/** What is asked for in place of a time: the offset that the next record will have, and that of the first one kept. */
export const END = -1;
export const START = -2;

const CONSUMER = -1;

/** Partitions by topic. */
export type Led = Map<string, number[]>;
/** Offsets by topic and partition. */
export type Offsets = Map<string, Map<number, number>>;

/**
 * What each of `brokers` leads, by its name there; they are given by node. A partition without a leader, or whose leader is
 * not among them, is with nobody.
 */
export function partitionsByLeader(
  topics: readonly TopicMetadata[],
  brokers: ReadonlyMap<number, string>,
): Map<string, Led> {
  const all = new Map<string, Led>();
  for (const { name: topic, partitions } of topics) {
    for (const { partitionId, leader } of partitions) {
      const broker = brokers.get(leader);
      if (broker === undefined) continue;
      const led: Led = all.get(broker) ?? new Map();
      all.set(broker, led.set(topic, [...(led.get(topic) ?? []), partitionId]));
    }
  }
  return all;
}

export function listOffsetsRequest(clientId: string, led: Led, at: typeof END | typeof START): Buffer {
  const topics = [...led].map(([topic, partitions]) =>
    Buffer.concat([
      string(topic),
      array(partitions.map((partition) => Buffer.concat([int32(partition), int64(at)]))),
    ]),
  );
  return requestFrame(listOffsets, clientId, Buffer.concat([int32(CONSUMER), array(topics)]));
}

/**
 * Adds to `offsets` what an answer without its length says. A partition that the broker answers with an error, because it
 * no longer leads it or there is no such topic, is left out. Throws a RangeError when it is cut short.
 */
export function addListOffsets(frame: Buffer, offsets: Offsets): void {
  const answer = new AnswerReader(frame);
  answer.each(() => {
    const topic = answer.string();
    const known = offsets.get(topic) ?? new Map<number, number>();
    offsets.set(topic, known);
    answer.each(() => {
      const partition = answer.int32();
      const error = answer.int16();
      // The time of the record at the offset.
      answer.skip(8);
      const offset = answer.int64();
      if (error === 0) known.set(partition, offset);
    });
  });
}

/** Whether a partition that was asked for is not among `offsets`. */
export function unanswered(led: Iterable<Led>, offsets: Offsets): boolean {
  return [...led].some((asked) =>
    [...asked].some(([topic, partitions]) =>
      partitions.some((partition) => !offsets.get(topic)?.has(partition)),
    ),
  );
}

/**
 * The topics of `partitions`, which says how many each has, whose every end and start is known. A topic that was deleted
 * and made again ends for a moment before it starts: then it is empty.
 */
export function wholeTopics(
  partitions: ReadonlyMap<string, number>,
  starts: Offsets,
  ends: Offsets,
): TopicOffsets[] {
  return [...partitions].flatMap(([topic, count]) => {
    const known = [...(ends.get(topic) ?? [])].flatMap(([partition, high]) => {
      const low = starts.get(topic)?.get(partition);
      return low === undefined ? [] : [{ partition, low: Math.min(low, high), high }];
    });
    return known.length < count ? [] : [{ topic, partitions: known }];
  });
}
