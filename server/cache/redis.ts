import { Redis } from 'ioredis';

/** A connection that may be dead is given up after this long without an answer. */
const silenceMs = 1000;
const reconnectMs = { first: 50, most: 1000 };

/**
 * A connection to Redis that never keeps anybody waiting: it comes back by itself, and a command that cannot be sent
 * now, or whose connection is lost or silent for a second, is rejected rather than queued. `rediss://` is TLS.
 */
export function connectRedis(url: string): Redis {
  const redis = new Redis(url, {
    connectionName: 'fx-platform',
    connectTimeout: silenceMs,
    socketTimeout: silenceMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(reconnectMs.first * 2 ** (attempt - 1), reconnectMs.most),
  });
  // Each command tells its failure to who sent it, and `status` says whether there is a connection.
  redis.on('error', () => undefined);
  return redis;
}
