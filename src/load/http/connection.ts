import type { OnReadOpts, Socket } from 'node:net';
import type { Line, Secured } from './dial/line.ts';
import type { OcspStaple } from './dial/ocsp.ts';
import type { HttpProxy } from './dial/proxy.ts';
import { Meter, type Traffic } from './dial/traffic.ts';
import { classify, closedEarly, type RequestFailure, timedOut } from './failure.ts';
import { ProtocolError } from './lines.ts';
import { ResponseParser } from './parser.ts';
import type { Origin } from './target.ts';

/**
 * One keep-alive connection with at most one request outstanding.
 *
 * A socket given `onread` hands over every read in the buffer below, without a stream's queue or a buffer per
 * read. The buffer is shared by all connections: a read is consumed before the next one can happen.
 */
const sharedBuffer = Buffer.allocUnsafeSlow(64 * 1024);

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

  remoteAddress = '';
  remotePort = 0;
  /** The proxy that requests on this connection go to. */
  proxy: HttpProxy | undefined;
  /** Counts the bytes of a connection whose socket is not the network's. */
  meter: Meter | undefined;

  #traffic: Traffic;
  #secured: Secured | undefined;
  #socket: Socket | undefined;
  #settled: Settled | undefined;
  #open = false;
  #received = 0;
  #sendsBody = false;
  #deadline = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(origin: Origin, traffic: Traffic) {
    this.origin = origin;
    this.#traffic = traffic;
  }

  get open(): boolean {
    return this.#open;
  }

  /** True while another request may be sent. */
  get usable(): boolean {
    return this.#open && this.#settled === undefined;
  }

  get tlsVersion(): string {
    return this.#secured?.version ?? '';
  }

  get tlsCipherSuite(): string {
    return this.#secured?.suite ?? '';
  }

  get ocsp(): OcspStaple | undefined {
    return this.#secured?.ocsp;
  }

  /** What a plain socket is to hand its reads to. */
  reader(): OnReadOpts {
    return {
      buffer: sharedBuffer,
      callback: (length, bytes) => {
        this.#read(bytes as Buffer, length);
        return true;
      },
    };
  }

  /** Takes over `line`; a plain one was dialled with `reader()`. */
  adopt(line: Line): void {
    const { socket, tcp } = line;
    this.connectingMs = line.connectingMs;
    this.tlsMs = line.tlsMs;
    this.remoteAddress = line.address;
    this.remotePort = line.port;
    this.proxy = line.proxy;
    this.#secured = line.secured;
    this.#socket = socket;
    this.#open = true;
    socket.on('error', (error) => this.#fail(classify(error, 'exchange')));
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#ended());
    if (socket === tcp) return;
    this.meter = new Meter(tcp, this.#traffic);
    this.#traffic = { sent: 0, received: 0 };
    socket.on('data', (bytes: Buffer) => this.#read(bytes, bytes.length));
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
    this.#sendsBody = body !== undefined;
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
    // A server that answers before it has read the request would take the rest of it for the next one.
    if (!this.response.keepAlive || (this.#sendsBody && this.#socket?.writableLength !== 0)) this.#close();
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
