import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { FxscaleError } from '../../../errors.ts';
import { classify, dialFailed, RequestFailure, timedOut } from '../failure.ts';
import type { Origin } from '../target.ts';
import type { Mapped } from './addresses.ts';
import type { Dialler } from './dialler.ts';
import { type Line, plainLine } from './line.ts';
import { noStaple, parseOcsp } from './ocsp.ts';
import type { HttpProxy } from './proxy.ts';
import { happened, ignore } from './socket-event.ts';
import { suiteOf, versionOf } from './tls.ts';
import { Meter, type Traffic } from './traffic.ts';
import { openTunnel } from './tunnel.ts';

const DIAL_TIMEOUT_MS = 30_000;
const MAX_PORT = 65_535;

export type DialRequest = {
  readonly origin: Origin;
  readonly localAddress: string | undefined;
  /** Milliseconds on the monotonic clock. */
  readonly deadline: number;
  /** Takes the bytes that a plain connection reads. */
  readonly onread: OnReadOpts | undefined;
  /** What to offer a server over TLS; HTTP/2 and HTTP/1.1 unless given. */
  readonly protocols?: string[];
  /** What goes over the line is no HTTP request, so that a proxy has to make a tunnel for it. */
  readonly tunnelled?: boolean;
};

export type Dialled = (failure: RequestFailure | undefined, line: Line | undefined) => void;

/** One attempt to connect; ends once, with a line or a failure. */
export class Dial {
  /** Milliseconds that the TCP connection took, 0 while there is none. */
  connectingMs = 0;
  readonly #dialler: Dialler;
  readonly #request: DialRequest;
  #dialled: Dialled | undefined;
  #tcp: Socket | undefined;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Starts at once; `dialled` is never called before the constructor returns. */
  constructor(dialler: Dialler, request: DialRequest, dialled: Dialled) {
    this.#dialler = dialler;
    this.#request = request;
    this.#dialled = dialled;
    const at = this.#where();
    if (this.#isPlain(at)) this.#plain(at);
    else {
      this.#run(at).then(
        (line) => this.#settle(undefined, line),
        (error: unknown) => this.#settle(asFailure(error), undefined),
      );
    }
  }

  destroy(reason: RequestFailure): void {
    this.#settle(reason, undefined);
  }

