/** One replica of the service: a child of the server, which hands it the connections that it accepts. */
import type { Socket } from 'node:net';
import { AggregatorRegistry } from 'prom-client';
import { openCache } from '../cache/cache.ts';
import { openChanges } from '../cache/changes.ts';
import { connectRedis } from '../cache/redis.ts';
import { openDatabases } from '../database/databases.ts';
import { buildApp } from '../http/app.ts';
import { followConnections } from '../http/connections.ts';
import { createMetrics } from '../metrics.ts';
import { streamPrices } from '../stream/price-stream.ts';
import { businessMetrics } from '../trading/business-metrics.ts';
import { createCalendar } from '../trading/news.ts';
import { createQuotes } from '../trading/quotes.ts';
import { describeProcess } from './process-info.ts';
import type { FromProcess, Settings, ToProcess } from './settings.ts';

/** Requests under way get this long to finish. */
const drainSeconds = 10;

const lifecycle = { draining: false };
/** The private addresses of all replicas, this one among them. */
let peers: string[] = [];
let accept = (socket: Socket): void => void socket.destroy();
let hear = (_messages: string[]): void => undefined;
let drain = async (): Promise<void> => undefined;

function say(message: FromProcess): void {
  process.send?.(message);
}

async function start(settings: Settings): Promise<void> {
  const metrics = createMetrics();
  describeProcess(metrics.registry, settings.region, 'api');
  const log = { level: 'warn', stream: process.stderr };
  let privatePort = 0;
  // pg and Fastify share one logger, which exists only once the app does.
  let warn = (_fields: object, _message: string): void => undefined;
  const databases = await openDatabases({
    urls: [settings.database, ...settings.readDatabases],
    max: settings.pool,
    registry: metrics.registry,
    log: { warn: (fields, message) => warn(fields, message) },
  });
  const redis = settings.redis === null ? undefined : connectRedis(settings.redis);
  const changes = openChanges({ redis, say: (messages) => say({ is: 'say', messages }) });
  hear = changes.hear;
  changes.subscribe(({ userId, transaction }) => {
    if (userId !== undefined && transaction !== undefined) databases.reads.wrote(userId, transaction);
  });
  const calendar = createCalendar(settings.news.map((seconds) => settings.epoch + seconds * 1000));
  const quotes = createQuotes(settings.seed, settings.epoch, Date.now, calendar);
  businessMetrics(metrics.registry, databases.reads, quotes);
  const app = await buildApp({
    database: databases.primary,
    reads: databases.reads,
    databaseView: databases.view,
    region: settings.region,
    changes,
    cache: openCache({ changes, redis, registry: metrics.registry }),
    metrics,
    lifecycle,
    quotes,
    calendar,
    burn: settings.burn,
    tokenSecret: settings.tokenSecret,
    rateLimit: settings.rateLimit,
    destinations: [
      ...(settings.kafka ? (['kafka'] as const) : []),
      ...(settings.redis ? (['jobs'] as const) : []),
    ],
    logger: log,
    isPublic: ({ localPort }) => localPort !== privatePort,
    allMetrics: ({ localPort }) =>
      settings.replicas > 1 && localPort !== privatePort ? sumOfMetrics() : undefined,
  });
  warn = app.log.warn.bind(app.log);
  const connections = followConnections(app.server);
  const prices = streamPrices(app.server, { quotes, registry: metrics.registry });
  const address = await app.listen({ host: '127.0.0.1', port: 0, listenTextResolver: () => '' });
  privatePort = Number(new URL(address).port);

  accept = (socket) => {
    app.server.emit('connection', socket);
    // The server that accepted it had it paused, so that no byte was read there.
    socket.resume();
  };
  drain = async () => {
    lifecycle.draining = true;
    prices.close();
    await connections.drain(drainSeconds);
    await app.close();
    redis?.disconnect();
  };
  say({ is: 'ready', url: address });
}

/** One page for all replicas. A replica that does not answer fails it: without its counts the sums would drop. */
async function sumOfMetrics(): Promise<string> {
  const pages = await Promise.all(
    peers.map(async (peer) => {
      const response = await fetch(`${peer}/metrics.json`, { signal: AbortSignal.timeout(2000) });
      return (await response.json()) as object;
    }),
  );
  return AggregatorRegistry.aggregate(pages).metrics();
}

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  say({ is: 'leaving' });
  await drain();
  process.exit(0);
}

process.on('message', (message: ToProcess, socket: Socket | undefined) => {
  switch (message.do) {
    case 'start':
      start(message.settings).catch((error: Error) => {
        process.stderr.write(`${error.message}\n`);
        process.exit(1);
      });
      break;
    case 'accept':
      // Undefined when the client was gone before the hand-over.
      if (socket) accept(socket);
      break;
    case 'hear':
      hear(message.messages);
      break;
    case 'peers':
      peers = message.urls;
      break;
    case 'end':
      void end();
  }
});
// The server is gone, and with it the port and the database.
process.on('disconnect', () => process.exit(1));
// Ctrl-C reaches every process of the terminal's group; the server decides what follows.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => void end());
