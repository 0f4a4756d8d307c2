import { performance } from 'node:perf_hooks';
import kafkajs, { type Admin } from 'kafkajs';
import { messageOf } from '../errors.ts';
import type { Collector } from './collector.ts';
import { type KafkaAddress, parseKafkaAddress } from './kafka-address.ts';
import {
  type Commits,
  configFigures,
  configNames,
  detailedTopics,
  groupFigures,
  HottestPartitions,
  MOST_PARTITIONS,
  membershipFigures,
  metadataFigures,
  sizeFigures,
  type TopicOffsets,
  topicFigures,
} from './kafka-figures.ts';
import { KafkaSockets } from './kafka-sockets.ts';
import { Remarks } from './remarks.ts';

/** Milliseconds. Longer than the sampler waits; then the connections are given up, and with them what is still to come. */
const ANSWER_WITHIN = 3000;
const CONNECT_WITHIN = 2000;
const SIZES_WITHIN = 500;
/** Seconds from one look at topics and groups to the next, and at sizes and settings: a little less than whole ticks. */
const CATALOGUE_EVERY = 4.5;
const SETTINGS_EVERY = 29.5;
/** Each costs the cluster two small requests a second. */
const MOST_TOPICS = 50;
const MOST_GROUPS = 50;
const CLIENT = 'fxscale';

type Values = Record<string, number>;
/** The names of what is read, and how many partitions each topic has. */
type Catalogue = { topics: string[]; groups: string[]; partitions: Map<string, number> };
type Session = { admin: Admin; sockets: KafkaSockets };

/**
 * Reads offsets, lag, members, sizes and settings of the topics and groups of the Kafka cluster at `address`, which
 * `parseKafkaAddress` describes. Topics of Kafka's own are left out unless they are named. Throws USAGE.
 */
