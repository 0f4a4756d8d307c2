import compress from '@fastify/compress';
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import { type BurnTimes, createBurner, type RequestClass } from './burn.ts';
import { asApiError } from './errors.ts';
import { type Metrics, recordRequests } from './metrics.ts';
import type { Database } from './pool.ts';
import type { Quotes } from './quotes.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { positionRoutes } from './routes/positions.ts';
import { priceRoutes } from './routes/prices.ts';
import { streamRoutes } from './routes/stream.ts';
import { tradeRoutes } from './routes/trades.ts';

export type AppOptions = {
  /** Closed together with the app. */
  database: Database;
  quotes: Quotes;
  metrics: Metrics;
  /** Set when the process is about to end: the app still answers, but is no longer ready. */
  lifecycle?: { draining: boolean };
  /** The metrics of all replicas, for requests that did not come to this one's own port. */
  allMetrics?: (request: { localPort: number | undefined }) => Promise<string> | undefined;
  burn?: BurnTimes;
  logger?: FastifyServerOptions['logger'];
};

/** What the routes work with. */
export type Platform = Omit<AppOptions, 'burn' | 'logger' | 'lifecycle'> & {
  lifecycle: { draining: boolean };
  burn: (requestClass: RequestClass) => void;
};

/** Builds the service without listening: tests use `inject`, the replica process listens. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { burn = {}, logger = false, lifecycle = { draining: false }, ...rest } = options;
  const platform: Platform = { ...rest, lifecycle, burn: createBurner(burn) };
  const app = Fastify({
    logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 16 * 1024,
    requestTimeout: 30_000,
    // A misspelt field is refused, where the defaults would drop it without a word; [1] is not taken for 1.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, allowUnionTypes: true } },
  });

  recordRequests(app, platform.metrics);
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (lifecycle.draining) reply.header('connection', 'close');
    done();
  });
  app.addHook('onClose', () => platform.database.close());
  answerErrors(app);

  // Each route asks for it: options given here do not reach those of a route.
  await app.register(compress, { global: false });
  healthRoutes(app, platform);
  metricsRoutes(app, platform);
  priceRoutes(app, platform);
  tradeRoutes(app, platform);
  streamRoutes(app, platform);
  positionRoutes(app, platform);
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
    if (status >= 500) request.log.error({ route: request.routeOptions.url, err: thrown }, 'request failed');
    if (status === 503) reply.header('retry-after', '1');
    reply.code(status);
    if (known) return reply.send({ code: known.code, message: known.message });
    if (status < 500) return reply.send({ code: 'INVALID_REQUEST', message: thrown.message });
    return reply.send({ code: 'INTERNAL', message: 'internal error' });
  });
}