  /** Counts the bytes of an attempt that failed. */
  countInto(traffic: Traffic): void {
    if (this.#tcp !== undefined) new Meter(this.#tcp, traffic).count();
  }

  #settle(failure: RequestFailure | undefined, line: Line | undefined): void {
    const dialled = this.#dialled;
    this.#dialled = undefined;
    clearTimeout(this.#timer);
    if (dialled === undefined || failure !== undefined) {
      this.#socket?.on('error', ignore);
      this.#socket?.destroy();
    }
    dialled?.(failure, line);
  }

  /** Where to dial, once it is known and allowed, or the proxy to ask. */
  #where(): Mapped | HttpProxy | Promise<Mapped> {
    const { origin } = this.#request;
    try {
      return this.#dialler.proxyFor(origin) ?? this.#dialler.locate(origin.host, origin.port);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Nothing has to be waited for but the connection itself: so it is with most, and there may be many. */
  #isPlain(at: Mapped | HttpProxy | Promise<Mapped>): at is Mapped {
    const { origin, localAddress } = this.#request;
    if (origin.secure || localAddress !== undefined) return false;
    return 'address' in at && at.port <= MAX_PORT;
  }

  #plain({ address, port }: Mapped): void {
    const { onread, deadline } = this.#request;
    const started = performance.now();
    const slow = started + DIAL_TIMEOUT_MS;
    if (deadline < slow) this.#arm(deadline, timedOut);
    else this.#arm(slow, () => dialFailed(late, address, port));
    const socket = connectTcp({
      host: address,
      port,
      noDelay: true,
      ...(onread !== undefined && { onread }),
    });
    this.#tcp = socket;
    this.#socket = socket;
    const failed = (error: Error) => this.#settle(dialFailed(error, address, port), undefined);
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      this.connectingMs = performance.now() - started;
      this.#settle(undefined, plainLine(socket, address, port, this.connectingMs, undefined));
    });
  }

  async #run(at: Mapped | HttpProxy | Promise<Mapped>): Promise<Line> {
    const { origin, protocols } = this.#request;
    this.#arm(this.#request.deadline, timedOut);
    if ('lane' in at) return this.#proxied(at);
    const { address, port } = await at;
    const tcp = await this.#connect(address, port, origin.secure ? undefined : this.#request.onread);
    const line = plainLine(tcp, address, port, this.connectingMs, undefined);
    return origin.secure ? this.#secure(line, origin.host, protocols) : line;
  }

  async #proxied(proxy: HttpProxy): Promise<Line> {
    try {
      return await this.#through(proxy);
    } catch (error) {
      if (this.connectingMs > 0 || !(error instanceof RequestFailure)) throw error;
      throw error.ofProxy();
    }
  }

  async #through(proxy: HttpProxy): Promise<Line> {
    const { origin, onread, protocols, tunnelled } = this.#request;
    this.#dialler.admitName(origin.host);
    const { address, port } = await this.#dialler.locateProxy(proxy);
    const plain = !origin.secure && !proxy.secure;
    const tcp = await this.#connect(address, port, plain ? onread : undefined);
    let line = plainLine(tcp, address, port, this.connectingMs, proxy);
    if (proxy.secure) line = await this.#secure(line, proxy.host, ['http/1.1']);
    if (!origin.secure && !tunnelled) return line;
    await openTunnel(line.socket, origin, proxy);
    line = { ...line, proxy: undefined };
    return origin.secure ? this.#secure(line, origin.host, protocols) : line;
  }

  async #connect(host: string, port: number, onread: OnReadOpts | undefined): Promise<Socket> {
    if (this.#dialled === undefined) throw timedOut();
    if (port > MAX_PORT) throw new RequestFailure(`dial tcp: address ${port}: invalid port`, 1210);
    const { localAddress, deadline } = this.#request;
    if (localAddress !== undefined && isIP(localAddress) !== isIP(host)) {
      const from = isIP(localAddress) === 6 ? `[${localAddress}]:0` : `${localAddress}:0`;
      throw new RequestFailure(`dial tcp: address ${from}: no suitable address found`, 1210);
    }
    const started = performance.now();
    const slow = started + DIAL_TIMEOUT_MS;
    if (slow < deadline) this.#arm(slow, () => dialFailed(late, host, port));
    const socket = connectTcp({
      host,
      port,
      noDelay: true,
      ...(localAddress !== undefined && { localAddress }),
      ...(onread !== undefined && { onread }),
    });
    this.#tcp = socket;
    this.#socket = socket;
    try {
      await happened(socket, 'connect');
    } catch (error) {
      throw error instanceof RequestFailure ? error : dialFailed(error as Error, host, port, localAddress);
    }
    this.connectingMs = performance.now() - started;
    this.#arm(deadline, timedOut);
    return socket;
  }

  async #secure(line: Line, host: string, ALPNProtocols?: string[]): Promise<Line> {
    const { tls } = this.#dialler;
    const started = performance.now();
    let staple: Buffer | null = null;
    const socket: TLSSocket = connectTls({
      ...tls.optionsFor(host),
      ...(ALPNProtocols !== undefined && { ALPNProtocols }),
      socket: line.socket,
    });
    line.socket.on('error', ignore);
    this.#socket = socket;
    socket.once('OCSPResponse', (response) => {
      staple = response;
    });
    try {
      await happened(socket, 'secureConnect');
    } catch (error) {
      throw classify(error as Error, 'tls');
    }
    const refusal = tls.refusal(socket, host);
    if (refusal !== undefined) throw refusal;
    return {
      ...line,
      socket,
      secured: {
        version: versionOf(socket),
        suite: suiteOf(socket),
        ocsp: staple === null ? noStaple : parseOcsp(staple),
      },
      http2: socket.alpnProtocol === 'h2',
      tlsMs: performance.now() - started,
    };
  }

  #arm(at: number, failure: () => RequestFailure): void {
    clearTimeout(this.#timer);
    if (this.#dialled === undefined) return;
    this.#timer = setTimeout(() => this.#settle(failure(), undefined), Math.max(0, at - performance.now()));
  }
}

const late = Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' });

/** What was thrown while dialling, for the request; the cause of a refusal by fxscale itself is its own error. */
function asFailure(error: unknown): RequestFailure {
  if (error instanceof RequestFailure) return error;
  if (error instanceof FxscaleError) return new RequestFailure(error.message, 1000, { cause: error });
  throw error;
}
