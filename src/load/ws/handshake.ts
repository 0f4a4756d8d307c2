import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { FxscaleError } from '../../errors.ts';
import { cookieHeader, Jar } from '../http/cookies/cookie-jar.ts';
import { parseSetCookie } from '../http/cookies/set-cookie.ts';
import { Dial } from '../http/dial/dial.ts';
import type { Line } from '../http/dial/line.ts';
import { RequestFailure } from '../http/failure.ts';
import { canonicalHeader } from '../http/headers.ts';
import type { Target } from '../http/target.ts';
import { Interrupted, type VU } from '../vu.ts';
import { socketTarget } from './address.ts';
import { wsLibrary } from './library.ts';
import type { SocketParams } from './params.ts';
import type { SocketSamples } from './samples.ts';

const HANDSHAKE_TIMEOUT_MS = 60_000;
/** k6 keeps no more of the body of a refusal. */
const MAX_BODY = 1024;
/** For the answer to a close frame. */
const PATIENCE_MS = 1000;
const BAD_HANDSHAKE = 'websocket: bad handshake';

/** How a handshake ended: with a socket, or with an error. */
export type Handshake = {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly subprotocol: string;
  readonly error: string;
  readonly opened: Opened | undefined;
};

export type Opened = {
  readonly socket: WebSocket;
  readonly line: Line;
  /** Sends a close frame. Throws for a code that may not be sent. */
  readonly sendClose: (code: number, reason: string) => void;
};

/** What can be called off. */
export type Attempt = { readonly done: Promise<Handshake>; cancel(): void };

const nothing = { status: 0, headers: {}, body: '', subprotocol: '', error: '', opened: undefined };

/**
 * Opens a socket to `url`. `done` rejects only with Interrupted, when it is called off, and with what stops the run;
 * `attach` is called with the socket in the turn in which it opens, before it can have read anything.
 */
export function shakeHands(
  vu: VU,
  url: string,
  params: SocketParams,
  samples: SocketSamples,
  attach: (opened: Opened, protocol: string) => void,
): Attempt {
  const calledOff = new AbortController();
  const done = open(vu, url, params, samples, attach, calledOff.signal).catch((error: unknown): Handshake => {
    if (!(error instanceof RequestFailure)) throw error;
    if (error.cause instanceof FxscaleError) throw error.cause;
    return { ...nothing, error: error.detail };
  });
  const counted = done.then((handshake) => {
    samples.connected();
    return handshake;
  });
  return { done: counted, cancel: () => calledOff.abort() };
}

async function open(
  vu: VU,
  url: string,
  params: SocketParams,
  samples: SocketSamples,
  attach: (opened: Opened, protocol: string) => void,
  signal: AbortSignal,
): Promise<Handshake> {
  const target = socketTarget(url);
  const fixed = [
    'Upgrade',
    'Connection',
    'Sec-Websocket-Key',
    'Sec-Websocket-Version',
    'Sec-Websocket-Extensions',
  ];
  const double = fixed.find((name) => params.headers[name] !== undefined);
  if (double !== undefined)
    throw new RequestFailure(`websocket: duplicate header not allowed: ${double}`, 1000);
  const line = await dial(vu, target, signal);
  try {
    return await upgrade(vu, target, params, line, samples, attach, signal);
  } finally {
    countTraffic(vu, line);
  }
}

function dial(vu: VU, target: Target, signal: AbortSignal): Promise<Line> {
  const { dialler } = vu.session;
  return new Promise((resolve, reject) => {
    const request = {
      origin: target.origin,
      localAddress: dialler.localAddress(vu.id),
      deadline: performance.now() + HANDSHAKE_TIMEOUT_MS,
      onread: undefined,
      protocols: ['http/1.1'],
      tunnelled: true,
    };
    const attempt = new Dial(dialler, request, (failure, line) => {
      if (line !== undefined) resolve(line);
      else reject(signal.aborted ? new Interrupted() : failure);
    });
    signal.addEventListener('abort', () => attempt.destroy(new RequestFailure('interrupted', 1000)));
  });
}

const counted = new WeakMap<Socket, { sent: number; received: number }>();

/** Adds what the line has carried since it was last asked to the VU's traffic. */
export function countTraffic(vu: VU, { tcp }: Line): void {
  const before = counted.get(tcp) ?? { sent: 0, received: 0 };
  const now = { sent: tcp.bytesWritten, received: tcp.bytesRead };
  vu.client.traffic.sent += now.sent - before.sent;
  vu.client.traffic.received += now.received - before.received;
  counted.set(tcp, now);
}

