import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createTlsServer } from 'node:tls';
import { listen, newCertificate, newClient } from './http-client.ts';

const certificate = await newCertificate(['localhost'], ['127.0.0.1']);

export type Serve = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  session: ServerHttp2Session,
) => void;

/** A server that does `serve` with every request, and counts its connections. */
export async function start(serve: Serve) {
  const { port, connections, closed } = await open(serve);
  return { url: `https://127.0.0.1:${port}`, port, connections, closed };
}

/** As `start`, with the server itself. */
export async function open(serve: Serve) {
  const server: Http2SecureServer = createSecureServer({ ...certificate, allowHTTP1: false });
  let connections = 0;
  let closed = 0;
  server.on('session', (session) => {
    connections++;
    session.on('close', () => closed++);
    session.on('error', () => undefined);
    session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      stream.on('error', () => undefined);
      serve(stream, headers, session);
    });
  });
  const port = await listen(server);
  return { server, port, connections: () => connections, closed: () => closed };
}

export const newUser = (options: Record<string, unknown> = {}) =>
  newClient({ options: { insecureSkipTLSVerify: true, ...options } });

export const answer = (stream: ServerHttp2Stream, body = 'ok') => {
  stream.respond({ ':status': 200 });
  stream.end(body);
};

/** Answers with what was asked, body and all. */
export const echo: Serve = (stream, headers) => {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  stream.on('end', () =>
    answer(stream, JSON.stringify({ ...headers, body: Buffer.concat(pieces).toString() })),
  );
};

/** A server that answers the first request on a connection with these frames, after SETTINGS. */
export function newFrameServer(frames: readonly number[]) {
  return createTlsServer({ ...certificate, ALPNProtocols: ['h2'] }, (socket) => {
    let come = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      const before = hasRequest(come);
      come = Buffer.concat([come, bytes]);
      if (!before && hasRequest(come)) socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0, ...frames]));
    });
  });
}

/** A HEADERS frame has come, after the 24 bytes of the preface. */
function hasRequest(bytes: Buffer): boolean {
  for (let at = 24; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === 1) return true;
  }
  return false;
}
