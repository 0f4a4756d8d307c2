import { randomUUID } from 'node:crypto';
import { type ChainableCommander, type Redis, ReplyError } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { within } from '../within.ts';

/** A value as Redis holds it. `expires` is in milliseconds since 1970, so that a copy elsewhere ends with it. */
export type Entry = { json: string; expires: number };

export type Found =
  | { is: 'value'; value: unknown; size: number; expires: number }
  | { is: 'tombstone'; text: string }
  | { is: 'nothing' };

/** The level that all processes share. What Redis does not do in time is rejected. */
export type SharedLevel = {
  read(key: string): Promise<Found>;
  /**
   * Puts a value where there is none.
   * @param found what `read` told before the value was loaded
   * @returns whether nothing was invalidated since then
   */
  fill(key: string, found: Found, entry: Entry): Promise<boolean>;
  /** Replaces the values by tombstones: now, or as soon as Redis is there again. It never throws or waits. */
  bury(keys: string[]): void;
  isUp(): boolean;
  close(): void;
};

export type SharedLevelOptions = {
  /** A connection of `connectRedis`, closed by its owner. */
  redis: Redis;
  /** Of all keys. */
  prefix: string;
  /** No value lives longer. */
  ttlSeconds: number;
};

/** Longer than a load that read before the commit, or from a standby behind it, takes to come back with its value. */
const tombstoneMs = 2000;
const commandMs = 100;
/** After so many failures in a row Redis is left alone, and tried again every second. */
const opensAfter = 3;
const repairMs = 1000;
/** Keys whose tombstones could not be written. */
const mostOwed = 50_000;
const repairedAtATime = 1000;

/**
 * In one command, which costs a third of what one for each key does. Deleted first: that is allowed in a Redis whose
 * memory is full, and then nobody can fill in the old value either.
 */
const buryAll = `
  for _, key in ipairs(KEYS) do redis.call('DEL', key) end
  for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end`;

export function openSharedLevel({ redis, prefix, ttlSeconds }: SharedLevelOptions): SharedLevel {
  const origin = randomUUID();
  let buried = 0;
  let failures = 0;
  // After the lifetime of a value there is nothing left to bury.
  const owed = new LRUCache<string, number>({ max: mostOwed, ttl: ttlSeconds * 1000 });

  const isUp = (): boolean => redis.status === 'ready' && failures < opensAfter;

  async function ask<T>(command: () => Promise<T>): Promise<T> {
    if (!isUp()) throw new Error('Redis is left alone');
    try {
      const answer = await within(commandMs / 1000, 'a command', command());
      failures = 0;
      return answer;
    } catch (error) {
      failures++;
      throw error;
    }
  }

  function writeTombstones(keys: string[]): Promise<unknown> {
    // Each is different: who finds the same one twice knows that nothing was invalidated in between.
    const text = `${tombstoneMark}${origin}:${buried++}`;
    return redis.eval(buryAll, keys.length, ...keys.map((key) => prefix + key), text, tombstoneMs);
  }

  function bury(keys: string[]): void {
    ask(() => writeTombstones(keys)).catch(() => {
      const debt = buried++;
      for (const key of keys) owed.set(key, debt);
    });
  }

  /** Redis is used again only when no value is left in it that should not be there. */
  async function repair(): Promise<void> {
    if (redis.status !== 'ready' || (failures < opensAfter && owed.size === 0)) return;
    await within(repairMs / 1000, 'a ping', redis.ping());
    while (owed.size > 0) {
      const debts = [...owed.entries()].slice(0, repairedAtATime);
      await within(repairMs / 1000, 'the burial', writeTombstones(debts.map(([key]) => key)));
      // It may be owed again since then.
      for (const [key, debt] of debts) if (owed.peek(key) === debt) owed.delete(key);
    }
    failures = 0;
  }

  const tryRepair = (): void => void repair().catch(() => undefined);
  const repairs = setInterval(tryRepair, repairMs);
  repairs.unref();
  redis.on('ready', tryRepair);

  return {
    isUp,
    bury,
    async read(key) {
      if (owed.has(key)) throw new Error('an old value may be there');
      const text = await ask(() => redis.get(prefix + key)).catch((error: unknown) => {
        // Such as a list under this key.
        if (error instanceof ReplyError) bury([key]);
        throw error;
      });
      const found = parse(text);
      if (found) return found;
      bury([key]);
      throw new Error('no entry of the cache');
    },
    async fill(key, found, { json, expires }) {
      const text = `{"expires":${expires},"value":${json}}`;
      const lifetime = expires - Date.now();
      if (lifetime <= 0) return false;
      const commands = (): ChainableCommander =>
        redis
          .pipeline()
          .set(prefix + key, text, 'PX', lifetime, 'NX')
          .get(prefix + key);
      const [, now] = await ask(() => answersOf(commands()));
      return now === text || (found.is === 'tombstone' && now === found.text);
    },
    close() {
      clearInterval(repairs);
      redis.off('ready', tryRepair);
    },
  };
}

/** No JSON begins with it. */
const tombstoneMark = 'x';

/** Undefined for what this program did not write. */
function parse(text: string | null): Found | undefined {
  if (text === null) return { is: 'nothing' };
  if (text.startsWith(tombstoneMark)) return { is: 'tombstone', text };
  try {
    const entry: unknown = JSON.parse(text);
    if (typeof entry !== 'object' || entry === null || !('value' in entry) || !('expires' in entry)) return;
    const { value, expires } = entry;
    return typeof expires === 'number' ? { is: 'value', value, size: text.length, expires } : undefined;
  } catch {
    return undefined;
  }
}

/** Rejects when one of the commands failed. */
async function answersOf(pipeline: ChainableCommander): Promise<unknown[]> {
  const answers = (await pipeline.exec()) ?? [];
  for (const [error] of answers) if (error) throw error;
  return answers.map(([, answer]) => answer);
}
