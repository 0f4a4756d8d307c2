import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Redis as Client } from 'ioredis';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cache, type CacheOptions, openCache } from '../../server/cache/cache.ts';
import { type Changes, openChanges } from '../../server/cache/changes.ts';
import { connectRedis } from '../../server/cache/redis.ts';
import { type Redis, startRedis } from '../../tools/services/redis.mjs';
import { missing } from '../requirements.ts';
import { series } from './app.ts';

type Process = { cache: Cache; changes: Changes; client: Client; heard: string[]; page(): Promise<string> };

const open: Process[] = [];
const patient = { timeout: 20_000, interval: 5 };
let keys = 0;

/** What one process of the platform has; `heard` are the transactions that it heard of, its own among them. */
async function openProcess(url: string, options: Partial<CacheOptions> = {}): Promise<Process> {
  const registry = new Registry();
  const client = connectRedis(url);
  const changes = openChanges({ redis: client });
  const cache = openCache({ changes, registry, redis: client, ...options });
  const heard: string[] = [];
  changes.subscribe(({ transaction = '' }) => heard.push(transaction));
  const opened = { cache, changes, client, heard, page: () => registry.metrics() };
  open.push(opened);
  return opened;
}

async function close({ cache, changes, client }: Process): Promise<void> {
  await cache.close();
  await changes.close();
  client.disconnect();
}

async function isUp({ page }: Process): Promise<boolean> {
  return series(await page(), 'cache_l2_up') === 1;
}

/** A load whose end is in the test's hands. */
function held<T>(value: T) {
  let finish = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let begun = false;
  const load = async (): Promise<T> => {
    begun = true;
    await gate;
    return value;
  };
  return { load, finish, hasBegun: () => begun };
}

const never = () => Promise.reject(new Error('it was loaded'));

const reason = missing('redis');

