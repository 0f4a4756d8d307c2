import compress from '@fastify/compress';
import Fastify, {
  type FastifyInstance,
  type FastifyServerOptions,
  LogController,
  type onRequestHookHandler,
} from 'fastify';
import { type Cache, openCache } from '../cache/cache.ts';
import { type Changes, openChanges } from '../cache/changes.ts';
import { type DatabaseView, viewOf } from '../database/database-view.ts';
import type { Database } from '../database/pool.ts';
import { type Reads, readFrom } from '../database/reads.ts';
import { type Metrics, recordRequests } from '../metrics.ts';
import type { Calendar } from '../trading/news.ts';
import type { Quotes } from '../trading/quotes.ts';
import type { Destination } from '../trading/trades.ts';
import { type ApiKeys, openApiKeys } from './api-keys.ts';
import { type BurnTimes, createBurner, type RequestClass } from './burn.ts';
import { asApiError } from './errors.ts';
import { refuseOddRequests, serverLimits, type Timeouts } from './limits.ts';
import { openRateLimits } from './rate-limit.ts';
import { analyticsRoutes } from './routes/analytics.ts';
import { calendarRoutes } from './routes/calendar.ts';
import { healthRoutes } from './routes/health.ts';
import { keyRoutes } from './routes/keys.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { notificationRoutes } from './routes/notifications.ts';
import { positionRoutes } from './routes/positions.ts';
import { priceRoutes } from './routes/prices.ts';
import { statisticsRoutes } from './routes/statistics.ts';
import { streamRoutes } from './routes/stream.ts';
import { tradeRoutes } from './routes/trades.ts';
import { createAuthenticate } from './users.ts';

export type AppOptions = {
  /** Where writes go. Closed together with the app. */
  database: Database;
  /** Where a user's data is read; from the database unless given. */
  reads?: Reads;
  databaseView?: () => Promise<DatabaseView>;
  /** Where this process is. */
  region?: string | null;
  quotes: Quotes;
  /** The news that the quotes follow; the daily ones unless given. */
  calendar?: Calendar;
  metrics: Metrics;
  /** Closed together with the app; without it changes stay within this process. */
  changes?: Changes;
  /** Closed together with the app; without it this process has a cache of its own. */
  cache?: Cache;
  /** Where the outbox carries trades to. */
  destinations?: readonly Destination[];
  /** Set when the process is about to end: the app still answers, but is no longer ready. */
  lifecycle?: { draining: boolean };
  /** The metrics of all replicas, for requests that did not come to this one's own port. */
  allMetrics?: (request: { localPort: number | undefined }) => Promise<string> | undefined;
  /** Whether a request came to the port of all replicas; some answers are for the other replicas alone. */
  isPublic?: (request: { localPort: number | undefined }) => boolean;
  /** Signs the users' tokens. */
  tokenSecret: string;
  /** Requests per second of one user. */
  rateLimit: number;
  /** Of slow and idle connections; for tests. */
  timeouts?: Partial<Timeouts>;
  burn?: BurnTimes;
  logger?: FastifyServerOptions['logger'];
};

/** What the routes work with. */
export type Platform = Omit<
  AppOptions,
  'burn' | 'logger' | 'lifecycle' | 'destinations' | 'tokenSecret' | 'rateLimit' | 'timeouts'
> & {
  lifecycle: { draining: boolean };
  destinations: readonly Destination[];
  changes: Changes;
  cache: Cache;
  reads: Reads;
  databaseView: () => Promise<DatabaseView>;
  burn: (requestClass: RequestClass) => void;
  /** The `onRequest` hooks of a route of a user's own data. */
  signedIn: onRequestHookHandler[];
  keys: ApiKeys;
};

/** Builds the service without listening: tests use `inject`, the replica process listens. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { burn = {}, logger = false, lifecycle = { draining: false }, destinations = [] } = options;
  const { tokenSecret, rateLimit, timeouts, changes = openChanges({}), ...rest } = options;
  const cache = rest.cache ?? openCache({ changes, registry: rest.metrics.registry });
  const app = Fastify({
    logger,
    logController: new LogController({ disableRequestLogging: true }),
    ...serverLimits(timeouts),
    // A misspelt field is refused, where the defaults would drop it without a word; [1] is not taken for 1.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, allowUnionTypes: true } },
  });

  recordRequests(app, rest.metrics);
  refuseOddRequests(app);
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('x-content-type-options', 'nosniff');
    if (lifecycle.draining) reply.header('connection', 'close');
    done();
  });
  app.addHook('onClose', () => Promise.all([cache.close(), changes.close()]));
  app.addHook('onClose', () => rest.database.close());
  answerErrors(app);

  // Each route asks for it: options given here do not reach those of a route.
  await app.register(compress, { global: false });
  const { limit, guesses } = await openRateLimits(app, rateLimit, rest.metrics.registry);
  const keys = openApiKeys(rest.database, changes, guesses);
  const signedIn = [createAuthenticate(tokenSecret, keys), limit];
  const platform: Platform = {
    ...{ ...rest, lifecycle, destinations, changes, cache, signedIn, keys },
    reads: rest.reads ?? readFrom(rest.database),
    databaseView: rest.databaseView ?? (() => viewOf(rest.database)),
    burn: createBurner(burn),
  };
  healthRoutes(app, platform);
  metricsRoutes(app, platform);
  priceRoutes(app, platform);
  calendarRoutes(app, platform);
  tradeRoutes(app, platform);
  streamRoutes(app, platform);
  statisticsRoutes(app, platform);
  positionRoutes(app, platform);
  notificationRoutes(app, platform);
  keyRoutes(app, platform);
  analyticsRoutes(app, platform);
  return app;
}

function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    reply
      .code(404)
      .send({ code: 'NOT_FOUND', message: `there is no ${request.method} ${request.url.split('?')[0]}` });
  });
  app.setErrorHandler((thrown: Error & { statusCode?: number; validation?: unknown }, request, reply) => {
    const known = asApiError(thrown);
    const status = known?.statusCode ?? thrown.statusCode ?? 500;
    const route = request.routeOptions.url;
    if (status === 503) {
      reply.header('retry-after', '1');
      request.log.warn({ route, reason: thrown.message }, 'a dependency is away');
    } else if (status >= 500) {
      request.log.error({ route, err: thrown }, 'request failed');
    }
    reply.code(status);
    if (known) return reply.send({ code: known.code, message: known.message });
    const code = { 413: 'BODY_TOO_LARGE', 415: 'UNSUPPORTED_MEDIA_TYPE' }[status] ?? 'INVALID_REQUEST';
    if (status < 500) return reply.send({ code, message: thrown.message });
    return reply.send({ code: 'INTERNAL', message: 'internal error' });
  });
}
