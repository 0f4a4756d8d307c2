import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { Registry } from 'prom-client';
import type { Changes } from './changes.ts';
import { cacheMetrics } from './metrics.ts';
import { type Found, openSharedLevel } from './shared-level.ts';

export type Cache = {
  /**
   * The value under `key`, loaded when no level has it. At most one load of a key runs in a process: who comes
   * meanwhile shares its value, or that of the next load when the key was invalidated since it began. Rejects only
   * when `load` does.
   * @param load answers a value of JSON
   * @param ttlSeconds the age, counted from the start of its load, at which a value is no longer told
   */
  get<T>(key: string, load: () => Promise<T>, ttlSeconds?: number): Promise<T>;
  /** The value that this process has; undefined without one. */
  peek<T>(key: string): T | undefined;
  /** Keeps a value in this process only. */
  keep(key: string, value: unknown, ms: number): void;
  close(): Promise<void>;
};

export type CacheOptions = {
  changes: Changes;
  registry: Registry;
  /** A connection of `connectRedis`, closed by its owner; without it, this process has a cache of its own. */
  redis?: Redis | undefined;
  /** Of the keys in Redis. */
  prefix?: string;
  /** How long this process keeps a value, and so how long an old one is told when a change was not heard. */
  ownTtlSeconds?: number;
  /** How long Redis keeps a value. */
  sharedTtlSeconds?: number;
};

/** Bounds of the values in this process: how many, and characters of JSON, each of which takes some bytes. */
const mostEntries = 10_000;
const mostCharacters = 16 * 1024 * 1024;

type Flight = {
  value: Promise<unknown>;
  /** When its value was put away too. It never rejects. */
  done: Promise<void>;
  /** The key was invalidated since it began: its value is only for those who asked before that. */
  stale: boolean;
};

type Answer = {
  value: unknown;
  size: number;
  /** Milliseconds since 1970. */
  expires: number;
  /** Puts a loaded value into Redis, and tells whether nothing was invalidated there meanwhile. */
  share?: () => Promise<boolean>;
};

/**
 * Two levels: the memory of this process, and Redis for all processes. Without Redis, or while it is away, slow or
 * talks nonsense, the first level and the loads go on alone.
 *
 * An invalidation cannot lose to a slow reader. In a process, a load that began before it does not fill. Across
 * processes it leaves a tombstone in Redis, and a load fills only where nothing is: one that read before the commit,
 * or from a standby behind it, meets the tombstone. No lock in Redis keeps two processes from loading the same key:
 * a lock would save a load for each further process, and cost a wait whenever its holder dies.
 */
export function openCache(options: CacheOptions): Cache {
  const { changes, registry, redis, prefix = 'fx:', ownTtlSeconds = 5, sharedTtlSeconds = 30 } = options;
  const ownMs = ownTtlSeconds * 1000;
  const shared = redis && openSharedLevel({ redis, prefix, ttlSeconds: sharedTtlSeconds });
  const own = new LRUCache<string, { value: unknown }>({
    max: mostEntries,
    maxSize: mostCharacters,
    // The clock is read each time: else no value expires while the event loop is busy.
    ttlResolution: 0,
  });
  const flights = new Map<string, Flight>();
  const metrics = cacheMetrics(registry, () => own.size, shared?.isUp);

  changes.subscribe(({ keys }, origin) => {
    for (const key of keys) {
      own.delete(key);
      const flight = flights.get(key);
      if (flight) flight.stale = true;
    }
    // What comes through Redis was buried there before it was told.
    if (origin !== 'redis') shared?.bury(keys);
    metrics.invalidated(origin === 'own' ? 'own' : 'other', keys.length);
  });

  function put(key: string, { value, size, expires }: Answer): void {
    const ttl = Math.floor(expires - Date.now());
    // 0 would be for ever.
    if (ttl > 0) own.set(key, { value }, { ttl, size: size + key.length });
  }

  async function find(key: string): Promise<Found | undefined> {
    if (!shared) return undefined;
    try {
      const found = await shared.read(key);
      metrics.asked('l2', found.is === 'value' ? 'hit' : 'miss');
      return found;
    } catch {
      metrics.asked('l2', 'error');
      return undefined;
    }
  }

  async function counted(load: () => Promise<unknown>): Promise<unknown> {
    try {
      const value = await load();
      metrics.asked('load', value === null ? 'miss' : 'hit');
      return value;
    } catch (error) {
      metrics.asked('load', 'error');
      throw error;
    }
  }

  async function lookUp(key: string, load: () => Promise<unknown>, ttlMs: number): Promise<Answer> {
    const found = await find(key);
    const begun = Date.now();
    if (found?.is === 'value' && found.expires > begun) {
      return { ...found, expires: Math.min(begun + ownMs, found.expires) };
    }
    const value = await counted(load);
    const json = JSON.stringify(value);
    const answer = { value, size: json.length, expires: begun + Math.min(ownMs, ttlMs) };
    if (!found || !shared) return answer;
    // Should Redis go away in between, it is as if it had been away before.
    const share = () => shared.fill(key, found, { json, expires: begun + ttlMs }).catch(() => true);
    return { ...answer, share };
  }

  async function putAway(key: string, flight: Flight, answer: Answer): Promise<void> {
    if (flight.stale) return;
    const current = answer.share === undefined || (await answer.share());
    if (current && !flight.stale) put(key, answer);
  }

  function begin(key: string, load: () => Promise<unknown>, ttlMs: number): Promise<unknown> {
    const looking = lookUp(key, load, ttlMs);
    const flight: Flight = {
      stale: false,
      value: looking.then(({ value }) => value),
      done: looking
        .then((answer) => putAway(key, flight, answer))
        .catch(() => undefined)
        .finally(() => flights.delete(key)),
    };
    flights.set(key, flight);
    return flight.value;
  }

  async function join(key: string, load: () => Promise<unknown>, ttlMs: number): Promise<unknown> {
    for (let flight = flights.get(key); flight; flight = flights.get(key)) {
      if (!flight.stale) return flight.value;
      await flight.done;
    }
    return begin(key, load, ttlMs);
  }

  function peek<T>(key: string): T | undefined {
    const entry = own.get(key);
    metrics.askedOwn(entry !== undefined);
    return entry?.value as T | undefined;
  }

  return {
    peek,
    async get<T>(key: string, load: () => Promise<T>, ttlSeconds = sharedTtlSeconds) {
      const known = peek<T>(key);
      if (known !== undefined) return known;
      return (await join(key, load, Math.min(ttlSeconds, sharedTtlSeconds) * 1000)) as T;
    },
    keep: (key, value, ms) =>
      put(key, { value, size: JSON.stringify(value).length, expires: Date.now() + ms }),
    close: async () => shared?.close(),
  };
}
