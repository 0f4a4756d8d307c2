import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs, { type Kafka as KafkaClient, type KafkaMessage } from 'kafkajs';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { accountId } from '../../server/database/prepare.ts';
import { carryOutbox } from '../../server/events/carry-loop.ts';
import { startConsumer } from '../../server/events/consumer.ts';
import { kafkaClient, openAdmin, openSender } from '../../server/events/kafka.ts';
import { kafkaCarrier } from '../../server/events/kafka-carrier.ts';
import { startRelay } from '../../server/events/relay.ts';
import { relayMetrics } from '../../server/events/relay-metrics.ts';
import { ensureTopics, keepTopics } from '../../server/events/topics.ts';
import type { RunningRole } from '../../server/processes/role.ts';
import type { KafkaSettings, Settings } from '../../server/processes/settings.ts';
import { type Kafka, startKafka } from '../../tools/services/kafka.mjs';
import { missing } from '../requirements.ts';
import { series } from './app.ts';
import { useDatabase } from './database.ts';
import { placeTrades, silentLog, usdPerLot } from './events.ts';
import { type Gate, openGate } from './gate.ts';
import { testSettings } from './settings.ts';

const why = missing('kafka');
const patience = { timeout: 50_000, interval: 20 };

describe.skipIf(why)(`events${why ? ` (${why})` : ''}`, () => {
  const database = useDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'fx-events-'));
  let since: string;
  let broker: Kafka;
  /** The way of the consumers to the database. */
  let gate: Gate;
  let settings: Settings & { kafka: KafkaSettings };
  let client: KafkaClient;
  const running = new Set<RunningRole>();
  let relay: RunningRole;
  let consumer: RunningRole;
  const consumed = new Registry();

  beforeAll(async () => {
    broker = await startKafka({ folder });
    const direct = new URL(database.url);
    gate = await openGate(Number(direct.port));
    const kafka = { brokers: [broker.brokers], tls: false, login: null };
    settings = testSettings({ database: database.url, kafka });
    since = (await database.client.query('SELECT now()::text')).rows[0].now;
    client = new kafkajs.Kafka({ brokers: kafka.brokers, logLevel: kafkajs.logLevel.NOTHING });
  });
  afterAll(async () => {
    await Promise.all([...running].map((role) => role.close()));
    await broker?.stop();
    await gate?.shut();
    rmSync(folder, { recursive: true, force: true });
  });

  async function started(start: typeof startRelay, registry = new Registry(), more: Partial<Settings> = {}) {
    const url = new URL(database.url);
    if (start === startConsumer) url.port = String(gate.port);
    const role = await start({
      settings: { ...settings, database: url.href, ...more },
      registry,
      log: silentLog,
    });
    running.add(role);
    return role;
  }
  // A test that fails between stopping and starting a role must not make those after it fail.
  afterEach(async () => {
    if (running.size === 0) return;
    if (!running.has(relay)) relay = await started(startRelay);
    if (!running.has(consumer)) consumer = await started(startConsumer, consumed);
  });
  async function stop(role: RunningRole): Promise<void> {
    running.delete(role);
    await role.close();
  }
  const wellAgain = () =>
    vi.waitFor(() => expect([relay.trouble(), consumer.trouble()]).toEqual([undefined, undefined]), patience);

  const sumOf = async (registry: Registry, name: string, wanted = ''): Promise<number> => {
    const page = await registry.metrics();
    const lines = page.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(wanted));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };

  /** Everything in a topic now, as a reader of its own sees it. */
  async function readAll(topic: string): Promise<(KafkaMessage & { partition: number })[]> {
    const admin = client.admin();
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    let missingRecords = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    const found: (KafkaMessage & { partition: number })[] = [];
    const reader = client.consumer({ groupId: `reader-${Math.random()}`, maxWaitTimeInMs: 50 });
    await reader.subscribe({ topics: [topic], fromBeginning: true });
    await reader.run({
      async eachMessage({ message, partition }) {
        found.push({ ...message, partition });
        missingRecords--;
      },
    });
    await vi.waitFor(() => expect(missingRecords).toBeLessThanOrEqual(0), patience);
    await reader.disconnect();
    return found;
  }

  /** What the consumers made of the events is what the platform's own tables say. Seeded history has no events. */
  async function expectAgreement(trades: number): Promise<void> {
    await vi.waitFor(async () => {
      const days = await database.client.query(
        `SELECT symbol, day::text, trades, buy_volume, sell_volume, usd FROM analytics_symbol_day ORDER BY 1, 2`,
      );
      const truth = await database.client.query(
        `SELECT symbol, created_at::date::text AS day, count(*) AS trades,
           coalesce(sum(volume) FILTER (WHERE action = 'buy'), 0.00) AS buy_volume,
           coalesce(sum(volume) FILTER (WHERE action = 'sell'), 0.00) AS sell_volume,
           sum(volume * ${usdPerLot})::numeric(18,2) AS usd
         FROM trades WHERE created_at > $1 GROUP BY 1, 2 ORDER BY 1, 2`,
        [since],
      );
      expect(days.rows).toEqual(truth.rows);
      expect(days.rows.reduce((sum, row) => sum + Number(row.trades), 0)).toBe(trades);
      const positions = await database.client.query(
        'SELECT user_id, symbol, volume, price FROM analytics_positions ORDER BY 1, 2',
      );
      const held = await database.client.query(
        'SELECT user_id, symbol, volume, round(average_price, 5) AS price FROM positions ORDER BY 1, 2',
      );
      expect(positions.rows).toEqual(held.rows);
    }, patience);
  }

  /** Of the accounts, the trades in the order that a reader first saw them. */
  function firstSeen(records: KafkaMessage[]): Map<string, string[]> {
    const seen = new Map<string, string[]>();
    for (const { key, headers } of records) {
      if (headers?.['event-id'] === undefined) continue;
      const ids = seen.get(String(key)) ?? [];
      const id = String(headers['event-id']);
      if (!ids.includes(id)) ids.push(id);
      seen.set(String(key), ids);
    }
    return seen;
  }

  async function committed(): Promise<Map<string, string[]>> {
    const { rows } = await database.client.query<{ user_id: string; ids: string[] }>(
      `SELECT user_id, array_agg(id::text ORDER BY created_at) AS ids FROM trades
       WHERE created_at > $1 GROUP BY 1`,
      [since],
    );
    return new Map(rows.map(({ user_id, ids }) => [user_id, ids]));
  }

  let placed = 0;
  async function place(count: number, options = {}): Promise<void> {
    placed += (await placeTrades(database.client, count, options)).length;
  }

  it('creates the topics that are missing and reports what differs in those that are there', async () => {
    const own = client.admin();
    await own.createTopics({
      topics: [
        {
          topic: 'dead-letters',
          numPartitions: 2,
          configEntries: [{ name: 'retention.ms', value: '86400000' }],
        },
      ],
      waitForLeaders: true,
    });
    const admin = openAdmin(kafkaClient(settings.kafka, silentLog));
    const registry = new Registry();
    const lines: object[] = [];
    const kept = keepTopics(admin, registry, { ...silentLog, warn: (fields) => void lines.push(fields) });
    await kept.ready;
    kept.close();
    const thin = (topic: string) => ({ topic, setting: 'replication', wanted: '3', actual: '1' });
    expect(await ensureTopics(admin)).toEqual([
      ...['trades', 'positions', 'analytics'].map(thin),
      { topic: 'dead-letters', setting: 'partitions', wanted: '1', actual: '2' },
      thin('dead-letters'),
      { topic: 'dead-letters', setting: 'retention.ms', wanted: '2592000000', actual: '86400000' },
      { topic: 'dead-letters', setting: 'segment.ms', wanted: '86400000', actual: '604800000' },
    ]);
    expect(lines).toEqual([{ drift: expect.stringContaining('dead-letters partitions 2 instead of 1') }]);
    const page = await registry.metrics();
    expect(series(page, 'kafka_topic_drift{topic="dead-letters",setting="partitions"}')).toBe(1);
    expect(series(page, 'kafka_topic_drift{topic="trades",setting="partitions"}')).toBe(0);
    await admin.close();

    const { topics } = await own.fetchTopicMetadata({ topics: ['trades', 'positions', 'analytics'] });
    const counts = Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.length]));
    expect(counts).toEqual({ trades: 10, positions: 6, analytics: 8 });
    await own.disconnect();
  });

  it('carries trades to the topics, and makes figures of them', async () => {
    relay = await started(startRelay);
    consumer = await started(startConsumer, consumed);
    await place(40);
    await expectAgreement(placed);
    await wellAgain();
    for (const topic of ['trades', 'positions']) {
      const records = await readAll(topic);
      expect(firstSeen(records)).toEqual(await committed());
      const homes = new Set(records.map(({ key, partition }) => `${key} ${partition}`));
      expect(homes.size).toBe(5);
    }
  });

  it('counts once what a relay carried twice, having ended before it committed', async () => {
    await stop(relay);
    const sender = openSender(kafkaClient(settings.kafka, silentLog));
    const carrier = kafkaCarrier(sender);
    let deaths = 2;
    await place(30);
    const loop = carryOutbox({
      ...{ databases: [database.url], destination: 'kafka', log: silentLog, batchRows: 20 },
      metrics: relayMetrics(new Registry()),
      carrier: {
        ...carrier,
        async carry(rows) {
          await carrier.carry(rows);
          if (deaths-- > 0) throw new Error('ended');
        },
      },
    });
    await expectAgreement(placed).finally(() => loop.close());
    const records = await readAll('trades');
    // The client sends again what the broker was slow to acknowledge, so there may be more than the two deaths left.
    expect(records.length).toBeGreaterThanOrEqual(placed + 40);
    expect(firstSeen(records)).toEqual(await committed());
    const copies = records.length + (await readAll('positions')).length - 2 * placed;
    await vi.waitFor(
      async () => expect(await sumOf(consumed, 'kafka_consumer_records_total', 'duplicate')).toBe(copies),
      patience,
    );
  });

  it('puts aside records that nobody can read, and goes on', async () => {
    const key = accountId(1);
    const good = { seq: '1', userId: key, symbol: 'EURUSD', action: 'buy', volume: '1.00', usd: '1.00' };
    const bad: [value: string | null, error: string][] = [
      ['no JSON', 'the value is no JSON'],
      [null, 'the value is no JSON'],
      ['[]', 'the value is no object'],
      [JSON.stringify({ ...good, userId: accountId(2) }), 'userId is not the key of the record'],
      [JSON.stringify({ ...good, createdAt: 'soon' }), 'createdAt is no time'],
      [JSON.stringify({ ...good, createdAt: '2026-01-01', usd: undefined }), 'usd is missing'],
      [JSON.stringify({ ...good, createdAt: '2026-01-01', volume: 1 }), 'volume is not as it should be'],
      [JSON.stringify({ ...good, seq: '9999999999999999999' }), 'seq is not as it should be'],
    ];
    const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({
      topic: 'trades',
      messages: bad.map(([value]) => ({ key, value, headers: { own: 'x' } })),
    });
    await producer.disconnect();
    await place(20);
    await expectAgreement(placed);
    expect(await sumOf(consumed, 'kafka_consumer_records_total', 'dead_letter')).toBe(bad.length);
    const letters = (await readAll('dead-letters')).toSorted((a, b) =>
      Number(a.headers?.['original-offset']) < Number(b.headers?.['original-offset']) ? -1 : 1,
    );
    expect(
      letters.map(({ value, headers }) => [value === null ? null : String(value), String(headers?.error)]),
    ).toEqual(bad);
    for (const { key: whose, headers } of letters) {
      expect([String(whose), String(headers?.own), String(headers?.['original-topic'])]).toEqual([
        key,
        'x',
        'trades',
      ]);
    }
  });

  it('shares the partitions between two consumers, and takes them back', async () => {
    const registry = new Registry();
    const second = await started(startConsumer, registry);
    const shares = async () => {
      const pages = await Promise.all([consumed.metrics(), registry.metrics()]);
      return pages.map((page) =>
        page.split('\n').filter((line) => line.startsWith('kafka_consumer_lag_records{')),
      );
    };
    const shared = async (sizes: number[]) =>
      expect((await shares()).map((lines) => lines.length)).toEqual(sizes);
    await vi.waitFor(() => shared([8, 8]), patience);
    await place(60, { accounts: 20 });
    await expectAgreement(placed);
    expect(await sumOf(registry, 'kafka_consumer_records_total', 'done')).toBeGreaterThan(0);
    await stop(second);
    await place(20, { accounts: 20 });
    await expectAgreement(placed);
    await vi.waitFor(async () => expect((await shares())[0]).toHaveLength(16), patience);
  });

  it('skips nothing while the database is away', async () => {
    const before = await sumOf(consumed, 'kafka_consumer_records_total', 'done');
    await gate.shut();
    await place(20);
    await vi.waitFor(() => expect(consumer.trouble()).toMatch(/ECONNREFUSED|connection/), patience);
    await gate.open();
    await expectAgreement(placed);
    await wellAgain();
    await vi.waitFor(
      async () => expect(await sumOf(consumed, 'kafka_consumer_records_total', 'done')).toBe(before + 40),
      patience,
    );
  });

  it('loses nothing when the broker is killed, and works again when it is back', async () => {
    await broker.kill();
    await place(30);
    await vi.waitFor(
      () => expect([relay.trouble(), consumer.trouble()]).toEqual([expect.any(String), expect.any(String)]),
      patience,
    );
    await broker.restart();
    await expectAgreement(placed);
    await wellAgain();
    expect(firstSeen(await readAll('trades'))).toEqual(await committed());
  }, 150_000);

  it('shows how far a slow consumer lags behind', async () => {
    await stop(consumer);
    await place(60);
    const registry = new Registry();
    consumer = await started(startConsumer, registry, { consumerRate: 60 });
    const lag = () => sumOf(registry, 'kafka_consumer_lag_records');
    await vi.waitFor(async () => expect(await lag()).toBeGreaterThan(0), patience);
    await expectAgreement(placed);
    await vi.waitFor(async () => expect(await lag()).toBe(0), patience);
  });

  it('publishes the figures, the last of each key being right', async () => {
    await vi.waitFor(async () => {
      const published = new Map(
        (await readAll('analytics')).map(({ key, value }) => [String(key), JSON.parse(String(value))]),
      );
      const { rows } = await database.client.query(
        `SELECT symbol, day::text, trades::int, buy_volume AS "buyVolume", sell_volume AS "sellVolume", usd
         FROM analytics_symbol_day`,
      );
      expect(rows).toHaveLength(published.size);
      for (const row of rows) expect(published.get(`${row.symbol}:${row.day}`)).toEqual(row);
    }, patience);
  });
});
