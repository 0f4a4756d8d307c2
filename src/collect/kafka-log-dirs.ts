/**
 * DescribeLogDirs, version 1: how large every partition is on the broker that is asked. The client library does not
 * have this request. https://kafka.apache.org/protocol.html#The_Messages_DescribeLogDirs
 */

const API_KEY = 35;
const VERSION = 1;
/** The library counts its requests from 0 up: a negative number is never one of its own. */
const CORRELATION = -1;

/** Asks for all partitions, as a frame with its length. */
export function logDirsRequest(clientId: string): Buffer {
  const name = Buffer.from(clientId);
  const frame = Buffer.alloc(4 + 10 + name.length + 4);
  frame.writeInt32BE(frame.length - 4, 0);
  frame.writeInt16BE(API_KEY, 4);
  frame.writeInt16BE(VERSION, 6);
  frame.writeInt32BE(CORRELATION, 8);
  frame.writeInt16BE(name.length, 12);
  name.copy(frame, 14);
  // An array of length -1: every topic.
  frame.writeInt32BE(-1, 14 + name.length);
  return frame;
}

/** Whether `frame`, without its length, answers the request. */
export function isLogDirsAnswer(frame: Buffer): boolean {
  return frame.length >= 4 && frame.readInt32BE(0) === CORRELATION;
}

/** Bytes by topic and partition; the larger size counts where several brokers have the same partition. */
export type PartitionSizes = Map<string, Map<number, number>>;

/** Adds to `sizes` what an answer without its length says. Throws a RangeError when it is cut short. */
export function addLogDirs(frame: Buffer, sizes: PartitionSizes): void {
  let next = 0;
  /** Where the next `bytes` begin. */
  const take = (bytes: number) => {
    next += bytes;
    if (bytes < 0 || next > frame.length) throw new RangeError('the answer to DescribeLogDirs is cut short');
    return next - bytes;
  };
  const int16 = () => frame.readInt16BE(take(2));
  const int32 = () => frame.readInt32BE(take(4));
  const int64 = () => Number(frame.readBigInt64BE(take(8)));
  const string = () => {
    const length = int16();
    const from = take(length);
    return frame.toString('utf8', from, from + length);
  };
  // Correlation and throttle time.
  take(8);
  for (let folders = int32(); folders > 0; folders--) {
    // An error of the folder, which then has no topics, and its path.
    int16();
    string();
    for (let topics = int32(); topics > 0; topics--) {
      const topic = string();
      const known = sizes.get(topic) ?? new Map<number, number>();
      sizes.set(topic, known);
      for (let partitions = int32(); partitions > 0; partitions--) {
        const partition = int32();
        const size = int64();
        known.set(partition, Math.max(size, known.get(partition) ?? 0));
        // How far a copy is behind, and whether it is one that is being moved here.
        take(9);
      }
    }
  }
}
