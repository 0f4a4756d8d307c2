/**
 * A session with a Kafka cluster: the client library's, and what is asked over its connections beside it.
 */
import kafkajs, { type Admin } from 'kafkajs';
import type { KafkaAddress } from './kafka-address.ts';
import { commitsRequest, coordinatorRequest, readCommits, readCoordinator } from './kafka-commits.ts';
import type { Commits } from './kafka-figures.ts';
import { addLogDirs, logDirsRequest, type PartitionSizes } from './kafka-log-dirs.ts';
import {
  addListOffsets,
  type END,
  type Led,
  listOffsetsRequest,
  type Offsets,
  type START,
} from './kafka-offsets.ts';
import { KafkaSockets } from './kafka-sockets.ts';

/** Milliseconds. Longer than the sampler waits; then the connections are given up, and with them what is still to come. */
export const ANSWER_WITHIN = 3000;
const CONNECT_WITHIN = 2000;
const SIZES_WITHIN = 500;
const CLIENT = 'fxscale';

/** By group. */
export type Coordinators = Map<string, string | undefined>;
export type Session = { admin: Admin; sockets: KafkaSockets };

export function openSession({ brokers, tls, login }: KafkaAddress): Session {
  const sockets = new KafkaSockets();
  const kafka = new kafkajs.Kafka({
    clientId: CLIENT,
    brokers,
    ssl: tls,
    ...(login && { sasl: login as kafkajs.SASLOptions }),
    connectionTimeout: CONNECT_WITHIN,
    requestTimeout: ANSWER_WITHIN,
    // Once for each broker, to find one that is there; the next sample is the next try.
    retry: { initialRetryTime: 50, maxRetryTime: 100, retries: brokers.length - 1 },
    socketFactory: sockets.factory,
    logLevel: kafkajs.logLevel.NOTHING,
  });
  return { admin: kafka.admin(), sockets };
}

/** The library connects to a broker, and logs in, when it has to ask it for something. */
export async function connectLeaders(
  led: ReadonlyMap<string, Led>,
  { admin, sockets }: Session,
): Promise<void> {
  const connected = sockets.brokers();
  for (const [broker, topics] of led) {
    if (!connected.has(broker)) await admin.fetchTopicOffsets([...topics.keys()][0] ?? '');
  }
}

/** Asks each broker once, for all that it leads. */
export async function offsetsAt(
  at: typeof START | typeof END,
  led: ReadonlyMap<string, Led>,
  sockets: KafkaSockets,
): Promise<Offsets> {
  const offsets: Offsets = new Map();
  await Promise.all(
    [...led].map(async ([broker, partitions]) =>
      addListOffsets(
        await sockets.ask(broker, listOffsetsRequest(CLIENT, partitions, at), ANSWER_WITHIN),
        offsets,
      ),
    ),
  );
  return offsets;
}

/**
 * `host:port` of the coordinator of each group, if it has one now, from any of `brokers`. A connection that the library
 * only began with is not asked: nobody renews its log-in.
 */
export async function coordinatorsOf(
  groups: readonly string[],
  brokers: readonly string[],
  sockets: KafkaSockets,
): Promise<Coordinators> {
  const connected = sockets.brokers();
  const broker = brokers.find((each) => connected.has(each)) ?? '';
  const found = await Promise.all(
    groups.map(async (group) => {
      const frame = await sockets.ask(broker, coordinatorRequest(CLIENT, group), ANSWER_WITHIN);
      return [group, readCoordinator(frame)] as const;
    }),
  );
  return new Map(found);
}

/** Of each group, by its coordinator, that answers with its commits. */
export async function commitsOf(coordinators: Coordinators, sockets: KafkaSockets): Promise<Commits[]> {
  const answers = await Promise.all(
    [...coordinators].map(async ([group, broker]) => {
      if (broker === undefined) return [];
      const topics = readCommits(await sockets.ask(broker, commitsRequest(CLIENT, group), ANSWER_WITHIN));
      return topics === undefined ? [] : [{ group, topics }];
    }),
  );
  return answers.flat();
}

/** On every broker that there is a connection to. */
export async function sizesOn(sockets: KafkaSockets): Promise<PartitionSizes> {
  const sizes: PartitionSizes = new Map();
  await Promise.all(
    [...sockets.brokers()].map(async (broker) =>
      addLogDirs(await sockets.ask(broker, logDirsRequest(CLIENT), SIZES_WITHIN), sizes),
    ),
  );
  return sizes;
}
