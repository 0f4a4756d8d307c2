import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { classify, closedEarly, type RequestFailure, timedOut } from './failure.ts';
import { ProtocolError, ResponseParser } from './parser.ts';
import type { Origin } from './target.ts';

/**
 * One keep-alive connection with at most one request outstanding.
 *
 * A socket given `onread` hands over every read in the buffer below, without a stream's queue or a buffer per
 * read. The buffer is shared by all connections: a read is consumed before the next one can happen.
 */
const sharedBuffer = Buffer.allocUnsafeSlow(64 * 1024);

const DIAL_TIMEOUT_MS = 30_000;

export type ConnectionSettings = {
  insecureSkipTLSVerify: boolean;
};

/** Bytes of all sockets of one VU. */
export type Traffic = { sent: number; received: number };

type Settled = (failure: RequestFailure | undefined) => void;

export class Connection {
  readonly origin: Origin;
  readonly response = new ResponseParser();
  /** Milliseconds on the monotonic clock, of the exchange that ended last. */
  writtenAt = 0;
  firstByteAt = 0;
  endedAt = 0;
  /** Milliseconds that setting the connection up took. */
  connectingMs = 0;
  tlsMs = 0;
  exchanges = 0;

  readonly #traffic: Traffic;
  #socket: Socket | undefined;
  #settled: Settled | undefined;
  #open = false;
  #received = 0;
  #phase: 'dial' | 'tls' | 'exchange' = 'dial';
  #deadline = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(origin: Origin, traffic: Traffic) {
    this.origin = origin;
    this.#traffic = traffic;
  }

  /** True while another request may be sent. */
  get usable(): boolean {
    return this.#open && this.#settled === undefined;
  }

  get remoteAddress(): string {
    return this.#socket?.remoteAddress ?? '';
  }

  get remotePort(): number {
    return this.#socket?.remotePort ?? 0;
  }

  get tlsVersion(): string {
    const protocol = this.origin.secure
      ? (this.#socket as TLSSocket | undefined)?.getProtocol?.()
      : undefined;
    return protocol ? protocol.replace('TLSv', 'tls').replace(/^tls1$/, 'tls1.0') : '';
  }

  /** Connects; `settled` is called once, with the failure if there was one. `deadline` is on the monotonic clock. */
  open(settings: ConnectionSettings, deadline: number, settled: Settled): void {
    const started = performance.now();
    this.#settled = settled;
    this.#arm(Math.min(deadline, started + DIAL_TIMEOUT_MS));
    const { host, port, secure } = this.origin;
    const onread = {
      buffer: sharedBuffer,
      callback: (length: number, bytes: Uint8Array) => {
        this.#read(bytes as Buffer, length);
        return true;
      },
    };
    const socket = connectTcp({ host, port, noDelay: true, ...(secure ? {} : { onread }) });
    this.#attach(socket);
    socket.once('connect', () => {
      this.connectingMs = performance.now() - started;
      if (secure) this.#startTls(socket, settings);
      else this.#opened();
    });
  }

  #startTls(tcp: Socket, settings: ConnectionSettings): void {
    const started = performance.now();
    this.#phase = 'tls';
    const socket = connectTls({
      socket: tcp,
      rejectUnauthorized: !settings.insecureSkipTLSVerify,
      ALPNProtocols: ['http/1.1'],
      ...(/^[\d.]+$|:/.test(this.origin.host) ? {} : { servername: this.origin.host }),
    });
    this.#attach(socket);
    socket.on('data', (bytes: Buffer) => this.#read(bytes, bytes.length));
    socket.once('secureConnect', () => {
      this.tlsMs = performance.now() - started;
      this.#opened();
    });
  }

  #attach(socket: Socket): void {
    this.#socket = socket;
    socket.on('error', (error) => this.#fail(classify(error, this.#phase)));
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#ended());
  }

  #opened(): void {
    this.#phase = 'exchange';
    this.#open = true;
    this.#settle(undefined);
  }

  /** Sends one request; `settled` is called once, when the response is complete or failed. */
  exchange(
    head: string,
    body: Buffer | undefined,
    bodiless: boolean,
    wanted: boolean,
    deadline: number,
    settled: Settled,
  ): void {
    const socket = this.#socket as Socket;
    this.#settled = settled;
    this.#received = 0;
    this.exchanges++;
    this.firstByteAt = 0;
    this.response.expect(bodiless, wanted);
    this.#arm(deadline);
    this.#traffic.sent += head.length;
    if (body === undefined) socket.write(head, 'latin1');
    else {
      // One segment for both: two small writes would wait for each other's acknowledgement at some servers.
      const size = Buffer.byteLength(head, 'latin1');
      const message = Buffer.allocUnsafe(size + body.length);
      message.write(head, 0, 'latin1');
      body.copy(message, size);
      this.#traffic.sent += body.length;
      socket.write(message);
    }
    this.writtenAt = performance.now();
  }

  /** Ends the connection; an exchange under way settles with `reason`. */
  destroy(reason?: RequestFailure): void {
    if (reason !== undefined) this.#fail(reason);
    this.#close();
  }

  #read(bytes: Buffer, length: number): void {
    this.#traffic.received += length;
    if (this.#settled === undefined) {
      // Nothing was asked for: the server speaks out of turn.
      this.#close();
      return;
    }
    const now = performance.now();
    if (this.#received === 0) this.firstByteAt = now;
    this.#received += length;
    let complete: boolean;
    try {
      complete = this.response.read(bytes, length);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail(classify(error, 'exchange'));
      return;
    }
    if (!complete) return;
    this.endedAt = now;
    if (!this.response.keepAlive) this.#close();
    this.#settle(undefined);
  }

  #ended(): void {
    const wasOpen = this.#open;
    this.#close();
    if (this.#settled === undefined) return;
    if (wasOpen && this.response.end()) {
      this.endedAt = performance.now();
      this.#settle(undefined);
    } else this.#fail(closedEarly(this.#received === 0));
  }

  #fail(failure: RequestFailure): void {
    this.#close();
    this.endedAt = performance.now();
    this.#settle(failure);
  }

  #settle(failure: RequestFailure | undefined): void {
    const settled = this.#settled;
    this.#settled = undefined;
    settled?.(failure);
  }

  #close(): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#socket?.destroy();
  }

  /** One timer a connection, moved on only when it fires: most requests end long before their deadline. */
  #arm(deadline: number): void {
    const sooner = deadline < this.#deadline;
    this.#deadline = deadline;
    if (this.#timer !== undefined && !sooner) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#expire(), Math.max(0, deadline - performance.now()));
  }

  #expire(): void {
    this.#timer = undefined;
    if (this.#settled === undefined) return;
    if (performance.now() >= this.#deadline - 0.5) this.#fail(timedOut());
    else this.#arm(this.#deadline);
  }
}
