import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Metric } from '../../src/load/metrics.ts';
import { wsModule } from '../../src/load/modules/ws.ts';
import { testUser } from './test-user.ts';

/** A server of sockets that does what the text it is sent says, and answers 404 to /none. */
let server: Server;
let base: string;
beforeAll(async () => {
  server = createServer();
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (names) => [...names][0] ?? false });
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/none') {
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nX-A: b\r\n\r\nnope');
    } else if (request.url === '/drop') socket.destroy();
    else sockets.handleUpgrade(request, socket, head, serve);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

function serve(socket: WebSocket): void {
  socket.on('error', () => undefined);
  socket.on('message', (data, isBinary) => {
    const text = String(data);
    const [, code] = /^close (\d+)$/.exec(text) ?? [];
    if (code !== undefined) socket.close(Number(code), 'why');
    else if (text === 'terminate') socket.terminate();
    else socket.send(data, { binary: isBinary });
  });
}

type Connect = (...args: unknown[]) => Promise<Record<string, unknown>>;
type Given = {
  on(name: string, handler: (...args: never[]) => unknown): void;
  send(text: string): void;
  sendBinary(bytes: unknown): void;
  ping(): void;
  close(code?: number): void;
  setTimeout(handler: () => unknown, ms: number): void;
};

function user(options: Record<string, unknown> = {}, allowed: string[] = []) {
  const { vu, session, stopped } = testUser(options, false, allowed);
  const connect = wsModule(vu).connect as Connect;
  const samples = (metric: Metric) => metric.sink.samples;
  return { vu, session, stopped, connect, samples };
}

it('tells handlers what happens, in order, and counts it', async () => {
  const { connect, session, samples, vu } = user();
  const seen: unknown[] = [];
  const response = await connect(
    `${base}/echo`,
    { headers: { 'sec-websocket-protocol': 'a, b' } },
    (socket: Given) => {
      socket.on('open', () => {
        seen.push('open');
        socket.send('text');
        socket.sendBinary(new Uint8Array([1, 2]).buffer);
        socket.ping();
      });
      socket.on('message', (text) => seen.push(text));
      socket.on('binaryMessage', (bytes: ArrayBuffer) => seen.push([...new Uint8Array(bytes)]));
      socket.on('pong', () => {
        seen.push('pong');
        socket.close();
        seen.push('closed');
      });
      socket.on('close', (code) => seen.push(code));
    },
  );
  expect(seen).toEqual(['open', 'text', [1, 2], 'pong', 1001, 'closed']);
  expect(response).toMatchObject({ status: 101, url: `${base}/echo`, body: '', error: '' });
  expect(response.headers).toMatchObject({ Upgrade: 'websocket', 'Sec-Websocket-Protocol': 'a' });
  const { builtins } = session;
  const counted = [builtins.wsSessions, builtins.wsConnecting, builtins.wsSessionDuration, builtins.wsPing];
  expect(counted.map(samples)).toEqual([1, 1, 1, 1]);
  expect([samples(builtins.wsMsgsSent), samples(builtins.wsMsgsReceived)]).toEqual([2, 2]);
  expect(vu.client.traffic.sent).toBeGreaterThan(100);
  expect(vu.blockedIn).toBeUndefined();
});

// As k6 2.0.0 tells of them.
it.each<[string, string | undefined, number]>([
  ['close 1000', undefined, 1000],
  ['close 1001', undefined, 1001],
  ['close 1008', 'websocket: close 1008 (policy violation): why', 1008],
  ['close 1012', 'websocket: close 1012: why', 1012],
  ['close 4000', 'websocket: close 4000: why', 4000],
  ['terminate', 'websocket: close 1006 (abnormal closure): unexpected EOF', 1006],
])('tells of the end after %s', async (text, error, code) => {
  const { connect } = user();
  const seen: unknown[] = [];
  await connect(`${base}/echo`, (socket: Given) => {
    socket.on('open', () => socket.send(text));
    socket.on('error', (failure: { error(): string }) => seen.push(failure.error()));
    socket.on('close', (closed) => seen.push(closed));
  });
  expect(seen).toEqual(error === undefined ? [code] : [error, code]);
});

