import { once } from 'node:events';
import { createConnection, createServer, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { authorised, testApp } from './app.ts';
import { request, sendRaw } from './hostile/raw.ts';
import { user } from './hostile/requests.ts';

let app: FastifyInstance;
let front: Server;
/** Node follows the connections that a server accepts itself; those that are handed over must not escape it. */
let ports: { own: number; handedOver: number };

beforeAll(async () => {
  const timeouts = { headersMs: 1000, requestMs: 1500, keepAliveMs: 1000, checkMs: 100 };
  // Nothing here gets as far as the database.
  ({ app } = await testApp('postgres://127.0.0.1:1/none', { timeouts }));
  await app.listen({ port: 0, host: '127.0.0.1', listenTextResolver: () => '' });
  front = createServer({ pauseOnConnect: true }, (socket) => {
    app.server.emit('connection', socket);
    socket.resume();
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const port = (server: { address(): unknown }): number => (server.address() as { port: number }).port;
  ports = { own: port(app.server), handedOver: port(front) };
});
afterAll(async () => {
  front?.close();
  await app?.close();
});

/** Sends `start`, then `drip` again and again; all that came back when the server has closed the connection. */
async function slowly(port: number, start: string, drip: string): Promise<string> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  let answer = '';
  socket.setEncoding('utf8').on('data', (text) => {
    answer += text;
  });
  socket.on('error', () => undefined);
  socket.write(start);
  const timer = setInterval(() => drip !== '' && socket.writable && socket.write(drip), 100);
  await once(socket, 'close');
  clearInterval(timer);
  return answer;
}

const { authorization } = authorised(user);
const post = [
  'POST /api/trading/trades HTTP/1.1',
  'Host: x',
  `Authorization: ${authorization}`,
  'Content-Type: application/json',
  'Content-Length: 10000',
  '\r\n',
].join('\r\n');
const get = 'GET /api/prices/EURUSD HTTP/1.1\r\nHost: x\r\n\r\n';
const tooSlow = /^HTTP\/1\.1 408 .*"code":"REQUEST_TIMEOUT"/s;

const cases: [what: string, start: string, drip: string, answer: RegExp][] = [
  ['that says nothing', '', '', tooSlow],
  ['whose headers never end', 'GET / HTTP/1.1\r\n', 'X-a: b\r\n', tooSlow],
  ['whose body never ends', post, ' ', tooSlow],
  ['that stays after its answer', get, '', /^HTTP\/1\.1 200 OK.*"bid"/s],
];
const all = (['own', 'handedOver'] as const).flatMap((kind) => cases.map((each) => [kind, ...each] as const));

describe('a connection', () => {
  it.concurrent.each(all)('(%s) %s is closed', async (kind, _what, start, drip, answer) => {
    expect(await slowly(ports[kind], start, drip)).toMatch(answer);
  });

  it.each(['own', 'handedOver'] as const)('(%s) that stays after a refusal is closed', async (kind) => {
    const open = (): Promise<number> =>
      new Promise((resolve) =>
        (kind === 'own' ? app.server : front).getConnections((_error, count) => resolve(count)),
      );
    await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 20_000 });
    const socket = createConnection({ port: ports[kind], host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined).write('noise\r\n\r\n');
    await once(socket, 'data');
    expect(await open()).toBe(1);
    await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 20_000 });
    expect(socket.writable).toBe(true);
    socket.destroy();
  });

  it('in time is answered', async () => {
    for (const port of Object.values(ports)) {
      expect((await sendRaw(port, request({ path: '/api/prices/EURUSD' }))).status).toBe(200);
    }
  });
});
