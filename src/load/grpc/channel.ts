import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { FxscaleError } from '../../errors.ts';
import { GoError } from '../go-error.ts';
import { Dial } from '../http/dial/dial.ts';
import type { Line } from '../http/dial/line.ts';
import { RequestFailure } from '../http/failure.ts';
import { Interrupted, type VU } from '../vu.ts';
import { Call, type CallSettings } from './call.ts';
import type { ConnectParams, TlsParams } from './params.ts';

const deadline = 'context deadline exceeded';

/** A connection to a gRPC server: HTTP/2 on a line that k6's network options have a say in. */
export class Channel {
  readonly address: string;
  readonly #vu: VU;
  readonly #line: Line;
  readonly #session: ClientHttp2Session;
  readonly #authority: string;
  readonly #params: ConnectParams;
  readonly #calls = new Set<Call>();
  #counted = { sent: 0, received: 0 };
  #closed = false;

  private constructor(
    vu: VU,
    address: string,
    params: ConnectParams,
    line: Line,
    session: ClientHttp2Session,
  ) {
    this.address = address;
    this.#vu = vu;
    this.#params = params;
    this.#line = line;
    this.#session = session;
    this.#authority = params.authority ?? address;
    session.on('error', () => undefined);
    session.on('close', () => {
      this.#closed = true;
    });
  }

  /** Connects to `address`. Rejects with GoError in k6's words, or with what stops the run. */
  static async open(vu: VU, address: string, params: ConnectParams, signal: AbortSignal): Promise<Channel> {
    const until = performance.now() + params.timeoutMs;
    const line = await dial(vu, address, params, until, signal);
    const socket =
      params.tls === undefined || params.plaintext ? line.socket : await secure(line, params.tls, address);
    const session = connect(`http${params.plaintext ? '' : 's'}://${address}`, {
      createConnection: () => socket,
    });
    await ready(session, until, signal);
    return new Channel(vu, address, params, line, session);
  }

  get usable(): boolean {
    return !this.#closed && !this.#session.closed && !this.#session.destroyed;
  }

  /** Starts a call of the method at `path`. */
  call(path: string, settings: CallSettings): Call {
    const call = new Call(settings, this.#params);
    this.#calls.add(call);
    call.start(() => this.#request(path, settings));
    void call.ended.then(() => {
      this.#calls.delete(call);
      this.countTraffic();
    });
    return call;
  }

  #request(path: string, { metadata, timeoutMs }: CallSettings): ClientHttp2Stream {
    return this.#session.request({
      ':method': 'POST',
      ':scheme': this.#params.plaintext ? 'http' : 'https',
      ':authority': this.#authority,
      ':path': path,
      'content-type': 'application/grpc',
      'user-agent': this.#vu.session.options.userAgent,
      te: 'trailers',
      ...Call.timeoutHeaders(timeoutMs),
      ...metadata,
    });
  }

  /** Adds what the line has carried since it was last asked to the VU's traffic. */
  countTraffic(): void {
    const { bytesWritten: sent, bytesRead: received } = this.#line.tcp;
    this.#vu.client.traffic.sent += sent - this.#counted.sent;
    this.#vu.client.traffic.received += received - this.#counted.received;
    this.#counted = { sent, received };
  }

  /** Ends the connection, and every call on it with `reason`. */
  close(reason: string): void {
    for (const call of [...this.#calls]) call.cancel(reason);
    this.countTraffic();
    this.#closed = true;
    this.#session.destroy();
    this.#line.socket.destroy();
  }
}

function dial(
  vu: VU,
  address: string,
  params: ConnectParams,
  until: number,
  signal: AbortSignal,
): Promise<Line> {
  const { dialler } = vu.session;
  const [, host = '', port] = /^(?:\w+:\/\/\/?)?(.*?)(?::(\d+))?$/.exec(address) ?? [];
  if (port === undefined) return Promise.reject(dialError(`address ${address}: missing port in address`));
  const bare = host.replace(/^\[|\]$/g, '');
  const secured = !params.plaintext && params.tls === undefined;
  const origin = { secure: secured, host: bare, port: Number(port), authority: address };
  return new Promise((resolve, reject) => {
    const request = {
      origin,
      localAddress: dialler.localAddress(vu.id),
      deadline: until,
      onread: undefined,
      protocols: ['h2'],
      tunnelled: true,
    };
    const attempt = new Dial(dialler, request, (failure, line) => {
      if (line !== undefined) resolve(line);
      else reject(signal.aborted ? new Interrupted() : connectError(failure as RequestFailure));
    });
    signal.addEventListener('abort', () => attempt.destroy(new RequestFailure('interrupted', 1000)));
  });
}

function dialError(why: string): GoError {
  return new GoError(`connection error: desc = "transport: error while dialing: ${why}"`);
}

function connectError(failure: RequestFailure): Error {
  if (failure.cause instanceof FxscaleError) return failure.cause;
  if (failure.code === 1050) return new GoError(deadline);
  if ((failure.code >= 1300 && failure.code < 1400) || /^(?:tls|x509):/.test(failure.detail)) {
    return handshakeError(failure.detail);
  }
  return dialError(failure.detail);
}

/** k6 goes on trying until the timeout. */
function handshakeError(why: string): GoError {
  return new GoError(
    `${deadline}: connection error: desc = "transport: authentication handshake failed: ${why}"`,
  );
}

function secure(line: Line, tls: TlsParams, address: string): Promise<Socket> {
  const host = address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const isName = !/^[\d.]+$|:/.test(host);
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      socket: line.socket,
      ALPNProtocols: ['h2'],
      ...(isName ? { servername: host } : { host }),
      ...(tls.cert !== undefined && { cert: tls.cert }),
      ...(tls.key !== undefined && { key: tls.key }),
      ...(tls.password !== undefined && { passphrase: tls.password }),
      ...(tls.cacerts !== undefined && { ca: tls.cacerts }),
      rejectUnauthorized: !tls.insecureSkipVerify,
    });
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', (error) => reject(handshakeError(error.message)));
  });
}

/** Resolves when the server has sent its settings. */
function ready(session: ClientHttp2Session, until: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      clearTimeout(timer);
      session.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(new GoError(deadline)), Math.max(0, until - performance.now()));
    session.once('remoteSettings', () => {
      clearTimeout(timer);
      resolve();
    });
    const text = 'connection error: desc = "error reading server preface: EOF"';
    session.once('error', (error) => fail(new GoError(`connection error: desc = "${error.message}"`)));
    session.once('close', () => fail(new GoError(text)));
    signal.addEventListener('abort', () => fail(new Interrupted()));
  });
}
