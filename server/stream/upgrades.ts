import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

export type Upgrade = { request: IncomingMessage; socket: Duplex; head: Buffer; url: URL };

/**
 * Has `take` handle the requests that want to become a WebSocket at `path`; elsewhere there is none, and they get 404.
 * A listener for upgrades gets every request with an Upgrade header, also `Upgrade: h2c`, which some HTTP clients send
 * with their first request wherever they call. HTTP lets a server ignore that, so those are served as what they are.
 */
export function routeUpgrades(server: Server, path: string, take: (upgrade: Upgrade) => void): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined);
    if (request.headers.upgrade?.toLowerCase() !== 'websocket')
      return serveAsRequest(server, request, socket, head);
    const url = addressOf(request);
    if (url?.pathname === path) take({ request, socket, head, url });
    else refuse(socket, '404 Not Found', { code: 'NOT_FOUND', message: `the only WebSocket is at ${path}` });
  });
}

function addressOf(request: IncomingMessage): URL | undefined {
  const url = request.url ?? '';
  return URL.canParse(url, 'http://platform') ? new URL(url, 'http://platform') : undefined;
}

/** An HTTP answer to who asked for a WebSocket, and the end of the connection. */
export function refuse(
  socket: Duplex,
  status: string,
  body: { code: string; message: string },
  headers: readonly string[] = [],
): void {
  const text = JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${status}`,
    'content-type: application/json; charset=utf-8',
    'x-content-type-options: nosniff',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
    ...headers,
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
}

/** Gives the connection back to the server, with its request in front again but without the wish for an upgrade. */
function serveAsRequest(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value] = rawHeaders.slice(i, i + 2);
    if (!['upgrade', 'connection', 'http2-settings'].includes(name.toLowerCase()))
      lines.push(`${name}: ${value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}