export function openKafka(address: string): Collector {
  const place = parseKafkaAddress(address);
  const remarks = new Remarks();
  const hottest = new HottestPartitions();
  let session: Session | undefined;
  let catalogue: Catalogue = { topics: [], groups: [], partitions: new Map() };
  let catalogueDue = 0;
  let settingsDue = 0;
  let sizesFailed = 0;
  let closed = false;

  async function connect(): Promise<Session> {
    const opened = openSession(place);
    session = opened;
    await opened.admin.connect();
    if (closed) throw new Error('it was closed while connecting');
    return opened;
  }

  /** What there is, and how it does. */
  async function readCatalogue({ admin }: Session): Promise<Values> {
    const [all, cluster] = await Promise.all([admin.listTopics(), admin.describeCluster()]);
    const topics = limited(
      named(all.filter(isOrdinary), place.topics, all, 'topic', remarks),
      MOST_TOPICS,
      'topics',
      remarks,
    );
    const listed = await optional(admin.listGroups(), 'groups are left out', remarks);
    const ids = listed?.groups.map(({ groupId }) => groupId) ?? [];
    const groups = limited(named(ids, place.groups, ids, 'group', remarks), MOST_GROUPS, 'groups', remarks);
    const metadata = topics.length === 0 ? { topics: [] } : await admin.fetchTopicMetadata({ topics });
    const partitions = new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
    catalogue = { topics, groups, partitions };
    const described = await Promise.all(
      groups.map((group) => optional(admin.describeGroups([group]), leftOut(group), remarks)),
    );
    catalogueDue = performance.now() / 1000 + CATALOGUE_EVERY;
    return {
      ...metadataFigures(metadata.topics, cluster.brokers.length),
      ...membershipFigures(described.flatMap((each) => each?.groups ?? [])),
    };
  }

  async function readSettings({ admin, sockets }: Session): Promise<Values> {
    const { topics } = catalogue;
    settingsDue = performance.now() / 1000 + SETTINGS_EVERY;
    if (topics.length === 0) return {};
    const resources = topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames }));
    const configs = await optional(
      admin.describeConfigs({ includeSynonyms: false, resources }),
      'settings of topics are left out',
      remarks,
    );
    return { ...configFigures(configs?.resources ?? []), ...(await readSizes(sockets)) };
  }

  /** Some that speak Kafka's protocol do not know this request, and close the connection. */
  async function readSizes(sockets: KafkaSockets): Promise<Values> {
    if (sizesFailed > 1) return {};
    try {
      const sizes = await sockets.sizes(CLIENT, SIZES_WITHIN);
      sizesFailed = 0;
      if (sizes.size === 0) remarks.once('sizes of topics are left out: the brokers tell none to this user');
      return sizeFigures(sizes, catalogue.partitions);
    } catch (error) {
      sizesFailed++;
      remarks.once(`sizes of topics are left out: ${messageOf(error)}`);
      return {};
    }
  }

  async function readOffsets({ admin }: Session): Promise<Values> {
    const { topics, groups } = catalogue;
    const [ends, commits] = await Promise.all([
      Promise.all(
        topics.map(
          async (topic): Promise<TopicOffsets> => ({
            topic,
            partitions: await admin.fetchTopicOffsets(topic),
          }),
        ),
      ),
      Promise.all(
        groups.map(
          async (group): Promise<Commits> => ({
            group,
            topics: (await optional(admin.fetchOffsets({ groupId: group }), leftOut(group), remarks)) ?? [],
          }),
        ),
      ),
    ]);
    const detailed = detailedTopics(ends);
    if (detailed.size < ends.length) {
      remarks.once(`of more than ${MOST_PARTITIONS} partitions only sums are kept: name fewer in ?topics=`);
    }
    return {
      ...topicFigures(ends, detailed),
      ...groupFigures(commits, ends, detailed),
      ...hottest.figures(ends),
    };
  }

  async function read(): Promise<Values> {
    const current = session ?? (await connect());
    const now = performance.now() / 1000;
    const rare: Values = {};
    if (now >= catalogueDue) Object.assign(rare, await readCatalogue(current));
    if (now >= settingsDue) Object.assign(rare, await readSettings(current));
    // Last, so that the offsets are those of the instant at which the sample arrives.
    return { ...rare, ...(await readOffsets(current)) };
  }

  function giveUp(): void {
    session?.sockets.cut();
    session = undefined;
    catalogueDue = 0;
    settingsDue = 0;
  }

  return {
    source: `kafka/${place.brokers.join(',')}`,
    url: place.url,
    remarks: () => remarks.take(),
    async sample() {
      try {
        return { values: await within(ANSWER_WITHIN, read()) };
      } catch (error) {
        // The sampler notes this failure; the next sample begins with new connections.
        giveUp();
        throw error;
      }
    },
    async close() {
      closed = true;
      giveUp();
    },
  };
}

function openSession({ brokers, tls, login }: KafkaAddress): Session {
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

const leftOut = (group: string): string => `group ${group} is left out`;

const isOrdinary = (topic: string): boolean => !topic.startsWith('__');

/** Those of `wanted` that are there, otherwise `usual`; what is missing is said. */
function named(
  usual: string[],
  wanted: string[] | undefined,
  all: string[],
  kind: string,
  remarks: Remarks,
): string[] {
  if (wanted === undefined) return usual.toSorted();
  const there = new Set(all);
  for (const name of wanted)
    if (!there.has(name)) remarks.once(`there is no ${kind} ${name}, or it may not be seen`);
  return wanted.filter((name) => there.has(name));
}

function limited(names: string[], most: number, kind: string, remarks: Remarks): string[] {
  if (names.length > most) {
    remarks.once(
      `only the first ${most} of ${names.length} ${kind} are read: name those that matter in ?${kind}=`,
    );
  }
  return names.slice(0, most);
}

/** What the user may not see is left out, and that is said once; any other failure is one of the sample. */
async function optional<T>(work: Promise<T>, consequence: string, remarks: Remarks): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    remarks.once(`${consequence}: ${messageOf(error)}`);
    return undefined;
  }
}

/**
 * `TOPIC_`, `GROUP_` or `CLUSTER_AUTHORIZATION_FAILED`, in the error or in one that it was wrapped around. The library
 * takes the same refusal for a group without a coordinator, and does not say more.
 */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'KafkaJSGroupCoordinatorNotFound') return true;
  return ('type' in error && /_AUTHORIZATION_FAILED$/.test(String(error.type))) || isRefusal(error.cause);
}

/** Settles as `work` does, or rejects when that takes longer; what becomes of it then is of no interest. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
