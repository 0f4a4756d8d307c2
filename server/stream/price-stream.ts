import type { Server } from 'node:http';
import type { Registry } from 'prom-client';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Quotes, stepMs } from '../trading/quotes.ts';
import { type ClientLimits, PriceClient } from './client.ts';
import { type Clock, realClock } from './clock.ts';
import { closeCodes, commandOfAddress, parseCommand, quoteMessage } from './protocol.ts';
import { type Reason, streamMetrics } from './stream-metrics.ts';
import { refuse, routeUpgrades, type Upgrade } from './upgrades.ts';

export type StreamLimits = ClientLimits & {
  /** Clients of this process. */
  clients: number;
  /** Bytes of a client's message. */
  messageBytes: number;
  /** Between two pings. */
  beatMs: number;
};

const defaults: StreamLimits = {
  clients: 10_000,
  messageBytes: 4096,
  beatMs: 15_000,
  bufferedBytes: 64 * 1024,
  slowMs: 30_000,
  badMessages: 5,
  messagesPerBeat: 100,
};

export type PriceStreamOptions = {
  quotes: Quotes;
  registry: Registry;
  clock?: Clock;
  limits?: Partial<StreamLimits>;
};

export type PriceStream = {
  /** Says goodbye to all clients (1001) and takes no more. Who does not answer is for the server to cut off. */
  close(): void;
};

/**
 * Streams prices to the WebSocket clients of a server, at /ws/prices; protocol.ts tells what is said. Prices are
 * public, so anybody may connect, from any web page. One timer for all clients, which runs while there are any: a
 * quote that changed is made a message once and written to everyone who wants it. A client holds each symbol at most
 * once, so the symbols bound its subscriptions.
 */
export function streamPrices(server: Server, options: PriceStreamOptions): PriceStream {
  const { quotes, registry, clock = realClock } = options;
  const limits: StreamLimits = { ...defaults, ...options.limits };
  const clients = new Set<PriceClient>();
  /** What each symbol was last sent as. */
  const lastSent = new Map<string, string>();
  let stopTimers: (() => void) | undefined;
  let closing = false;

  const metrics = streamMetrics(registry, {
    connections: () => clients.size,
    subscriptions: () => [...clients].reduce((sum, client) => sum + client.subscriptions.size, 0),
  });
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    autoPong: false,
    maxPayload: limits.messageBytes,
    // Each client would need its own compressor, some 300 KB of memory, and each message be compressed again for each
    // of them, to make a hundred bytes a little fewer.
    perMessageDeflate: false,
  });

  /** The messages of the symbols whose price is another than at the last step. */
  function changedQuotes(): Map<string, Buffer> {
    const messages = new Map<string, Buffer>();
    for (const quote of quotes.all()) {
      const price = `${quote.bid} ${quote.ask}`;
      if (lastSent.get(quote.symbol) === price) continue;
      lastSent.set(quote.symbol, price);
      messages.set(quote.symbol, quoteMessage(quote));
    }
    return messages;
  }

  function step(): void {
    const changed = changedQuotes();
    const now = clock.now();
    for (const client of clients) {
      client.together(() => {
        client.relieve(now);
        for (const [symbol, message] of changed) {
          if (client.subscriptions.has(symbol)) client.update(symbol, message);
        }
      });
    }
  }

  function beat(): void {
    for (const client of clients) client.beat();
  }

  function enter(client: PriceClient): void {
    clients.add(client);
    if (stopTimers) return;
    // What is a change is counted from here on.
    changedQuotes();
    const stops = [clock.every(stepMs, step), clock.every(limits.beatMs, beat)];
    stopTimers = () => {
      for (const stop of stops) stop();
    };
  }

  function leave(client: PriceClient): void {
    clients.delete(client);
    if (clients.size > 0) return;
    stopTimers?.();
    stopTimers = undefined;
  }

  function obey(client: PriceClient, text: string): void {
    const known = quotes.all().map(({ symbol }) => symbol);
    const command = parseCommand(text, known);
    if ('error' in command) {
      client.send(Buffer.from(JSON.stringify(command)));
      client.countBadMessage();
      return;
    }
    for (const symbol of command.unsubscribe) client.forget(symbol);
    for (const symbol of new Set(command.subscribe)) {
      const quote = quotes.quote(symbol);
      if (!quote) continue;
      client.subscriptions.add(symbol);
      client.update(symbol, quoteMessage(quote));
    }
  }

  function welcome(webSocket: WebSocket, { socket, url }: Upgrade): void {
    const client = new PriceClient(webSocket, socket, limits, metrics);
    webSocket.on('close', () => leave(client));
    webSocket.on('error', (error: Error & { code?: string }) =>
      metrics.terminated.inc({ reason: blame(error) }),
    );
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (!client.countMessage()) return;
      if (isBinary) client.close(closeCodes.notText, 'messages are text', 'binary');
      else client.together(() => obey(client, data.toString()));
    });
    enter(client);
    const command = commandOfAddress(url);
    if (command !== undefined) client.together(() => obey(client, command));
  }

  routeUpgrades(server, '/ws/prices', (upgrade) => {
    const { request, socket, head } = upgrade;
    const reason = closing ? 'closing' : clients.size >= limits.clients ? 'capacity' : undefined;
    if (reason) {
      metrics.refused.inc({ reason });
      const message = closing ? 'the service is about to end' : `at most ${limits.clients} clients at a time`;
      return refuse(socket, '503 Service Unavailable', { code: 'TOO_MANY_STREAMS', message }, [
        'retry-after: 1',
      ]);
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => welcome(webSocket, upgrade));
  });

  return {
    close() {
      closing = true;
      for (const client of clients) client.close(closeCodes.goingAway, 'the service is about to end');
    },
  };
}

/** What the client did that made ws close the connection, with 1009 or with another code of the protocol. */
function blame({ code }: { code?: string }): Reason {
  return code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'too_large' : 'protocol';
}
