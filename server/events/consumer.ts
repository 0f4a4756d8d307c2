import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabases } from '../database/databases.ts';
import type { StartRole } from '../processes/role.ts';
import { workBatch } from './batch-work.ts';
import { consumerMetrics, watchLag } from './consumer-metrics.ts';
import { joinGroup, kafkaClient, type Member, memberRetries, openAdmin, openSender } from './kafka.ts';
import { startPublisher } from './publisher.ts';
import { createThrottle } from './throttle.ts';
import { keepTopics } from './topics.ts';

const groupId = 'analytics-consumers';
const topicNames = ['trades', 'positions'];
/** Partitions worked on at the same time: each needs a connection to the database. */
const maxConcurrency = 4;
const sliceRecords = 1000;
const rejoinMs = 500;

/** One member of the group that makes figures of the events, each of which counts exactly once. */
export const startConsumer: StartRole = async ({ settings, registry, log }) => {
  const { kafka: kafkaSettings, pool, consumerRate } = settings;
  if (!kafkaSettings) throw new Error('a consumer needs --kafka');
  const kafka = kafkaClient(kafkaSettings, log);
  const patient = kafkaClient(kafkaSettings, log, memberRetries);
  const concurrency = Math.min(maxConcurrency, pool);
  const { primary: database } = await openDatabases({
    urls: [settings.database, ...settings.readDatabases],
    max: Math.min(pool, concurrency + 1),
    ...{ registry, log },
  });
  const metrics = consumerMetrics(registry, () => absence() === undefined);
  const admin = openAdmin(kafka);
  const sender = openSender(kafka);
  const topics = keepTopics(admin, registry, log);
  const lag = watchLag(admin, groupId, metrics.lag);
  const publisher = startPublisher(database, sender);
  const throttle = createThrottle(consumerRate);

  let member: Member | undefined;
  let away: string | undefined = 'not in the group yet';
  let stuck: string | undefined;
  const ending = new AbortController();

  /** Why the group does not have this member now. */
  function absence(): string | undefined {
    const unheard = member?.unheard();
    if (away !== undefined || unheard === undefined) return away;
    return `kafka: the group has not heard from this process for ${unheard} s`;
  }

  const tools = {
    ...{ database, sender, publisher, metrics, throttle },
    sliceRecords: consumerRate === null ? sliceRecords : Math.max(1, Math.ceil(consumerRate / 10)),
    onDone: lag.done,
    onTrouble(reason: string | undefined) {
      if (reason !== undefined && stuck === undefined) log.warn({ reason }, 'the consumer stands still');
      stuck = reason;
    },
  };
  const join = (): Member =>
    joinGroup(patient, {
      ...{ groupId, topics: topicNames, concurrency },
      onBatch: (batch) => workBatch(batch, tools),
      onAssigned(partitions) {
        away = undefined;
        stuck = undefined;
        lag.assigned(partitions);
        publisher.republish();
      },
    });

  const done = (async () => {
    await topics.ready;
    while (!ending.signal.aborted) {
      member = join();
      const reason = await member.ended;
      const trouble = `kafka: ${reason}`;
      if (!ending.signal.aborted && away !== trouble)
        log.warn({ reason }, 'the consumer joins its group anew');
      away = trouble;
      lag.assigned({});
      await member.leave();
      await sleep(rejoinMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  })();

  return {
    trouble() {
      const troubles = [topics.trouble(), absence(), stuck, publisher.trouble()].filter(
        (each) => each !== undefined,
      );
      return troubles.length > 0 ? troubles.join('; ') : undefined;
    },
    async close() {
      ending.abort();
      topics.close();
      await member?.leave();
      await done;
      await Promise.all([publisher.close(), lag.close()]);
      await Promise.all([sender.close(), admin.close(), database.close()]);
    },
  };
};
