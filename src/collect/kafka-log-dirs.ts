/**
 * DescribeLogDirs, version 1: how large every partition is on the broker that is asked. The client library does not
 * have this request. https://kafka.apache.org/protocol.html#The_Messages_DescribeLogDirs
 */
import { AnswerReader, type Api, everything, requestFrame } from './kafka-frames.ts';

const logDirs: Api = { key: 35, version: 1 };

/** Asks for all partitions. */
export function logDirsRequest(clientId: string): Buffer {
  return requestFrame(logDirs, clientId, everything);
}

/** Bytes by topic and partition; the larger size counts where several brokers have the same partition. */
export type PartitionSizes = Map<string, Map<number, number>>;

/** Adds to `sizes` what an answer without its length says. Throws a RangeError when it is cut short. */
export function addLogDirs(frame: Buffer, sizes: PartitionSizes): void {
  const answer = new AnswerReader(frame);
  // Throttle time.
  answer.skip(4);
  answer.each(() => {
    // An error of the folder, which then has no topics, and its path.
    answer.int16();
    answer.string();
    answer.each(() => {
      const topic = answer.string();
      const known = sizes.get(topic) ?? new Map<number, number>();
      sizes.set(topic, known);
      answer.each(() => {
        const partition = answer.int32();
        const size = answer.int64();
        known.set(partition, Math.max(size, known.get(partition) ?? 0));
        // How far a copy is behind, and whether it is one that is being moved here.
        answer.skip(9);
      });
    });
  });
}
