import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';
import { MetricsRegistry } from './metrics-registry.ts';

/** Seconds. A request here takes about a millisecond: buckets from 100 ms on would put them all into one. */
export const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type Metrics = {
  registry: Registry;
  requests: Counter<'method' | 'route' | 'status'>;
  duration: Histogram<'method' | 'route'>;
  inFlight: Gauge;
  tradeProcessing: Histogram;
};

/** A registry of its own for each app, so that two apps in one process do not share counters. */
export function createMetrics(): Metrics {
  const registry = new MetricsRegistry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    requests: new Counter({
      name: 'http_requests_total',
      help: 'HTTP requests answered; status 499 when the client left first',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    duration: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the request line to the end of the response',
      labelNames: ['method', 'route'],
      buckets,
      registers,
    }),
    inFlight: new Gauge({
      name: 'http_requests_in_flight',
      help: 'HTTP requests received and not yet answered',
      registers,
    }),
    tradeProcessing: new Histogram({
      name: 'trade_processing_duration_seconds',
      help: 'Time to price, check and commit an accepted trade',
      buckets,
      registers,
    }),
  };
}

/** Counts and times every request under its route pattern; paths that match none share one label. */
export function recordRequests(app: FastifyInstance, metrics: Metrics): void {
  const seriesOf = requestSeries(metrics);
  app.addHook('onRequest', (request, reply, done) => {
    const start = performance.now();
    const series = seriesOf(request.method, request.routeOptions.url ?? 'unmatched');
    metrics.inFlight.inc();
    // `close` comes once in every case: after the last byte, and when the client leaves before it.
    reply.raw.once('close', () => {
      metrics.inFlight.dec();
      series.count(reply.raw.writableEnded ? reply.raw.statusCode : 499);
      series.observe((performance.now() - start) / 1000);
    });
    done();
  });
}

type RequestSeries = { count(status: number): void; observe(seconds: number): void };

/** Looks a request's series up once and not at each request, which would cost as much as a cached quote does. */
function requestSeries({ requests, duration }: Metrics): (method: string, route: string) => RequestSeries {
  const known = new Map<string, RequestSeries>();
  return (method, route) => {
    const key = `${method} ${route}`;
    const series = known.get(key) ?? create(method, route);
    known.set(key, series);
    return series;
  };

  function create(method: string, route: string): RequestSeries {
    const counts = new Map<number, { inc(): void }>();
    const times = duration.labels(method, route);
    return {
      count(status) {
        const series = counts.get(status) ?? requests.labels(method, route, String(status));
        counts.set(status, series);
        series.inc();
      },
      observe: (seconds) => times.observe(seconds),
    };
  }
}
