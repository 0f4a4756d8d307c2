import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { Line, Secured } from '../dial/line.ts';
import type { OcspStaple } from '../dial/ocsp.ts';
import { Meter, type Traffic } from '../dial/traffic.ts';
import type { Outgoing, Peer } from '../exchange.ts';
import { closedEarly, type RequestFailure, timedOut } from '../failure.ts';
import { noChunks } from '../outgoing.ts';
import { type GoAway, goAwayFailure, sessionFailure, streamFailure } from './failure.ts';
import { Http2Answer, requestFields } from './message.ts';

/** Go's windows: what the server may send before it is told that we have read it. */
const STREAM_WINDOW = 4 * 1024 * 1024;
const CONNECTION_WINDOW = 1024 * 1024 * 1024;

/** How one exchange on an HTTP/2 connection went; times are milliseconds on the monotonic clock, 0 if never. */
export type StreamEnd = {
  readonly failure: RequestFailure | undefined;
  /** The server has not looked at the request. */
  readonly refused: boolean;
  readonly answer: Http2Answer;
  readonly sendingAt: number;
  readonly writtenAt: number;
  readonly firstByteAt: number;
  readonly endedAt: number;
};

/** One HTTP/2 connection, which any number of requests share. */
export class Http2Connection implements Peer {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly connectingMs: number;
  readonly tlsMs: number;
  exchanges = 0;
  readonly #session: ClientHttp2Session;
  readonly #meter: Meter;
  readonly #secured: Secured | undefined;
  readonly #streams = new Set<Stream>();
  #goAway: GoAway | undefined;
  #broken: RequestFailure | undefined;

  constructor(line: Line, traffic: Traffic) {
    this.remoteAddress = line.address;
    this.remotePort = line.port;
    this.connectingMs = line.connectingMs;
    this.tlsMs = line.tlsMs;
    this.#secured = line.secured;
    this.#meter = new Meter(line.tcp, traffic);
    this.#session = connect('https://peer', {
      createConnection: () => line.socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
      maxSessionMemory: 1000,
    });
    this.#session.once('connect', (session) => {
      if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW);
    });
    this.#session.on('goaway', (code, lastStream, debug) => {
      this.#goAway = { code, lastStream, debug: debug?.toString('utf8') ?? '' };
    });
    this.#session.on('error', (error) => {
      this.#broken ??= sessionFailure(error);
    });
    this.#session.once('close', () => this.#meter.count());
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

  /** True while another request may be sent. */
  get usable(): boolean {
    return !this.#session.closed && !this.#session.destroyed && this.#goAway === undefined;
  }

  get idle(): boolean {
    return this.#streams.size === 0;
  }

  /** Sends one request; `ended` is called once. */
  exchange(outgoing: Outgoing, ended: (end: StreamEnd) => void): void {
    this.exchanges++;
    const settled = (end: StreamEnd) => {
      this.#streams.delete(stream);
      this.#meter.count();
      ended(end);
    };
    const stream = new Stream(this.#session, outgoing, settled, () => this.#lost());
    this.#streams.add(stream);
  }

  /** Ends the connection; the exchanges under way end with `reason`. */
  destroy(reason?: RequestFailure): void {
    for (const stream of [...this.#streams]) stream.fail(reason ?? closedEarly(true));
    this.#session.destroy();
  }

  /** Why the connection ended, if it has. */
  #lost(): RequestFailure | undefined {
    if (this.#broken !== undefined && this.#broken.code >= 1650) return this.#broken;
    if (this.#goAway !== undefined) return goAwayFailure(this.#goAway);
    return this.#session.destroyed ? (this.#broken ?? closedEarly(false)) : undefined;
  }
}

/** One request on its way over a session. */
class Stream {
  readonly #answer = new Http2Answer();
  readonly #sendingAt = performance.now();
  readonly #stream: ClientHttp2Stream;
  readonly #timer: NodeJS.Timeout;
  #ended: ((end: StreamEnd) => void) | undefined;
  #writtenAt = 0;
  #firstByteAt = 0;

  constructor(
    session: ClientHttp2Session,
    outgoing: Outgoing,
    ended: (end: StreamEnd) => void,
    lost: () => RequestFailure | undefined,
  ) {
    const { body, wanted, deadline } = outgoing;
    const nothing = body === undefined || body.length === 0 || body === noChunks;
    this.#ended = ended;
    const stream = session.request(requestFields(outgoing.head), { endStream: nothing });
    this.#stream = stream;
    if (nothing) this.#writtenAt = performance.now();
    else stream.end(body, () => (this.#writtenAt = performance.now()));
    this.#timer = setTimeout(() => this.fail(timedOut()), Math.max(0, deadline - this.#sendingAt));
    stream.once('response', (headers) => {
      this.#firstByteAt = performance.now();
      this.#answer.takeHead(headers);
    });
    stream.on('data', (piece: Buffer) => {
      if (wanted) this.#answer.pieces.push(piece);
    });
    let complete = false;
    stream.once('end', () => {
      complete = stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted && this.#firstByteAt > 0;
      if (complete) this.#settle(undefined, false);
    });
    stream.on('error', (error: Error & { code?: string }) => {
      const failure = sessionFailure(error);
      if (error.code === 'ERR_HTTP2_STREAM_ERROR') this.#reset();
      else if (failure.code !== 1000) this.#settle(failure, false);
      else setImmediate(() => this.#settle(lost() ?? failure, false));
    });
    stream.once('close', () => {
      // A session that breaks closes its streams before it says why.
      if (!complete) setImmediate(() => this.#settleClosed(lost));
    });
  }

  #settleClosed(lost: () => RequestFailure | undefined): void {
    const failure = lost();
    if (failure !== undefined) this.#settle(failure, false);
    else this.#reset();
  }

  #reset(): void {
    const { rstCode, id } = this.#stream;
    const refused = rstCode === constants.NGHTTP2_REFUSED_STREAM;
    this.#settle(streamFailure(rstCode ?? 0, id ?? 0), refused);
  }

  fail(reason: RequestFailure): void {
    this.#settle(reason, false);
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #settle(failure: RequestFailure | undefined, refused: boolean): void {
    const ended = this.#ended;
    if (ended === undefined) return;
    this.#ended = undefined;
    clearTimeout(this.#timer);
    const endedAt = performance.now();
    ended({
      failure,
      refused,
      answer: this.#answer,
      sendingAt: this.#sendingAt,
      writtenAt: this.#writtenAt === 0 ? endedAt : this.#writtenAt,
      firstByteAt: this.#firstByteAt,
      endedAt,
    });
  }
}
