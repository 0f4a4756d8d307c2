import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import kafkajs, { type Admin, type Producer } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Collector } from '../../src/collect/collector.ts';
import { openKafka } from '../../src/collect/kafka.ts';
import { openCollector } from '../../src/collect/open.ts';
import type { Kafka } from '../../tools/services/kafka.d.mts';
import { startKafka } from '../../tools/services/kafka.mjs';
import { missing } from '../requirements.ts';
import { openGate } from '../server/gate.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).reverse()) await close();
});

function open(url: string): Collector {
  const collector = openKafka(url);
  closing.push(() => collector.close());
  return collector;
}

/** Has the collector wait in vain for what it has asked for, without waiting here. */
async function givesUp(collector: Collector, message: string): Promise<void> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const failed = expect(collector.sample()).rejects.toThrow(message);
  await vi.advanceTimersByTimeAsync(3000);
  await failed;
  vi.useRealTimers();
}

it('is named without what could open it', async () => {
  const collector = await openCollector('kafka+ssl://me:secret@one:9092,two:9092?topics=a');
  expect(collector).toMatchObject({
    source: 'kafka/one:9092,two:9092',
    url: 'kafka+ssl://me:***@one:9092,two:9092',
  });
  await collector.close();
});

describe('a broker that is none', () => {
  it.each(['HTTP/1.1 400 Bad Request\r\n\r\n', '\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000', ''])(
    'fails when it says %j',
    async (words) => {
      const server = createServer((socket) => {
        socket
          .on('error', () => undefined)
          .on('data', () => (words === '' ? socket.end() : socket.end(words)));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      closing.push(() => server.close());
      const collector = open(`kafka://127.0.0.1:${(server.address() as AddressInfo).port}`);
      await expect(collector.sample()).rejects.toThrow();
      await expect(collector.sample()).rejects.toThrow();
    },
  );

  it('fails where nobody listens, after it tried every broker', async () => {
    const gates = [await openGate(1), await openGate(1)];
    for (const gate of gates) await gate.shut();
    const collector = open(`kafka://${gates.map(({ port }) => `127.0.0.1:${port}`).join(',')}`);
    await expect(collector.sample()).rejects.toThrow('ECONNREFUSED');
  });
});

/**
 * A second port, where `watcher` and `stranger` log in and may do only what is granted to them; at the first anybody may
 * do everything.
 */
const withUsers = (port: number) => (usual: Readonly<Record<string, string>>) => ({
  listeners: `${usual.listeners},GUARDED://127.0.0.1:${port}`,
  'advertised.listeners': `${usual['advertised.listeners']},GUARDED://127.0.0.1:${port}`,
  'listener.security.protocol.map': `${usual['listener.security.protocol.map']},GUARDED:SASL_PLAINTEXT`,
  'inter.broker.listener.name': 'PLAINTEXT',
  'listener.name.guarded.sasl.enabled.mechanisms': 'PLAIN',
  'listener.name.guarded.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_watcher="s3:cr/et" user_stranger="s3cret";`,
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
});

const reason = missing('kafka');
describe.skipIf(reason)(`Kafka${reason ? `, ${reason}` : ''}`, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-kafka-'));
  let broker: Kafka;
  /** The port that asks for a user and a password. */
  let guarded: number;
  let kafka: kafkajs.Kafka;
  let admin: Admin;
  let producer: Producer;
  beforeAll(async () => {
    const unused = await openGate(1);
    await unused.shut();
    guarded = unused.port;
    broker = await startKafka({ folder, settings: withUsers(guarded) });
    kafka = new kafkajs.Kafka({
      brokers: [broker.brokers],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 50 },
    });
    admin = kafka.admin();
    producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await Promise.all([admin.connect(), producer.connect()]);
    await create('trades', 3, { 'retention.ms': '3600000' });
    await create('other', 1);
  });
  afterAll(async () => {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function create(topic: string, numPartitions: number, configs: Record<string, string> = {}) {
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, configEntries }] });
  }
  const send = (topic: string, ...partitions: number[]) =>
    producer.send({
      topic,
      acks: -1,
      messages: partitions.map((partition) => ({ partition, value: 'x'.repeat(1000) })),
    });
  const url = (query = '') => `kafka://${broker.brokers}${query}`;

  it('tells what is there: brokers, topics, partitions, settings, sizes', async () => {
    await send('trades', 0, 0, 1);
    const collector = open(url());
    const { values } = await collector.sample();
    expect(values).toMatchObject({
      brokers: 1,
      'records{topic="trades"}': 3,
      'records_held{topic="trades"}': 3,
      'partition_records{partition="0",topic="trades"}': 2,
      'records{topic="other"}': 0,
      'partitions{topic="trades"}': 3,
      'replication{topic="trades"}': 1,
      'partitions_under_replicated{topic="trades"}': 0,
      'partitions_without_leader{topic="trades"}': 0,
      'retention_seconds{topic="trades"}': 3600,
      'compacted{topic="trades"}': 0,
      'topic_bytes{topic="other"}': 0,
    });
    // Three records of 1000 bytes in two batches, with what surrounds them.
    expect(values['topic_bytes{topic="trades"}']).toBeGreaterThan(3000);
    expect(values['topic_bytes{topic="trades"}']).toBeLessThan(3300);
    expect(Object.keys(values).filter((name) => name.includes('__'))).toEqual([]);
    expect(collector.remarks?.()).toEqual([]);
    // What changes slowly is not told with every sample.
    expect(Object.keys((await collector.sample()).values).sort()).toEqual(
      [
        ...['records{topic="other"}', 'records{topic="trades"}'],
        ...['records_held{topic="other"}', 'records_held{topic="trades"}'],
        ...[0, 1, 2].map((partition) => `partition_records{partition="${partition}",topic="trades"}`),
        'partition_records{partition="0",topic="other"}',
      ].sort(),
    );
  });

  it('counts exactly what is sent and read, and who reads', async () => {
    const consumer = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 50 });
    closing.push(() => consumer.disconnect());
    const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
    await consumer.connect();
    await consumer.subscribe({ topics: ['trades'] });
    await consumer.run({ autoCommit: false, eachMessage: async () => undefined });
    await joined;
    const commit = (...offsets: number[]) =>
      consumer.commitOffsets(
        offsets.map((offset, partition) => ({ topic: 'trades', partition, offset: String(offset) })),
      );
    // A commit in the moment of joining is dropped by the client without a word.
    await expect
      .poll(async () => {
        await commit(2, 1);
        return admin.fetchOffsets({ groupId: 'billing' });
      })
      .toHaveLength(1);
    const collector = open(url('?groups=billing'));
    const { values: before } = await collector.sample();
    expect(before).toMatchObject({
      'group_members{group="billing"}': 1,
      'group_state{group="billing",state="Stable"}': 1,
    });
    await send('trades', 0, 0, 0, 0, 0, 1, 1, 2);
    const { values: behind } = await collector.sample();
    const delta = (name: string) => (behind[name] ?? Number.NaN) - (before[name] ?? Number.NaN);
    expect(delta('records{topic="trades"}')).toBe(8);
    expect(delta('records{topic="other"}')).toBe(0);
    expect(delta('partition_records{partition="0",topic="trades"}')).toBe(5);
    expect(behind).toMatchObject({
      'hottest_partition_share{topic="trades"}': 5 / 8,
      // Nobody has committed in partition 2.
      'lag_records{group="billing",topic="trades"}': 7,
      'lag_records_max{group="billing",topic="trades"}': 5,
      'partition_lag_records{group="billing",partition="1",topic="trades"}': 2,
      'committed_records{group="billing",topic="trades"}': 3,
    });
    await commit(7, 2, 1);
    expect((await collector.sample()).values).toMatchObject({
      'lag_records{group="billing",topic="trades"}': 1,
      'committed_records{group="billing",topic="trades"}': 10,
    });
  });

  it('reads the topics and groups that are named, and says which are not there', async () => {
    const collector = open(url('?topics=other,nowhere&groups=nobody'));
    const { values } = await collector.sample();
    await collector.sample();
    expect(values).toMatchObject({ 'records{topic="other"}': 0 });
    expect(Object.keys(values).filter((name) => name.includes('trades'))).toEqual([]);
    expect(collector.remarks?.()).toEqual([
      'there is no topic nowhere, or it may not be seen',
      'there is no group nobody, or it may not be seen',
    ]);
    expect(collector.remarks?.()).toEqual([]);
  });

  it('reads on after a topic was deleted', async () => {
    await create('passing', 1);
    const collector = open(url());
    expect((await collector.sample()).values).toHaveProperty('records{topic="passing"}', 0);
    await admin.deleteTopics({ topics: ['passing'] });
    await expect.poll(async () => admin.listTopics()).not.toContain('passing');
    const { values } = await collector.sample().catch(() => collector.sample());
    expect(values).not.toHaveProperty('records{topic="passing"}');
    expect(values).toHaveProperty('records{topic="trades"}');
  });

  describe('with users', () => {
    const as = (login: string, query = '') => `kafka://${login}@127.0.0.1:${guarded}?sasl=plain${query}`;
    const watcher = `watcher:${encodeURIComponent('s3:cr/et')}`;
    const grant = (resourceType: kafkajs.AclResourceTypes, resourceName: string) =>
      admin.createAcls({
        acl: [
          {
            principal: 'User:watcher',
            host: '*',
            operation: kafkajs.AclOperationTypes.DESCRIBE,
            permissionType: kafkajs.AclPermissionTypes.ALLOW,
            resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
            resourceType,
            resourceName,
          },
        ],
      });

    it.each(['watcher:wr0ng', 'nobody:s3cret'])(
      'fails for %s without telling the password',
      async (login) => {
        const collector = open(as(login));
        for (let i = 0; i < 2; i++) {
          const failure = await collector.sample().catch((error: Error) => error);
          expect(failure).toMatchObject({ message: expect.stringContaining('Authentication failed') });
          expect(String(failure)).not.toMatch(/wr0ng|s3cret/);
        }
      },
    );

    it('fails without a password where one is asked for', async () => {
      await expect(open(`kafka://127.0.0.1:${guarded}`).sample()).rejects.toThrow();
    });

    it('sees nothing as a user who may see nothing', async () => {
      const { values } = await open(as('stranger:s3cret')).sample();
      expect(values).toEqual({ brokers: 1 });
    });

    it('reads what a user may see, and says once what not', async () => {
      await grant(kafkajs.AclResourceTypes.TOPIC, 'trades');
      const collector = open(as(watcher));
      const { values } = await collector.sample();
      await collector.sample();
      const { values: all } = await open(url('?topics=trades')).sample();
      expect(values).toMatchObject({
        brokers: 1,
        'records{topic="trades"}': all['records{topic="trades"}'],
        'partitions{topic="trades"}': 3,
      });
      expect(Object.keys(values).filter((name) => /other|billing|retention|bytes/.test(name))).toEqual([]);
      expect(collector.remarks?.()).toEqual([
        expect.stringMatching(/^settings of topics are left out: /),
        'sizes of topics are left out: the brokers tell none to this user',
      ]);
      expect(collector.remarks?.()).toEqual([]);
    });

    it('reads sizes as a user who may describe the cluster', async () => {
      await grant(kafkajs.AclResourceTypes.CLUSTER, 'kafka-cluster');
      const collector = open(as(watcher));
      const { values } = await collector.sample();
      expect(values['topic_bytes{topic="trades"}']).toBeGreaterThan(3000);
      // Who may describe the cluster sees which groups there are, and no more of them.
      expect(Object.keys(values).filter((name) => name.includes('billing'))).toEqual([]);
      expect(collector.remarks?.()).toContain('group billing is left out: Failed to find group coordinator');
    });
  });

  it('fails with a password where none is asked for, and does not tell it', async () => {
    const failure = await open(url().replace('//', '//me:s3cret@'))
      .sample()
      .catch((error: Error) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(String(failure)).not.toContain('s3cret');
  });

  it('is not mistaken for a broker with TLS', async () => {
    await expect(open(url().replace('kafka:', 'kafka+ssl:')).sample()).rejects.toThrow();
  });

  it('gives up a broker that hangs, and reads it right once it goes on', async () => {
    const collector = open(url());
    const { values: before } = await collector.sample();
    await broker.kill('SIGSTOP');
    await givesUp(collector, 'no answer within 3000 ms').finally(() => broker.kill('SIGCONT'));
    await send('trades', 0, 1);
    const { values: after } = await collector.sample();
    expect((after['records{topic="trades"}'] ?? 0) - (before['records{topic="trades"}'] ?? 0)).toBe(2);
  });

  it('ends at once although the broker hangs', async () => {
    const collector = open(url());
    await collector.sample();
    await broker.kill('SIGSTOP');
    const failed = collector.sample().catch((error: unknown) => error);
    await collector.close();
    // Whatever it was waiting for.
    await expect(failed.finally(() => broker.kill('SIGCONT'))).resolves.toBeInstanceOf(Error);
  });

  it('gives up when a proxy forwards nothing, and reads again when it does', async () => {
    const gate = await openGate(broker.port);
    closing.push(() => gate.shut());
    gate.stall();
    const collector = open(`kafka://127.0.0.1:${gate.port}`);
    await givesUp(collector, 'Connection timeout');
    gate.flow();
    expect((await collector.sample()).values).toHaveProperty('records{topic="trades"}');
  });

  it('fails while the broker is gone and reads on when it is back', async () => {
    const collector = open(url());
    const { values: before } = await collector.sample();
    await broker.kill();
    await expect(collector.sample()).rejects.toThrow();
    await expect(collector.sample()).rejects.toThrow('ECONNREFUSED');
    await broker.restart();
    await expect
      .poll(async () => (await collector.sample()).values['records{topic="trades"}'], { timeout: 20_000 })
      .toBe(before['records{topic="trades"}']);
  });
});