describe.skipIf(reason)(`a cache with Redis${reason ? ` (${reason})` : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'fx-cache-'));
  let redis: Redis;
  let probe: Client;
  let a: Process;
  let b: Process;

  beforeAll(async () => {
    redis = await startRedis({ folder });
    probe = connectRedis(redis.url);
    a = await openProcess(redis.url);
    b = await openProcess(redis.url);
    await ready(a, b);
  });
  afterEach(async () => {
    for (const process of open.splice(2)) await close(process);
  });
  afterAll(async () => {
    for (const process of open) await close(process);
    probe?.disconnect();
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Connected, and hearing each other. */
  async function ready(...processes: Process[]): Promise<void> {
    const word = `ready ${keys++}`;
    await vi.waitFor(async () => {
      for (const process of processes) expect(await isUp(process)).toBe(true);
      processes[0]?.changes.publish({ keys: [], transaction: word });
      await vi.waitFor(() => {
        for (const process of processes) expect(process.heard).toContain(word);
      });
    }, patient);
  }

  const newKey = (): string => `key:${keys++}`;

  it('shares what one process loaded with the others, also that there is nothing', async () => {
    const [key, empty] = [newKey(), newKey()];
    expect(await a.cache.get(key, async () => ({ balance: '1.00' }))).toEqual({ balance: '1.00' });
    expect(await a.cache.get(empty, async () => null)).toBe(null);
    await vi.waitFor(async () => expect(await probe.exists(`fx:${key}`, `fx:${empty}`)).toBe(2), patient);
    const before = series(await b.page(), 'cache_requests_total{level="l2",result="hit"}') || 0;
    expect(await b.cache.get(key, never)).toEqual({ balance: '1.00' });
    expect(await b.cache.get(empty, never)).toBe(null);
    const page = await b.page();
    expect(series(page, 'cache_requests_total{level="l2",result="hit"}')).toBe(before + 2);
    await vi.waitFor(() => expect(b.cache.peek(key)).toEqual({ balance: '1.00' }), patient);
    expect(await probe.pttl(`fx:${key}`)).toBeGreaterThan(20_000);
    expect(await probe.pttl(`fx:${key}`)).toBeLessThanOrEqual(30_000);
  });

  it('keeps a value no longer than Redis may', async () => {
    const key = newKey();
    const expires = Date.now() + 200;
    await probe.set(`fx:${key}`, JSON.stringify({ expires, value: 'old' }), 'PX', 60_000);
    await a.cache.get(key, async () => 'new');
    for (let now = 0; now < expires + 50; await new Promise((resolve) => setTimeout(resolve, 5))) {
      now = Date.now();
      if (a.cache.peek(key) === 'old') expect(now).toBeLessThanOrEqual(expires);
    }
    expect(await b.cache.get(key, async () => 'new')).toBe('new');
  });

  it('drops it everywhere when it changed', async () => {
    const key = newKey();
    await a.cache.get(key, async () => 1);
    await vi.waitFor(async () => expect(await probe.exists(`fx:${key}`)).toBe(1), patient);
    expect(await b.cache.get(key, never)).toBe(1);
    a.changes.publish({ keys: [key], transaction: key });
    expect(await a.cache.get(key, async () => 2)).toBe(2);
    await vi.waitFor(() => expect(b.heard).toContain(key), patient);
    expect(await b.cache.get(key, async () => 2)).toBe(2);
    // What was loaded after the invalidation that this process heard of is kept, beside the tombstone in Redis.
    await vi.waitFor(() => expect(b.cache.peek(key)).toBe(2), patient);
    expect(await probe.get(`fx:${key}`)).toMatch(/^x/);
    expect(series(await b.page(), 'cache_invalidations_total{origin="other"}')).toBeGreaterThan(0);
  });

  it('has buried the values before another process hears of it', async () => {
    const found: Promise<(string | null)[]>[] = [];
    b.changes.subscribe(({ keys: changed }, origin) => {
      if (origin === 'redis' && changed.length > 0)
        found.push(probe.mget(changed.map((each) => `fx:${each}`)));
    });
    for (let i = 0; i < 100; i++) {
      a.changes.publish({ keys: Array.from({ length: 6 }, () => newKey()) });
      if (i % 10 === 0) await new Promise(setImmediate);
    }
    await vi.waitFor(() => expect(found.length).toBe(100), patient);
    for (const text of (await Promise.all(found)).flat()) expect(text).toMatch(/^x/);
  });

  it('is not filled with what was read before the commit by a process that heard nothing', async () => {
    const [deaf, key] = [await openProcess(redis.url), newKey()];
    await ready(a, deaf);
    await deaf.changes.close();
    const slow = held('before');
    const told = deaf.cache.get(key, slow.load);
    await vi.waitFor(() => expect(slow.hasBegun()).toBe(true), patient);
    a.changes.publish({ keys: [key], transaction: key });
    await vi.waitFor(async () => expect(await probe.exists(`fx:${key}`)).toBe(1), patient);
    slow.finish();
    expect(await told).toBe('before');
    // A round trip on its connection comes after its attempt to fill.
    await deaf.client.ping();
    await new Promise(setImmediate);
    expect(deaf.cache.peek(key)).toBeUndefined();
    expect(await probe.get(`fx:${key}`)).toMatch(/^x/);
    expect(await deaf.cache.get(key, async () => 'after')).toBe('after');
  });

  it('is not filled for others by a process whose standby lags', async () => {
    const [lagging, key] = [await openProcess(redis.url), newKey()];
    await ready(a, lagging);
    await lagging.changes.close();
    a.changes.publish({ keys: [key], transaction: key });
    await vi.waitFor(async () => expect(await probe.get(`fx:${key}`)).toMatch(/^x/), patient);
    expect(await lagging.cache.get(key, async () => 'of the standby')).toBe('of the standby');
    await lagging.client.ping();
    expect(await probe.get(`fx:${key}`)).toMatch(/^x/);
    expect(await b.cache.get(key, async () => 'of the primary')).toBe('of the primary');
  });

  it('never tells a process less than it has heard, and all the newest in the end', async () => {
    const who = fc.constantFrom(0, 1);
    const step = fc.oneof(
      fc.record({ do: fc.constant('ask' as const), who }),
      fc.record({ do: fc.constant('commit' as const), who }),
      fc.constant({ do: 'finish' as const, who: 0 }),
      fc.constant({ do: 'pause' as const, who: 0 }),
    );
    const both = [a, b] as const;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 20 }), async (steps) => {
        const key = newKey();
        let version = 0;
        const known = [0, 0];
        const watch = both.map(({ changes }, index) => {
          changes.subscribe(({ keys: [changed], transaction }) => {
            if (changed === key) known[index] = Math.max(known[index] ?? 0, Number(transaction));
          });
          return () => known[index] ?? 0;
        });
        const loads: (() => void)[] = [];
        const load = () => {
          const read = version;
          return new Promise<number>((resolve) => loads.push(() => resolve(read)));
        };
        const asked: Promise<void>[] = [];
        const ask = (index: 0 | 1): void => {
          const least = watch[index]?.() ?? 0;
          const told = both[index].cache.get(key, load);
          asked.push(told.then((value) => expect(value).toBeGreaterThanOrEqual(least)));
        };
        for (const { do: what, who: index } of steps) {
          if (what === 'ask') ask(index as 0 | 1);
          else if (what === 'finish') loads.shift()?.();
          else if (what === 'pause') await probe.ping();
          else both[index as 0 | 1].changes.publish({ keys: [key], transaction: String(++version) });
        }
        await vi.waitFor(() => expect(known).toEqual([version, version]), patient);
        for (const index of [0, 1] as const) ask(index);
        let waiting = true;
        const all = Promise.all(asked).finally(() => {
          waiting = false;
        });
        while (waiting) {
          loads.shift()?.();
          await new Promise(setImmediate);
        }
        await all;
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it.each(['garbage', '[]', 'null', '{"value":1}', '{"expires":"soon","value":1}'])(
    'goes by %s in Redis, and clears it away',
    async (text) => {
      const key = newKey();
      await probe.set(`fx:${key}`, text);
      expect(await a.cache.get(key, async () => 'loaded')).toBe('loaded');
      await vi.waitFor(async () => expect(await probe.get(`fx:${key}`)).toMatch(/^x/), patient);
      expect(await isUp(a)).toBe(true);
    },
  );

  it('goes by a list under its key', async () => {
    const key = newKey();
    await probe.lpush(`fx:${key}`, 'entry');
    expect(await a.cache.get(key, async () => 'loaded')).toBe('loaded');
    await vi.waitFor(async () => expect(await probe.type(`fx:${key}`)).toBe('string'), patient);
  });

  it('keeps no old value in a Redis whose memory is full', async () => {
    const key = newKey();
    await a.cache.get(key, async () => 'before');
    await vi.waitFor(async () => expect(await probe.exists(`fx:${key}`)).toBe(1), patient);
    await probe.config('SET', 'maxmemory', '1');
    try {
      a.changes.publish({ keys: [key], transaction: key });
      expect(await a.cache.get(key, async () => 'after')).toBe('after');
      await vi.waitFor(() => expect(b.heard).toContain(key), patient);
      expect(await b.cache.get(key, async () => 'after')).toBe('after');
    } finally {
      await probe.config('SET', 'maxmemory', '0');
    }
    await ready(a, b);
  });

  it('goes on while Redis is gone, and then buries what changed meanwhile', async () => {
    const key = newKey();
    const [c, d] = [
      await openProcess(redis.url, { ownTtlSeconds: 0.05 }),
      await openProcess(redis.url, { ownTtlSeconds: 0.05 }),
    ];
    await ready(c, d);
    expect(await c.cache.get(key, async () => 'before')).toBe('before');
    await vi.waitFor(async () => expect(await probe.exists(`fx:${key}`)).toBe(1), patient);
    await redis.kill();
    await vi.waitFor(async () => expect([await isUp(c), await isUp(d)]).toEqual([false, false]), patient);
    c.changes.publish({ keys: [key] });
    expect(await c.cache.get(key, async () => 'after')).toBe('after');
    const said: string[] = [];
    const neighbour = openChanges({ redis: c.client, say: (messages) => said.push(...messages) });
    neighbour.publish({ keys: ['k'] });
    await vi.waitFor(() => expect(said).toEqual(['{"keys":["k"]}']), patient);
    await neighbour.close();
    expect(await d.cache.get('another', async () => 'loaded')).toBe('loaded');
    expect(series(await c.page(), 'cache_requests_total{level="l2",result="error"}')).toBeGreaterThan(0);
    await redis.restart();
    let stale = 0;
    await vi.waitFor(async () => {
      if ((await c.cache.get(key, async () => 'after')) !== 'after') stale++;
      expect(await isUp(c)).toBe(true);
      expect(await d.cache.get(key, async () => 'after')).toBe('after');
    }, patient);
    expect(stale).toBe(0);
    await ready(c, d);
    const other = newKey();
    await c.cache.get(other, async () => 'shared');
    await vi.waitFor(async () => expect(await d.cache.get(other, async () => '')).toBe('shared'), patient);
  });

  it('goes on while Redis hangs, piles nothing up, and uses it again when it answers', async () => {
    const [c, d] = [await openProcess(redis.url), await openProcess(redis.url)];
    await ready(c, d);
    const key = newKey();
    await redis.kill('SIGSTOP');
    try {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => c.cache.get(`${key}:${i}`, async () => i)),
      );
      expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => i));
      await vi.waitFor(async () => expect(await isUp(c)).toBe(false), patient);
      // Its connection is given up, and what is said to it then goes nowhere.
      await vi.waitFor(() => expect(c.client.status).not.toBe('ready'), patient);
      for (let i = 0; i < 10_000; i++) c.changes.publish({ keys: [`${key}:${i}`] });
      expect(await c.cache.get(`${key}:0`, async () => 'changed')).toBe('changed');
      expect(c.client.status).not.toBe('ready');
    } finally {
      await redis.kill('SIGCONT');
    }
    await vi.waitFor(async () => expect(await isUp(c)).toBe(true), patient);
    await ready(c, d);
  });
});

describe('a cache whose Redis talks nonsense', () => {
  it('goes on without it', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).on('data', () => socket.write('hello\r\n?\r\n$-7\r\n'));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const nonsense = await openProcess(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`);
    nonsense.changes.publish({ keys: ['key'] });
    for (let i = 0; i < 20; i++) {
      expect(await nonsense.cache.get(`key:${i}`, async () => i)).toBe(i);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await isUp(nonsense)).toBe(false);
    await close(nonsense);
    open.splice(open.indexOf(nonsense), 1);
    server.close();
  });
});
