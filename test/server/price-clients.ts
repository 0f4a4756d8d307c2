import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach } from 'vitest';
import type { ClientOptions } from 'ws';
import { WebSocket } from 'ws';
import { type Connections, followConnections } from '../../server/http/connections.ts';
import type { Clock } from '../../server/stream/clock.ts';
import { type PriceStream, type StreamLimits, streamPrices } from '../../server/stream/price-stream.ts';
import type { Quotes } from '../../server/trading/quotes.ts';
import { series, testApp } from './app.ts';

/** A clock that stands until it is told to advance, with its timers. */
export type TestClock = Clock & { advance(milliseconds: number): void; timers(): number };

export function testClock(): TestClock {
  let now = 0;
  const timers = new Set<{ due: number; milliseconds: number; work: () => void }>();
  return {
    now: () => now,
    every(milliseconds, work) {
      const timer = { due: now + milliseconds, milliseconds, work };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const [next] = [...timers].sort((a, b) => a.due - b.due);
        if (!next || next.due > end) break;
        now = next.due;
        next.due += next.milliseconds;
        next.work();
      }
      now = end;
    },
    timers: () => timers.size,
  };
}

/** Quotes that change when the test says so. */
export type SetQuotes = Quotes & { set(symbol: string, bid: string): void; reads(): number };

function setQuotes(symbols: readonly string[]): SetQuotes {
  const bids = new Map(symbols.map((symbol) => [symbol, '1.00000']));
  let reads = 0;
  const quote = (symbol: string) => {
    const bid = bids.get(symbol);
    if (bid === undefined) return undefined;
    return { symbol, bid, ask: '2.00000', spread: '0.00010', usdPerBase: '1', usdPerQuote: '1', at: 0 };
  };
  return {
    quote,
    all() {
      reads++;
      return symbols.flatMap((symbol) => quote(symbol) ?? []);
    },
    set: (symbol, bid) => bids.set(symbol, bid),
    reads: () => reads,
  };
}

/** What the stream sends for a quote of `setQuotes`. */
export function told(symbol: string, bid = '1.00000'): object {
  return { symbol, bid, ask: '2.00000', spread: '0.00010', time: '1970-01-01T00:00:00.000Z' };
}

export type Client = {
  webSocket: WebSocket;
  /** Everything received, parsed. */
  messages: Record<string, unknown>[];
  closed: Promise<{ code: number; reason: string }>;
  say(message: unknown): void;
  /** The messages so far, once everything said before has been heard on both sides. */
  settled(): Promise<Record<string, unknown>[]>;
};

export type Service = {
  app: FastifyInstance;
  url: string;
  port: number;
  clock: TestClock;
  stream: PriceStream;
  connections: Connections;
  connect(address?: string, options?: ClientOptions): Promise<Client>;
  metric(name: string): Promise<number>;
  close(): Promise<void>;
};

/** The service at a port, without a database, with the stream of these quotes and a clock of the test's own. */
async function startService(quotes: Quotes, limits: Partial<StreamLimits> = {}): Promise<Service> {
  const { app, registry } = await testApp('postgres://127.0.0.1:1/none', { quotes });
  const clock = testClock();
  const connections = followConnections(app.server);
  const stream = streamPrices(app.server, { quotes, registry, clock, limits });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const clients: WebSocket[] = [];
  return {
    ...{ app, clock, stream, connections, port, url: `http://127.0.0.1:${port}` },
    async connect(address = '/ws/prices', options = {}) {
      const client = await connectClient(`ws://127.0.0.1:${port}${address}`, options);
      clients.push(client.webSocket);
      return client;
    },
    async metric(name) {
      return series(await registry.getSingleMetricAsString(name.replace(/{.*/, '')), name);
    },
    async close() {
      for (const client of clients) client.terminate();
      await app.close();
    },
  };
}

export async function connectClient(url: string, options: ClientOptions = {}): Promise<Client> {
  const webSocket = new WebSocket(url, options);
  const messages: Record<string, unknown>[] = [];
  webSocket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString())));
  webSocket.on('error', () => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    webSocket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await once(webSocket, 'open');
  return {
    ...{ webSocket, messages, closed },
    say: (message) => webSocket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async settled() {
      webSocket.ping();
      await once(webSocket, 'pong');
      return messages;
    },
  };
}

export type SetService = Service & { quotes: SetQuotes };

/** Starts services with quotes of the test's own, which are closed after each test. */
export function useServices() {
  const services: Service[] = [];
  afterEach(async () => {
    for (const service of services.splice(0)) await service.close();
  });
  return async (
    symbols: readonly string[] = ['EURUSD', 'GBPUSD', 'USDJPY'],
    limits: Partial<StreamLimits> = {},
  ): Promise<SetService> => {
    const quotes = setQuotes(symbols);
    const service = await startService(quotes, limits);
    services.push(service);
    return { ...service, quotes };
  };
}

/** The HTTP answer to who wanted a WebSocket and gets none. */
export function refusedClient(url: string): Promise<{ status: number; retryAfter: unknown; body: string }> {
  const webSocket = new WebSocket(url);
  webSocket.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    webSocket.on('open', () => reject(new Error('not refused')));
    webSocket.on('unexpected-response', async (_request, response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body });
    });
  });
}
