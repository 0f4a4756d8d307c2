import { createServer as createHttp } from 'node:http';
import { createSecureServer as createHttp2 } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { generate } from 'selfsigned';
import { startGrpc } from './grpc.mjs';
import { answer } from './routes.mjs';
import { attachSockets } from './sockets.mjs';

/**
 * Starts everything that the scripts talk to, on free ports of this machine. `env` holds what the scripts read from
 * `__ENV`: BASE (http), TLS (https, HTTP/1.1 only), H2 (https, HTTP/2 offered), WS and WSS, GRPC (host:port).
 */
export async function startServer() {
  const certificate = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const tls = { key: certificate.private, cert: certificate.cert };
  const plain = createHttp(answer);
  const secure = createHttps(tls, answer);
  const second = createHttp2({ ...tls, allowHTTP1: true }, answer);
  for (const server of [plain, secure]) {
    server.keepAliveTimeout = 60_000;
    attachSockets(server);
  }
  const ports = [];
  for (const server of [plain, secure, second]) ports.push(await listen(server));
  const grpc = await startGrpc();
  const [http, https, h2] = ports;
  return {
    env: {
      BASE: `http://127.0.0.1:${http}`,
      TLS: `https://127.0.0.1:${https}`,
      H2: `https://127.0.0.1:${h2}`,
      WS: `ws://127.0.0.1:${http}`,
      WSS: `wss://127.0.0.1:${https}`,
      GRPC: `127.0.0.1:${grpc.port}`,
    },
    close() {
      grpc.close();
      for (const server of [plain, secure, second]) {
        server.closeAllConnections?.();
        server.close();
      }
    },
  };
}

function listen(server) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
}
