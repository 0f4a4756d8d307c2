import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

/** Something was committed that makes the values under `keys` old. */
export type Change = {
  keys: string[];
  userId?: string;
  /** That of the database in which `userId` wrote: xid8 as text. */
  transaction?: string;
};

/** This process, another one of this server, or any other process by way of Redis. */
export type Origin = 'own' | 'server' | 'redis';

export type Changes = {
  /** Tells the own subscribers before it returns, and those of the other processes soon. It never throws or waits. */
  publish(change: Change): void;
  subscribe(listener: (change: Change, origin: Origin) => void): void;
  /** Messages of the other processes of this server, as they were given to `say` there. */
  hear(messages: string[]): void;
  close(): Promise<void>;
};

export type ChangesOptions = {
  /** A connection of `connectRedis`, closed by its owner; without it changes stay among the processes of this server. */
  redis?: Redis | undefined;
  /** Reaches the other processes of this server. */
  say?: (messages: string[]) => void;
};

/** How often a subscription that hears nothing is asked whether it still lives. */
const pingMs = 2000;

/**
 * Changes travel over one channel of Redis, or over the server process where there is no Redis or while it is away.
 * Nothing is kept for later: a process that misses a change shows an old value until its own copy expires.
 */
export function openChanges({ redis, say }: ChangesOptions): Changes {
  const listeners: ((change: Change, origin: Origin) => void)[] = [];
  const tell = batched((messages) => say?.(messages));
  const subscription = redis && subscribe(redis, (message) => receive(message, 'redis'));

  function receive(message: string, origin: Origin): void {
    const change = parseChange(message);
    if (change) for (const listener of listeners) listener(change, origin);
  }

  return {
    publish(change) {
      for (const listener of listeners) listener(change, 'own');
      const message = JSON.stringify(change);
      if (!redis || !subscription) return tell(message);
      // The sender is in front, so that it can leave out what it said itself.
      redis.publish(subscription.channel, `${subscription.id} ${message}`).catch(() => tell(message));
    },
    subscribe: (listener) => void listeners.push(listener),
    hear(messages) {
      for (const message of messages) receive(message, 'server');
    },
    async close() {
      listeners.length = 0;
      subscription?.close();
    },
  };
}

/** Channels know no database numbers: two platforms in two databases of one Redis must not hear each other. */
function channelOf(redis: Redis): string {
  return `fx:changes:${redis.options.db ?? 0}`;
}

function subscribe(redis: Redis, receive: (message: string) => void) {
  const id = randomUUID();
  const channel = channelOf(redis);
  const subscriber = redis.duplicate();
  subscriber.on('error', () => undefined);
  subscriber.on('ready', () => void subscriber.subscribe(channel).catch(() => subscriber.disconnect(true)));
  subscriber.on('message', (_channel: string, text: string) => {
    const space = text.indexOf(' ');
    if (text.slice(0, space) !== id) receive(text.slice(space + 1));
  });
  // Unanswered, it closes the connection, and another one is opened.
  const ping = setInterval(() => void subscriber.ping().catch(() => undefined), pingMs);
  ping.unref();
  return {
    id,
    channel,
    close() {
      clearInterval(ping);
      subscriber.disconnect();
    },
  };
}

/** Undefined for what is no change: anybody may write to a channel. */
function parseChange(message: string): Change | undefined {
  try {
    const change: unknown = JSON.parse(message);
    return isChange(change) ? change : undefined;
  } catch {
    return undefined;
  }
}

function isChange(value: unknown): value is Change {
  if (typeof value !== 'object' || value === null) return false;
  const { keys, userId, transaction } = value as Record<string, unknown>;
  const optional = [userId, transaction].every((each) => each === undefined || typeof each === 'string');
  return Array.isArray(keys) && keys.every((key) => typeof key === 'string') && optional;
}

/** One call for all that was said in a turn of the event loop. */
function batched(say: (messages: string[]) => void): (message: string) => void {
  let batch: string[] = [];
  return (message) => {
    batch.push(message);
    if (batch.length > 1) return;
    setImmediate(() => {
      const messages = batch;
      batch = [];
      say(messages);
    });
  };
}