function upgrade(
  vu: VU,
  target: Target,
  params: SocketParams,
  line: Line,
  samples: SocketSamples,
  attach: (opened: Opened, protocol: string) => void,
  signal: AbortSignal,
): Promise<Handshake> {
  const socket = newSocket(vu, target, params, line);
  return new Promise((resolve, reject) => {
    let answer: Omit<Handshake, 'opened' | 'error'> = nothing;
    const answered = (response: IncomingMessage) => {
      answer = answerOf(response);
      keepCookies(vu, params.jar, target, response);
      samples.answered(answer.status, answer.subprotocol, line.address);
    };
    signal.addEventListener('abort', () => {
      line.socket.destroy();
      reject(new Interrupted());
    });
    socket.on('upgrade', answered);
    const failed = (error: Error) => {
      const text = answer.status === 0 ? textOf(error, line) : BAD_HANDSHAKE;
      line.socket.destroy();
      resolve({ ...answer, error: text, opened: undefined });
    };
    socket.on('error', failed);
    socket.once('open', () => {
      socket.off('error', failed);
      const opened = { socket, line, sendClose: socket.close.bind(socket) };
      // What answers a close frame has the code only, as in k6; the library would repeat the reason.
      socket.close = (code) => opened.sendClose(code);
      // The answer to a close frame comes when nobody waits for it any more.
      line.tcp.once('close', () => countTraffic(vu, line));
      attach(opened, answer.subprotocol);
      resolve({ ...answer, error: '', opened });
    });
    socket.once('unexpected-response', async (request: ClientRequest, response: IncomingMessage) => {
      answered(response);
      const body = await bodyOf(response);
      request.destroy();
      resolve({ ...answer, body, error: BAD_HANDSHAKE, opened: undefined });
    });
  });
}

function newSocket(vu: VU, target: Target, params: SocketParams, line: Line): WebSocket {
  const { Host, 'User-Agent': agent, 'Sec-Websocket-Protocol': protocols = '', ...rest } = params.headers;
  const jar = params.jar ?? vu.cookies;
  const cookie = rest.Cookie ?? cookieHeader(undefined, jar?.cookiesFor(target) ?? []);
  const headers: Record<string, string> = {
    Host: Host ?? target.origin.authority,
    'User-Agent': agent ?? vu.session.options.userAgent,
    ...rest,
    ...(cookie !== undefined && { Cookie: cookie }),
  };
  const asked = protocols.split(',').map((name) => name.trim());
  const { WebSocket } = wsLibrary();
  return new WebSocket(`ws://${target.origin.authority}${target.path}`, protocols === '' ? [] : asked, {
    headers,
    createConnection: () => line.socket,
    maxPayload: 0,
    skipUTF8Validation: true,
    perMessageDeflate: params.deflate && {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      threshold: 0,
    },
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
}

function answerOf(response: IncomingMessage): Omit<Handshake, 'opened' | 'error'> {
  const headers: Record<string, string> = {};
  const { rawHeaders } = response;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = canonicalHeader(rawHeaders[i] ?? '');
    const value = rawHeaders[i + 1] ?? '';
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const subprotocol = headers['Sec-Websocket-Protocol'] ?? '';
  return { status: response.statusCode ?? 0, headers, body: '', subprotocol };
}

function keepCookies(vu: VU, own: Jar | undefined, target: Target, response: IncomingMessage): void {
  const set = response.headers['set-cookie'];
  if (set === undefined) return;
  const cookies = set.flatMap((text) => parseSetCookie(text) ?? []);
  if (own === undefined) vu.cookies ??= new Jar();
  (own ?? vu.cookies)?.set(target, cookies);
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of response) {
      pieces.push(piece as Buffer);
      size += (piece as Buffer).length;
      if (size >= MAX_BODY) break;
    }
  } catch {
    // What came before the connection broke is the body.
  }
  return Buffer.concat(pieces).subarray(0, MAX_BODY).toString('utf8');
}

/** Why there was no answer, in k6's words. */
function textOf(error: Error & { code?: string }, { tcp }: Line): string {
  if (error.message === 'socket hang up') return 'unexpected EOF';
  if (error.code === 'ECONNRESET') {
    const ends = `${tcp.localAddress}:${tcp.localPort}->${tcp.remoteAddress}:${tcp.remotePort}`;
    return `read tcp ${ends}: read: connection reset by peer`;
  }
  return error.message;
}

/** Sends a close frame and gives the peer a moment to answer it. A code that may not be sent ends the connection. */
export function closeLine({ socket, line, sendClose }: Opened, code: number, reason = ''): void {
  socket.on('error', () => undefined);
  try {
    sendClose(code, reason);
  } catch {
    socket.terminate();
    return;
  }
  const giveUp = setTimeout(() => line.socket.destroy(), PATIENCE_MS);
  giveUp.unref();
  line.socket.once('close', () => clearTimeout(giveUp));
}