it.each<[string, string, object]>([
  [
    'a refusal',
    '/none',
    { status: 404, body: 'nope', url: '', error: '', headers: { 'X-A': 'b', 'Content-Length': '4' } },
  ],
  ['no answer', '/drop', { status: 0, body: '', url: '', error: 'unexpected EOF', headers: {} }],
])('answers %s without calling the script', async (_, path, expected) => {
  const { connect, samples, session } = user();
  const response = await connect(`${base}${path}`, () => expect.unreachable());
  expect(response).toEqual(expected);
  expect([session.builtins.wsSessions, session.builtins.wsConnecting].map(samples)).toEqual([1, 1]);
});

it('throws instead under `throw`', async () => {
  const { connect } = user({ throw: true });
  await expect(connect(`${base}/none`, () => undefined)).rejects.toThrow('websocket: bad handshake');
  await expect(connect('http://127.0.0.1/', () => undefined)).rejects.toThrow('malformed ws or wss URL');
  await expect(connect('ws://127.0.0.1:1/', () => undefined)).rejects.toThrow(
    'dial tcp 127.0.0.1:1: connect: connection refused',
  );
});

it('passes on what a handler throws, after the close handlers', async () => {
  const { connect, vu } = user();
  const seen: unknown[] = [];
  const failing = connect(`${base}/echo`, (socket: Given) => {
    socket.on('close', (code) => seen.push(code));
    socket.setTimeout(() => {
      throw new Error('in a timer');
    }, 1);
  });
  await expect(failing).rejects.toThrow('in a timer');
  expect(seen).toEqual([1001]);
  expect(vu.blockedIn).toBeUndefined();
});

it('waits for handlers that block before it goes on', async () => {
  const { connect, vu } = user();
  const seen: unknown[] = [];
  await connect(`${base}/echo`, (socket: Given) => {
    socket.on('open', () => {
      socket.send('a');
      socket.send('b');
    });
    socket.on('message', async (text: string) => {
      seen.push(`begin ${text}`);
      await vu.sleep(0.005);
      seen.push(`end ${text}`);
      if (text === 'b') socket.close();
    });
  });
  expect(seen).toEqual(['begin a', 'end a', 'begin b', 'end b']);
});

it('ends with the iteration', async () => {
  const { connect, vu } = user();
  const waiting = connect(`${base}/echo`, (socket: Given) => {
    socket.on('open', () => setImmediate(() => vu.interrupt()));
  });
  await expect(waiting).rejects.toThrow('the iteration was interrupted');
});

it('keeps to hosts that may be loaded', async () => {
  const { connect, stopped } = user({ hosts: { 'somewhere.test': '192.0.2.1' } });
  await expect(connect('ws://somewhere.test/', () => undefined)).rejects.toThrow(
    '--allow-host somewhere.test',
  );
  expect(stopped).toHaveLength(1);
});

it.each<[unknown[], string]>([
  [['ws://x/'], 'invalid number of arguments to ws.connect'],
  [['ws://x/', {}, 5], 'last argument to ws.connect must be a function'],
  [
    ['ws://x/', { compression: 'gzip' }, () => undefined],
    "unsupported compression algorithm 'gzip', supported algorithm is 'deflate'",
  ],
])('refuses %j', async (args, message) => {
  await expect(user().connect(...args)).rejects.toThrow(message);
});

it('goes through a proxy by a tunnel', async () => {
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, client) => {
    asked.push(String(request.url));
    const { port } = server.address() as AddressInfo;
    const upstream = connectTcp(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('http_proxy', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  try {
    const { connect } = user({}, ['echo.test']);
    const response = await connect('ws://echo.test/echo', (socket: Given) => {
      socket.on('open', () => socket.close());
    });
    expect(response.status).toBe(101);
    expect(asked).toEqual(['echo.test:80']);
  } finally {
    vi.unstubAllEnvs();
    proxy.close();
  }
});
