import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { closeCodes } from './protocol.ts';
import type { Reason, StreamMetrics } from './stream-metrics.ts';

export type ClientLimits = {
  /** Bytes waiting for the network above which a client counts as slow. */
  bufferedBytes: number;
  /** How long it may stay so. */
  slowMs: number;
  /** Bad messages after which it has to go. */
  badMessages: number;
  /** Messages and pings between two heartbeats. */
  messagesPerBeat: number;
};

/**
 * One connection. A client that reads slower than prices change must not make the server buffer without end, nor see
 * prices that are long gone: while more than `bufferedBytes` wait, later updates are kept aside, one for each symbol,
 * the newest in place of the one before, and sent when there is room again.
 */
export class PriceClient {
  readonly subscriptions = new Set<string>();
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #limits: ClientLimits;
  readonly #metrics: StreamMetrics;
  readonly #pending = new Map<string, Buffer>();
  /** The client's last ping, while there is no room to answer it. */
  #unanswered: Buffer | undefined;
  /** Since when it has been slow, in milliseconds of the clock. */
  #fullSince: number | undefined;
  #answeredPing = true;
  #messages = 0;
  #badMessages = 0;

  constructor(webSocket: WebSocket, socket: Duplex, limits: ClientLimits, metrics: StreamMetrics) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#limits = limits;
    this.#metrics = metrics;
    webSocket.on('pong', () => {
      this.#answeredPing = true;
    });
    // Not answered automatically: the answers to a flood of pings that is not read would fill the memory.
    webSocket.on('ping', (data) => {
      if (!this.countMessage()) return;
      if (this.#isFull()) this.#unanswered = data;
      else webSocket.pong(data);
    });
  }

  /** What is sent in `work` goes to the network in one call. */
  together(work: () => void): void {
    this.#socket.cork();
    work();
    this.#socket.uncork();
  }

  update(symbol: string, message: Buffer): void {
    if (this.#pending.delete(symbol)) this.#metrics.dropped.inc();
    if (this.#isFull()) this.#pending.set(symbol, message);
    else this.send(message);
  }

  send(message: Buffer): void {
    if (!this.#isOpen()) return;
    this.#webSocket.send(message, { binary: false });
    this.#metrics.sent.inc();
  }

  forget(symbol: string): void {
    this.subscriptions.delete(symbol);
    this.#pending.delete(symbol);
  }

  /** Sends what was kept aside if there is room again. Ends a client for which there was none for too long. */
  relieve(now: number): void {
    if (!this.#isOpen()) return;
    if (this.#isFull()) {
      this.#fullSince ??= now;
      if (now - this.#fullSince >= this.#limits.slowMs) this.#terminate('slow');
      return;
    }
    this.#fullSince = undefined;
    for (const message of this.#pending.values()) this.send(message);
    this.#pending.clear();
    if (this.#unanswered) this.#webSocket.pong(this.#unanswered);
    this.#unanswered = undefined;
  }

  /** Asks for a sign of life, and ends a client that has not answered the last time. */
  beat(): void {
    this.#messages = 0;
    // The ping would wait behind the prices: how long such a client may live is for `relieve` to say.
    if (this.#isFull() || !this.#isOpen()) return;
    if (this.#answeredPing) this.#webSocket.ping();
    else this.#terminate('silent');
    this.#answeredPing = false;
  }

  /** False when the client sends too many, and is no longer listened to. */
  countMessage(): boolean {
    if (!this.#isOpen()) return false;
    if (++this.#messages <= this.#limits.messagesPerBeat) return true;
    this.close(closeCodes.policy, 'too many messages', 'flood');
    return false;
  }

  countBadMessage(): void {
    if (++this.#badMessages < this.#limits.badMessages) return;
    this.close(closeCodes.policy, 'too many bad messages', 'bad_messages');
  }

  /** Says goodbye; the connection ends when the client has answered, or after ws's own thirty seconds. */
  close(code: number, text: string, reason?: Reason): void {
    if (reason) this.#metrics.terminated.inc({ reason });
    this.subscriptions.clear();
    this.#pending.clear();
    this.#webSocket.close(code, text);
  }

  #isOpen(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN;
  }

  #isFull(): boolean {
    return this.#webSocket.bufferedAmount > this.#limits.bufferedBytes;
  }

  #terminate(reason: Reason): void {
    this.#metrics.terminated.inc({ reason });
    this.#webSocket.terminate();
  }
}
