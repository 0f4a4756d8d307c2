import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { websocketsModule } from '../../src/load/modules/websockets.ts';
import { testUser } from './test-user.ts';

let server: WebSocketServer;
let url: string;
beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => {
      if (String(data) === 'leave') socket.close(4000, 'bye');
      else socket.send(data, { binary: isBinary });
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.close();
});

type Listener = (event: {
  type: string;
  data?: unknown;
  code?: number;
  reason?: string;
  error?: string;
}) => unknown;
type Socket = {
  readyState: number;
  binaryType: string;
  send(data: unknown): void;
  ping(): void;
  close(code?: number, reason?: string): void;
  addEventListener(name: string, listener: Listener): void;
  onopen: Listener;
  onmessage: Listener;
  onerror: Listener;
  onclose: Listener;
  onpong: Listener;
};

function user() {
  const { vu, session, logs } = testUser();
  const { WebSocket, Blob } = websocketsModule(vu) as {
    WebSocket: new (...args: unknown[]) => Socket;
    Blob: new (parts: unknown[]) => { text(): Promise<string> };
  };
  return { vu, session, logs, WebSocket, Blob };
}

it('keeps the iteration open until the socket is closed', async () => {
  const { vu, session, WebSocket } = user();
  const seen: unknown[] = [];
  const socket = new WebSocket(url, null, { tags: { kind: 'chat' } });
  socket.binaryType = 'arraybuffer';
  expect(socket.readyState).toBe(0);
  expect(() => socket.send('early')).toThrow('InvalidStateError');
  socket.onopen = () => {
    seen.push(socket.readyState);
    socket.send('one');
    socket.ping();
  };
  socket.onpong = () => socket.send(new Uint8Array([1, 2]));
  socket.addEventListener('message', ({ data }) => {
    seen.push(typeof data === 'string' ? data : [...new Uint8Array(data as ArrayBuffer)]);
    if (typeof data !== 'string') socket.close();
  });
  socket.onclose = ({ code, reason }) => seen.push(code, reason, socket.readyState);
  expect(vu.unsettled).toBe(true);
  await vu.settled();
  expect(seen).toEqual([1, 'one', [1, 2], 1000, '', 3]);
  const { wsSessions, wsMsgsSent, wsMsgsReceived, wsSessionDuration, wsPing } = session.builtins;
  // k6 counts a ping and the closing as messages.
  const counts = [wsSessions, wsMsgsSent, wsMsgsReceived, wsSessionDuration, wsPing].map(
    ({ sink }) => sink.samples,
  );
  expect(counts).toEqual([1, 4, 2, 1, 1]);
});

it('tells of a closing by the other side as an error as well', async () => {
  const { vu, WebSocket } = user();
  const seen: unknown[] = [];
  const socket = new WebSocket(url);
  socket.onopen = () => socket.send('leave');
  socket.onerror = ({ error }) => seen.push(error);
  socket.onclose = ({ code, reason }) => seen.push(code, reason);
  await vu.settled();
  expect(seen).toEqual(['websocket: close 4000: bye', 4000, 'bye']);
});

it('tells of a connection that could not be made', async () => {
  const { vu, session, WebSocket } = user();
  const seen: unknown[] = [];
  const socket = new WebSocket('ws://127.0.0.1:1/');
  socket.onerror = ({ error }) => seen.push(error);
  socket.onclose = ({ code }) => seen.push(code);
  await vu.settled();
  expect(seen).toEqual(['dial tcp 127.0.0.1:1: connect: connection refused', undefined]);
  expect(session.builtins.wsSessions.sink.samples).toBe(1);
  expect(session.builtins.wsSessionDuration.sink.samples).toBe(0);
});

it('fails the iteration with what a listener throws', async () => {
  const { vu, WebSocket } = user();
  const seen: unknown[] = [];
  const socket = new WebSocket(url);
  socket.onopen = () => {
    throw new Error('in a listener');
  };
  socket.onerror = ({ error }) => seen.push(error);
  socket.onclose = ({ type }) => seen.push(type);
  await expect(vu.settled()).rejects.toThrow('in a listener');
  expect(seen).toEqual(['Error: in a listener', 'close']);
});

it('calls the listeners of one event after another, though one blocks', async () => {
  const { vu, WebSocket } = user();
  const seen: unknown[] = [];
  const socket = new WebSocket(url);
  socket.onopen = () => {
    socket.send('a');
    socket.send('b');
  };
  socket.onmessage = async ({ data }) => {
    seen.push(`begin ${data}`);
    await vu.sleep(0.005);
    seen.push(`end ${data}`);
    if (data === 'b') socket.close();
  };
  socket.addEventListener('message', ({ data }) => seen.push(`second ${data}`));
  await vu.settled();
  expect(seen).toEqual(['begin a', 'end a', 'second a', 'begin b', 'end b', 'second b']);
});

it('closes what has not opened yet', async () => {
  const { vu, WebSocket } = user();
  const seen: unknown[] = [];
  const socket = new WebSocket(url);
  socket.onopen = () => seen.push('open');
  socket.onclose = ({ code }) => seen.push(code);
  socket.close();
  expect(socket.readyState).toBe(2);
  await vu.settled();
  expect(seen).toEqual([1000]);
});

it('gives binary messages as blobs unless told otherwise, and sends them', async () => {
  const { vu, WebSocket, Blob } = user();
  const seen: unknown[] = [];
  const socket = new WebSocket(url);
  socket.onopen = () => socket.send(new Blob(['abc', new Uint8Array([100])]));
  socket.onmessage = async ({ data }) => {
    seen.push(await (data as { text(): Promise<string> }).text());
    socket.close();
  };
  await vu.settled();
  expect(seen).toEqual(['abcd']);
});

// As k6 2.0.0 throws them.
it.each<[unknown[], string]>([
  [[], 'WebSocket requires a url'],
  [['http://x/'], 'WebSocket requires url with scheme ws or wss, but got "http"'],
  [['/x'], 'WebSocket requires url with scheme ws or wss, but got ""'],
  [
    ['://x'],
    'WebSocket requires valid url, but got "://x" which resulted in parse "://x": missing protocol scheme',
  ],
  [['ws://x/#a'], 'WebSocket requires no url fragment, but got "a"'],
  [['ws://x/', null, { foo: 1 }], "unknown WebSocket's option foo"],
  [
    ['ws://x/', null, { compression: '' }],
    "unsupported compression algorithm '', supported algorithm is 'deflate'",
  ],
  [
    ['ws://x/', null, { tags: { a: {} } }],
    "invalid WebSocket tags option: invalid value for metric tag 'a': only String, Boolean and Number types are accepted as a metric tag values",
  ],
])('refuses %j', (args, message) => {
  const { WebSocket } = user();
  expect(() => new WebSocket(...args)).toThrow(message);
});

it('refuses what cannot be sent, closed with or listened to', async () => {
  const { vu, logs, WebSocket } = user();
  const socket = new WebSocket(url);
  socket.onopen = () => {
    expect(() => socket.send(5)).toThrow('unsupported send type int64');
    expect(() => socket.send({})).toThrow('unsupported send type map[string]interface {}');
    expect(() => socket.close(5)).toThrow(
      'The close code must be either 1000, or between 3000 and 4999. 5 is neither',
    );
    expect(() => socket.close(1000, 'x'.repeat(124))).toThrow(
      'The message must not be greater than 123 bytes',
    );
    socket.close(4999, 'done');
  };
  socket.addEventListener('foo', () => undefined);
  await vu.settled();
  expect(logs).toEqual(["can't add event handler: unknown event type: foo"]);
});
