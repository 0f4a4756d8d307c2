import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { own } from './tls-server.ts';

export type Target = { url: string; connections(): number; close(): Promise<void> };

async function listen(server: Server, scheme = 'http'): Promise<Target> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** An HTTP server that counts its connections. */
export function httpTarget(listener: RequestListener): Promise<Target> {
  return listen(createServer(listener));
}

/** The same with a certificate that nobody trusts. */
export function httpsTarget(listener: RequestListener): Promise<Target> {
  return listen(createTlsServer(own, listener), 'https');
}

/** What it writes is not checked by anybody: `answer` is called for every chunk that arrives. */
export function rawTarget(answer: (socket: Socket) => void): Promise<Target> {
  return listen(createTcpServer((socket) => socket.on('data', () => answer(socket))));
}

/**
 * Serves `workers` requests at a time, each for `seconds`, the others in a queue. A worker that is woken late makes up
 * for it, so that the throughput of a queue that is never empty is `workers / seconds` on a slow machine, too.
 */
export function workers(count: number, seconds: number): RequestListener {
  const freeAt = new Array<number>(count).fill(0);
  return (_, response) => {
    const first = freeAt.indexOf(Math.min(...freeAt));
    const doneAt = Math.max(performance.now(), freeAt[first] ?? 0) + seconds * 1000;
    freeAt[first] = doneAt;
    setTimeout(() => response.end('ok'), doneAt - performance.now());
  };
}

/** Takes `seconds(n)` for a request that finds `n` in the system, itself among them. */
export function sharing(seconds: (inside: number) => number): RequestListener {
  let inside = 0;
  return (_, response) => {
    inside++;
    setTimeout(() => {
      inside--;
      response.end('ok');
    }, seconds(inside) * 1000);
  };
}
