import { Counter, Gauge, type Registry } from 'prom-client';

/** Why the server ended a connection. */
export type Reason = 'slow' | 'silent' | 'bad_messages' | 'flood' | 'binary' | 'too_large' | 'protocol';

export type StreamMetrics = {
  sent: Counter;
  dropped: Counter;
  terminated: Counter<'reason'>;
  refused: Counter<'reason'>;
};

/** @param count of what is open now */
export function streamMetrics(
  registry: Registry,
  count: { connections(): number; subscriptions(): number },
): StreamMetrics {
  const registers = [registry];
  new Gauge({
    name: 'websocket_active_connections',
    help: 'Open WebSocket connections',
    registers,
    collect() {
      this.set(count.connections());
    },
  });
  new Gauge({
    name: 'websocket_subscriptions',
    help: 'Symbols that WebSocket clients are subscribed to, added up over the clients',
    registers,
    collect() {
      this.set(count.subscriptions());
    },
  });
  return {
    sent: new Counter({
      name: 'websocket_messages_sent_total',
      help: 'Messages written to WebSocket clients',
      registers,
    }),
    dropped: new Counter({
      name: 'websocket_dropped_updates_total',
      help: 'Price updates that a slow client was spared because a later one of the symbol took their place',
      registers,
    }),
    terminated: new Counter({
      name: 'websocket_terminated_total',
      help: 'WebSocket connections that the server ended because of what the client did',
      labelNames: ['reason'],
      registers,
    }),
    refused: new Counter({
      name: 'websocket_refused_total',
      help: 'WebSocket connections refused: too many clients, or about to end',
      labelNames: ['reason'],
      registers,
    }),
  };
}
