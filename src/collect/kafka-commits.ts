/**
 * OffsetFetch, version 3: what a group has committed, in all topics. The client library looks for the group's coordinator
 * before each; here it is found once, by FindCoordinator, version 1.
 * https://kafka.apache.org/protocol.html#The_Messages_OffsetFetch
 */
import type { Commits } from './kafka-figures.ts';
import { AnswerReader, type Api, everything, requestFrame, string } from './kafka-frames.ts';

const findCoordinator: Api = { key: 10, version: 1 };
const offsetFetch: Api = { key: 9, version: 3 };
/** The kind of coordinator, in one byte. */
const OF_GROUPS = Buffer.of(0);

export function coordinatorRequest(clientId: string, group: string): Buffer {
  return requestFrame(findCoordinator, clientId, Buffer.concat([string(group), OF_GROUPS]));
}

/** `host:port` in an answer without its length, unless that is an error. Throws a RangeError when it is cut short. */
export function readCoordinator(frame: Buffer): string | undefined {
  const answer = new AnswerReader(frame);
  // Throttle time.
  answer.skip(4);
  const error = answer.int16();
  // The error in words, and the number of the node.
  answer.string();
  answer.skip(4);
  const host = answer.string();
  const port = answer.int32();
  return error === 0 ? `${host}:${port}` : undefined;
}

export function commitsRequest(clientId: string, group: string): Buffer {
  return requestFrame(offsetFetch, clientId, Buffer.concat([string(group), everything]));
}

/**
 * Commits in an answer without its length; nothing when that is an error, because the broker no longer coordinates the
 * group or does not yet. Throws a RangeError when it is cut short.
 */
export function readCommits(frame: Buffer): Commits['topics'] | undefined {
  const answer = new AnswerReader(frame);
  const topics: Commits['topics'] = [];
  // Throttle time.
  answer.skip(4);
  answer.each(() => {
    const read: Commits['topics'][number] = { topic: answer.string(), partitions: [] };
    topics.push(read);
    answer.each(() => {
      const partition = answer.int32();
      const offset = answer.int64();
      // What the group has added to its commit.
      answer.string();
      if (answer.int16() === 0) read.partitions.push({ partition, offset });
    });
  });
  return answer.int16() === 0 ? topics : undefined;
}
