/** What the platform asks of Kafka, and the only file that knows the client library. */
import kafkajs, { type EachBatchPayload, type Kafka, type Admin as KafkaAdmin, type Producer } from 'kafkajs';
import type { Log } from '../processes/role.ts';
import type { KafkaSettings } from '../processes/settings.ts';
import { within } from '../within.ts';
import { kafkaLog } from './kafka-log.ts';
import { reopening } from './reopening.ts';

export type Headers = Record<string, string | Buffer>;
export type OutgoingRecord = {
  topic: string;
  /** Records of one key are in one partition, so in order. */
  key: string | Buffer | null;
  value: string | Buffer | null;
  headers?: Headers;
};
export type IncomingRecord = { offset: string; key: Buffer | null; value: Buffer | null; headers: Headers };
export type TopicSpec = {
  name: string;
  partitions: number;
  replication: number;
  configs: Record<string, string>;
};

/** Short, because what waits for Kafka tries again: nobody is left hanging on a broker that is gone. */
const seconds = { connect: 2, request: 5, quiet: 4, silence: 15, leave: 5 };
const retry = { initialRetryTime: 100, maxRetryTime: 1000, retries: 3 };
/**
 * A member that died is missed after the session, and its partitions go to others. A session of 30 s, as in the platform
 * document, would leave them unread for as long; 6 s is the least that a broker grants unless told otherwise.
 */
const group = { sessionTimeout: 6000, heartbeatInterval: 1000, rebalanceTimeout: 6000 };
const maxBytesPerPartition = 512 * 1024;

/**
 * A member tries for longer before it gives up: it is known to the group still when a broker comes back soon, while one
 * that joins anew has to wait until the session of the former member has run out.
 */
export const memberRetries = 14;

/** Certificates are always verified; `NODE_EXTRA_CA_CERTS` names a private authority. */
export function kafkaClient(
  { brokers, tls, login }: KafkaSettings,
  log: Log,
  retries = retry.retries,
): Kafka {
  return new kafkajs.Kafka({
    clientId: 'fx-platform',
    brokers,
    ssl: tls,
    ...(login && { sasl: { mechanism: 'scram-sha-512', ...login } }),
    connectionTimeout: seconds.connect * 1000,
    requestTimeout: seconds.request * 1000,
    retry: { ...retry, retries },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => kafkaLog(log),
  });
}

export type RecordSender = { send(records: OutgoingRecord[]): Promise<void>; close(): Promise<void> };

/**
 * Resolves when all replicas in sync have the records. Not the library's idempotent producer, which it calls
 * experimental and which stays dead after a sequence error: whoever reads knows duplicates by their `seq`.
 */
export function openSender(kafka: Kafka): RecordSender {
  const producer = reopening<Producer>(() =>
    kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    }),
  );
  return {
    async send(records) {
      const names = new Set(records.map(({ topic }) => topic));
      const topicMessages = [...names].map((topic) => ({
        topic,
        messages: records.filter((record) => record.topic === topic),
      }));
      await producer.use('sending to Kafka', (opened) => opened.sendBatch({ acks: -1, topicMessages }));
    },
    close: producer.close,
  };
}

export type Offset = { partition: number; offset: bigint };
export type Admin = {
  brokers(): Promise<number>;
  /** Those of the topics that are there. */
  describe(names: string[]): Promise<TopicSpec[]>;
  create(topics: TopicSpec[]): Promise<void>;
  /** The offset after the last record of each partition. */
  ends(topic: string): Promise<Offset[]>;
  /** Where the group would go on reading; where it never was, the first record there is. */
  committed(groupId: string, topic: string): Promise<Offset[]>;
  close(): Promise<void>;
};

export function openAdmin(kafka: Kafka): Admin {
  const admin = reopening<KafkaAdmin>(() => kafka.admin());
  return {
    brokers: () =>
      admin.use('asking for brokers', async (opened) => (await opened.describeCluster()).brokers.length),
    describe: (names) => admin.use('describing topics', (opened) => describe(opened, names)),
    create: (topics) =>
      admin.use('creating topics', async (opened) => {
        await opened.createTopics({
          waitForLeaders: true,
          topics: topics.map(({ name, partitions, replication, configs }) => ({
            topic: name,
            numPartitions: partitions,
            replicationFactor: replication,
            configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
          })),
        });
      }),
    ends: (topic) =>
      admin.use('asking for offsets', async (opened) =>
        (await opened.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
          partition,
          offset: BigInt(high),
        })),
      ),
    committed: (groupId, topic) =>
      admin.use('asking for offsets', async (opened) => {
        const [first] = await opened.fetchOffsets({ groupId, topics: [topic] });
        const lows = new Map(
          (await opened.fetchTopicOffsets(topic)).map(({ partition, low }) => [partition, BigInt(low)]),
        );
        return (first?.partitions ?? []).map(({ partition, offset }) => ({
          partition,
          offset: offset === '-1' ? (lows.get(partition) ?? 0n) : BigInt(offset),
        }));
      }),
    close: admin.close,
  };
}

