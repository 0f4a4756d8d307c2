import fc from 'fast-check';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cache, type CacheOptions, openCache } from '../../server/cache/cache.ts';
import { type Change, type Changes, openChanges } from '../../server/cache/changes.ts';
import { tradeKeys } from '../../server/cache/keys.ts';
import { series } from './app.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

type Process = { cache: Cache; changes: Changes; page: () => Promise<string> };

function openProcess(options: Partial<CacheOptions> = {}, changes = openChanges({})): Process {
  const registry = new Registry();
  const cache = openCache({ changes, registry, ...options });
  open.push(cache, changes);
  return { cache, changes, page: () => registry.metrics() };
}

const turn = (): Promise<void> => new Promise(setImmediate);

describe('a cache without Redis', () => {
  it('loads once for all who ask at the same time, and keeps what was found', async () => {
    const { cache, page } = openProcess();
    let loads = 0;
    const load = async () => ({ number: ++loads });
    const answers = await Promise.all(Array.from({ length: 50 }, () => cache.get('key', load)));
    expect(answers).toEqual(Array(50).fill({ number: 1 }));
    await turn();
    expect(await cache.get('key', load)).toEqual({ number: 1 });
    const text = await page();
    expect(series(text, 'cache_requests_total{level="l1",result="miss"}')).toBe(50);
    expect(series(text, 'cache_requests_total{level="l1",result="hit"}')).toBe(1);
    expect(series(text, 'cache_requests_total{level="load",result="hit"}')).toBe(1);
    expect(series(text, 'cache_entries')).toBe(1);
    expect(text).not.toContain('cache_l2_up');
    expect(text).not.toContain('level="l2"');
  });

  it('keeps that there is nothing, and does not keep failures', async () => {
    const { cache, page } = openProcess();
    let loads = 0;
    const nothing = async () => {
      loads++;
      return null;
    };
    expect(await cache.get('nothing', nothing)).toBe(null);
    await turn();
    expect(await cache.get('nothing', nothing)).toBe(null);
    expect(loads).toBe(1);
    const failing = () => Promise.reject(new Error('no database'));
    const both = await Promise.allSettled([cache.get('failing', failing), cache.get('failing', failing)]);
    expect(both.map((each) => each.status)).toEqual(['rejected', 'rejected']);
    await turn();
    expect(await cache.get('failing', async () => 'back')).toBe('back');
    const text = await page();
    expect(series(text, 'cache_requests_total{level="load",result="miss"}')).toBe(1);
    expect(series(text, 'cache_requests_total{level="load",result="error"}')).toBe(1);
  });

  it('tells no value that is older than its time, counted from the start of its load', async () => {
    const { cache } = openProcess({ ownTtlSeconds: 0.03 });
    const load = async () => {
      const begun = Date.now();
      await turn();
      return begun;
    };
    const end = Date.now() + 300;
    const told = new Set<number>();
    while (Date.now() < end) {
      const asked = Date.now();
      const begun = await cache.get('key', load);
      // One millisecond for each of the two clocks' rounding.
      expect(asked - begun).toBeLessThanOrEqual(32);
      told.add(begun);
      cache.keep('kept', Date.now(), 10);
      if (told.size % 2) await turn();
    }
    expect(told.size).toBeGreaterThan(2);
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(cache.peek('kept')).toBeUndefined();
    cache.keep('past', 1, -5);
    cache.keep('now', 1, 0.4);
    expect([cache.peek('past'), cache.peek('now')]).toEqual([undefined, undefined]);
  });

  it('never tells what was read before an invalidation to who asks after it, and loads one at a time', async () => {
    const step = fc.constantFrom('ask', 'commit', 'finish', 'fail', 'turn');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { cache, changes } = openProcess();
        let version = 0;
        const loads: { read: number; finish(value: number): void; fail(error: Error): void }[] = [];
        let most = 0;
        const load = () =>
          new Promise<number>((finish, fail) => {
            loads.push({ read: version, finish, fail });
            most = Math.max(most, loads.length);
          });
        const asked: Promise<void>[] = [];
        const finish = (): void => {
          const oldest = loads.shift();
          oldest?.finish(oldest.read);
        };
        for (const each of steps) {
          if (each === 'ask') {
            const before = version;
            const told = cache.get('key', load).then(
              (value) => expect(value).toBeGreaterThanOrEqual(before),
              (error: Error) => expect(error.message).toBe('failed'),
            );
            asked.push(told);
          } else if (each === 'commit') {
            version++;
            changes.publish({ keys: ['other', 'key'] });
          } else if (each === 'finish') finish();
          else if (each === 'fail') loads.shift()?.fail(new Error('failed'));
          else await turn();
        }
        let waiting = true;
        const all = Promise.all(asked).finally(() => {
          waiting = false;
        });
        while (waiting) {
          finish();
          await turn();
        }
        await all;
        expect(most).toBeLessThanOrEqual(1);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('stays within its bounds, however many and however large the values are', async () => {
    const { cache, page } = openProcess();
    for (let i = 0; i < 12_000; i++) cache.keep(`small:${i}`, i, 60_000);
    expect(series(await page(), 'cache_entries')).toBe(10_000);
    expect(cache.peek('small:11999')).toBe(11_999);
    expect(cache.peek('small:0')).toBeUndefined();
    const large = 'x'.repeat(1_000_000);
    for (let i = 0; i < 40; i++) cache.keep(`large:${i}`, large, 60_000);
    const entries = series(await page(), 'cache_entries');
    expect(entries).toBeGreaterThan(10);
    expect(entries).toBeLessThanOrEqual(16);
  });
});

describe('changes without Redis', () => {
  it('reach the own subscribers at once, and other processes of the server in one message a turn', async () => {
    const said: string[][] = [];
    const here = openChanges({ say: (messages) => said.push(messages) });
    const there = openProcess();
    const heard: [Change, string][] = [];
    here.subscribe((change, origin) => heard.push([change, origin]));
    there.changes.subscribe((change, origin) => heard.push([change, origin]));
    there.cache.keep('a', 1, 60_000);
    const first = { keys: ['a'], userId: 'u', transaction: '7' };
    here.publish(first);
    expect(heard).toEqual([[first, 'own']]);
    here.publish({ keys: ['b', 'c'] });
    await turn();
    expect(said).toEqual([[JSON.stringify(first), '{"keys":["b","c"]}']]);
    there.changes.hear(said[0] ?? []);
    expect(heard.slice(2)).toEqual([
      [first, 'server'],
      [{ keys: ['b', 'c'] }, 'server'],
    ]);
    expect(there.cache.peek('a')).toBeUndefined();
    const text = await there.page();
    expect(series(text, 'cache_invalidations_total{origin="other"}')).toBe(3);
    await here.close();
  });

  it('are not taken from a message that is none', () => {
    const { changes } = openProcess();
    const heard: Change[] = [];
    changes.subscribe((change) => heard.push(change));
    changes.hear([
      '',
      '{',
      'null',
      '7',
      '{"keys":1}',
      '{"keys":[1]}',
      '{"keys":[],"userId":1}',
      '{"keys":["k"]}',
    ]);
    expect(heard).toEqual([{ keys: ['k'] }]);
  });
});

describe('the keys of a trade', () => {
  it('are the six of the platform, and what a client chose stays in its place', () => {
    expect(tradeKeys('A0', 'EURUSD')).toEqual([
      'user:a0:positions',
      'user:a0:trades:recent',
      'symbol:EURUSD:price',
      'symbol:EURUSD:stats',
      'platform:active_trades',
      'platform:volume_24h',
    ]);
    expect(tradeKeys('a:b', 'x\r\n:y')[0]).toBe('user:a%3Ab:positions');
    expect(tradeKeys('a:b', 'x\r\n:y')[2]).toBe('symbol:x%0D%0A%3Ay:price');
  });
});
