import { Gauge, type Registry } from 'prom-client';
import type { Log } from '../processes/role.ts';
import type { Admin, TopicSpec } from './kafka.ts';

const days = (count: number): string => String(count * 86_400_000);

const replication = 3;

/** The one list of topics. */
export const topics: TopicSpec[] = [
  topic('trades', 10, { 'retention.ms': days(7), 'segment.ms': days(1) }),
  topic('positions', 6, { 'retention.ms': days(3), 'segment.ms': String(3_600_000) }),
  topic('analytics', 8, {
    'cleanup.policy': 'compact',
    'retention.ms': days(7),
    'segment.ms': days(1),
  }),
  topic('dead-letters', 1, { 'retention.ms': days(30), 'segment.ms': days(1) }),
];

function topic(name: string, partitions: number, configs: Record<string, string>): TopicSpec {
  return { name, partitions, replication, configs: { 'cleanup.policy': 'delete', ...configs } };
}

export type Drift = { topic: string; setting: string; wanted: string; actual: string };

/**
 * Creates the topics that are missing, with as many copies as there are brokers when that is fewer than wanted. What is
 * there stays as it is: more partitions would tear apart the order of an account. Resolves with what differs.
 */
export async function ensureTopics(admin: Admin): Promise<Drift[]> {
  const names = topics.map(({ name }) => name);
  const there = await admin.describe(names);
  const missing = topics.filter(({ name }) => there.every((each) => each.name !== name));
  const copies = Math.min(replication, await admin.brokers());
  const insync = { 'min.insync.replicas': String(Math.max(1, copies - 1)) };
  if (missing.length > 0) {
    const created = missing.map((spec) => ({
      ...spec,
      replication: copies,
      configs: { ...spec.configs, ...insync },
    }));
    await admin.create(created);
    there.push(...(await admin.describe(missing.map(({ name }) => name))));
  }
  return topics.flatMap((spec) => {
    const found = there.find(({ name }) => name === spec.name);
    if (!found) throw new Error(`the topic ${spec.name} was created and is not there`);
    return differences({ ...spec, configs: { ...spec.configs, ...insync } }, found);
  });
}

function differences(wanted: TopicSpec, found: TopicSpec): Drift[] {
  const actual = settings(found);
  return Object.entries(settings(wanted)).flatMap(([setting, value]) =>
    actual[setting] === value
      ? []
      : [{ topic: wanted.name, setting, wanted: value, actual: actual[setting] ?? 'nothing' }],
  );
}

function settings({ partitions, replication, configs }: TopicSpec): Record<string, string> {
  return { partitions: String(partitions), replication: String(replication), ...configs };
}

const againMs = { failed: 1000, done: 60_000 };

export type KeptTopics = {
  /** Fulfilled once all topics are there; after `close` in any case. */
  ready: Promise<void>;
  trouble(): string | undefined;
  close(): void;
};

/** Creates or checks the topics as soon as Kafka answers, and checks them again every minute. */
export function keepTopics(admin: Admin, registry: Registry, log: Log): KeptTopics {
  const gauge = new Gauge({
    name: 'kafka_topic_drift',
    help: '1 where a topic is not as the platform wants it',
    labelNames: ['topic', 'setting'],
    registers: [registry],
  });
  let trouble: string | undefined = 'the topics were not looked at yet';
  let said = '';
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let done = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    done = resolve;
  });

  const report = (drift: Drift[]): void => {
    gauge.reset();
    for (const { name, ...rest } of topics) {
      for (const setting of Object.keys(settings({ name, ...rest }))) gauge.set({ topic: name, setting }, 0);
    }
    for (const each of drift) gauge.set({ topic: each.topic, setting: each.setting }, 1);
    const text = drift
      .map((each) => `${each.topic} ${each.setting} ${each.actual} instead of ${each.wanted}`)
      .join(', ');
    if (text !== said && text !== '') log.warn({ drift: text }, 'topics are not as wanted');
    said = text;
  };
  const look = async (): Promise<void> => {
    try {
      report(await ensureTopics(admin));
      trouble = undefined;
      done();
    } catch (error) {
      trouble = `kafka: ${(error as Error).message}`;
    }
    if (!closed) timer = setTimeout(look, trouble === undefined ? againMs.done : againMs.failed);
  };
  void look();
  return {
    ready,
    trouble: () => trouble,
    close() {
      closed = true;
      done();
      clearTimeout(timer);
    },
  };
}
