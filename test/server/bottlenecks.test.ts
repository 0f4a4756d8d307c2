import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { accountId } from '../../server/database/prepare.ts';
import { type Kafka, startKafka } from '../../tools/services/kafka.mjs';
import { missing } from '../requirements.ts';
import { authorised } from './app.ts';
import { useDatabase } from './database.ts';
import { killServers, type Ready, readyServer, stopServer } from './server.ts';

/** What the metrics pages of all processes say at one time. */
type Sample = { atSeconds: number; api: string; consumer: string };

/** All series of the metric on the page whose labels have this among them, added up. */
function total(page: string, name: string, label = ''): number {
  const values = page
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .filter((line) => line.includes(label))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
  return values.reduce((sum, value) => sum + value, 0);
}

/**
 * What holds the platform up, from two samples:
 * - `pool`: queries of the API waited for a connection for more than a quarter of the time that they then ran;
 * - `consumer`: at the rate it worked at, the records it has before it would take it more than three seconds.
 */
function bottlenecks(before: Sample, after: Sample): string[] {
  const grown = (page: 'api' | 'consumer', name: string): number =>
    total(after[page], name) - total(before[page], name);
  const waited = grown('api', 'db_pool_acquire_seconds_sum') / grown('api', 'db_query_duration_seconds_sum');
  const perSecond = grown('consumer', 'kafka_consumer_records_total') / (after.atSeconds - before.atSeconds);
  const behindSeconds = total(after.consumer, 'kafka_consumer_lag_records') / perSecond;
  return [...(waited > 0.25 ? ['pool'] : []), ...(behindSeconds > 3 ? ['consumer'] : [])];
}

const trades = 400;
/** As many as a pool has connections unless it is told otherwise. */
const clients = 10;
const accounts = 40;
const patience = { timeout: 60_000, interval: 50 };
const reason = missing('kafka');

describe.skipIf(reason)(`bottlenecks${reason ? ` (${reason})` : ''}`, () => {
  const database = useDatabase(accounts);
  const folder = mkdtempSync(join(tmpdir(), 'fx-bottlenecks-'));
  let broker: Kafka;

  beforeAll(async () => {
    broker = await startKafka({ folder });
  });
  afterEach(killServers);
  afterAll(async () => {
    await broker?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function sample({ url, processes }: Ready): Promise<Sample> {
    const consumer = processes.find(({ role }) => role === 'consumer')?.metrics ?? '';
    const pages = [`${url}/metrics`, consumer].map(async (page) => (await fetch(page)).text());
    const [api = '', theirs = ''] = await Promise.all(pages);
    return { atSeconds: performance.now() / 1000, api, consumer: theirs };
  }

  /** Trades of so many clients, each of which waits for its answer before it asks again. */
  async function load(url: string, count: number): Promise<void> {
    let next = 0;
    const client = async (): Promise<void> => {
      while (next < count) {
        const index = next++;
        const userId = accountId(index % accounts);
        const action = Math.floor(index / accounts) % 2 === 0 ? 'buy' : 'sell';
        const response = await fetch(`${url}/api/trading/trades`, {
          method: 'POST',
          headers: { ...authorised(userId), 'content-type': 'application/json' },
          body: JSON.stringify({ userId, symbol: 'EURUSD', action, volume: '0.10' }),
        });
        expect(response.status).toBe(201);
        await response.text();
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
  }

  /** Samples before and after a load; the second counts every record of it as handled or as lag. */
  async function observe(...flags: string[]): Promise<[before: Sample, after: Sample]> {
    const { server, ready } = await readyServer(
      ...['--database', database.url, '--kafka', broker.brokers, ...flags],
    );
    // Records that come twice, as they may, are counted as such.
    const counted = ({ consumer }: Sample): number =>
      total(consumer, 'kafka_consumer_records_total', 'topic="trades",result="done"') +
      total(consumer, 'kafka_consumer_lag_records', 'topic="trades"');
    // Connections are opened and partitions assigned.
    await load(ready.url, accounts);
    const before = await vi.waitFor(async () => {
      const sampled = await sample(ready);
      // The server before it may have stopped with records that it had not committed.
      expect(counted(sampled)).toBeGreaterThanOrEqual(accounts);
      expect(total(sampled.consumer, 'kafka_consumer_lag_records')).toBe(0);
      return sampled;
    }, patience);
    await load(ready.url, trades);
    const after = await vi.waitFor(async () => {
      const sampled = await sample(ready);
      expect(counted(sampled)).toBeGreaterThanOrEqual(counted(before) + trades);
      return sampled;
    }, patience);
    await stopServer(server);
    return [before, after];
  }

  // The slowed consumer comes last: it leaves records that the next one would begin with.
  it.each<[string, string[], string[]]>([
    ['none where none is arranged', [], []],
    ['the pool alone where it has two connections', ['--pool', '2'], ['pool']],
    ['the consumer alone where it may handle 50 records/s', ['--test-consumer-rate', '50'], ['consumer']],
  ])(
    'the metrics name %s',
    async (_what, flags, expected) => {
      expect(bottlenecks(...(await observe(...flags)))).toEqual(expected);
    },
    180_000,
  );
});