async function describe(admin: KafkaAdmin, wanted: string[]): Promise<TopicSpec[]> {
  const all = await admin.listTopics();
  const names = wanted.filter((name) => all.includes(name));
  if (names.length === 0) return [];
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const resources = names.map((name) => ({ type, name }));
  const described = await admin.describeConfigs({ includeSynonyms: false, resources });
  return topics.map(({ name, partitions }) => {
    const entries =
      described.resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? [];
    return {
      name,
      partitions: partitions.length,
      replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      configs: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])),
    };
  });
}

export type Batch = {
  topic: string;
  partition: number;
  records: IncomingRecord[];
  /** False once the partition is somebody else's or this member leaves: then what is left of the batch is too. */
  ours(): boolean;
  /** Told at least every second or so while the batch is worked on; throws when the group shares out anew. */
  heartbeat(): Promise<void>;
  /** Everything up to and with this record is done. */
  commit(record: IncomingRecord): Promise<void>;
};

export type Membership = {
  groupId: string;
  topics: string[];
  /** Partitions that are worked on at the same time. */
  concurrency: number;
  onBatch(batch: Batch): Promise<void>;
  /** The partitions of each topic that are this member's now. */
  onAssigned(partitions: Record<string, number[]>): void;
};

export type Member = {
  ended: Promise<string>;
  /** Seconds since the group last heard from it, when it should have by now; undefined otherwise. */
  unheard(): number | undefined;
  leave(): Promise<void>;
};

/**
 * A member of a consumer group for as long as that goes well; `ended` then says why not. It never restarts by itself,
 * which the library does for some errors, not for others, and sometimes does not notice: whoever gets `ended` leaves
 * and joins again.
 */
export function joinGroup(kafka: Kafka, membership: Membership): Member {
  const { groupId, topics, concurrency, onBatch, onAssigned } = membership;
  const consumer = kafka.consumer({
    groupId,
    ...group,
    maxBytesPerPartition,
    maxWaitTimeInMs: 1000,
    retry: { ...retry, restartOnFailure: async () => false },
  });
  let end = (_reason: string): void => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  let beat = performance.now();
  const sinceBeat = (): number => (performance.now() - beat) / 1000;
  const watch = setInterval(() => {
    if (sinceBeat() > seconds.silence) end(`the group did not hear from it for ${seconds.silence} s`);
  }, 1000);
  let left = false;

  consumer.on('consumer.heartbeat', () => {
    beat = performance.now();
  });
  consumer.on('consumer.group_join', ({ payload }) => {
    // It was on its way into the group when it was told to leave, which the library then forgets.
    if (left) return void setTimeout(() => consumer.disconnect().catch(() => undefined), 500);
    beat = performance.now();
    onAssigned(payload.memberAssignment);
  });
  consumer.on('consumer.crash', ({ payload }) => end(payload.error.message));
  (async () => {
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: concurrency,
      eachBatch: (payload) => onBatch(asBatch(payload, () => left)),
    });
  })().catch((error: Error) => end(error.message));
  return {
    ended,
    unheard: () => (sinceBeat() > seconds.quiet ? Math.round(sinceBeat()) : undefined),
    async leave() {
      left = true;
      clearInterval(watch);
      end('left');
      await within(seconds.leave, 'leaving the group', consumer.disconnect()).catch(() => undefined);
    },
  };
}

function asBatch(payload: EachBatchPayload, left: () => boolean): Batch {
  const { batch, heartbeat, isRunning, isStale, resolveOffset, commitOffsetsIfNecessary } = payload;
  const { topic, partition } = batch;
  return {
    topic,
    partition,
    records: batch.messages.map(({ offset, key, value, headers }) => ({
      offset,
      key,
      value,
      headers: plain(headers),
    })),
    ours: () => !left() && isRunning() && !isStale(),
    heartbeat,
    async commit({ offset }) {
      resolveOffset(offset);
      const next = String(BigInt(offset) + 1n);
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: next }] }] });
    },
  };
}

/** A header may be there several times; the last one counts. */
function plain(headers: EachBatchPayload['batch']['messages'][number]['headers']): Headers {
  return Object.fromEntries(
    Object.entries(headers ?? {}).flatMap(([name, value]) => {
      const last = Array.isArray(value) ? value.at(-1) : value;
      return last === undefined ? [] : [[name, last]];
    }),
  );
}
