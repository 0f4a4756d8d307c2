import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { generate } from 'selfsigned';
import { onTestFinished } from 'vitest';
import { Client } from '../../src/load/http/client.ts';
import { Dialler } from '../../src/load/http/dial/dialler.ts';
import type { Lookup } from '../../src/load/http/dial/resolver.ts';
import type { Exchange } from '../../src/load/http/exchange.ts';
import { parseTarget } from '../../src/load/http/target.ts';
import { resolveOptions } from '../../src/load/options.ts';

type Given = {
  /** A script's options. */
  options?: Record<string, unknown>;
  lookup?: Lookup;
  admit?: (host: string, addresses: readonly string[]) => void;
  id?: number;
  /** No script can set these. */
  localIPs?: string;
};

/** The connections of one virtual user in a run of its own. */
export function newClient(given: Given = {}): Client {
  const { options = {}, lookup, admit = () => undefined, id = 1, localIPs = '' } = given;
  const resolved = { ...resolveOptions({ script: options }).options, localIPs };
  const client = new Client(new Dialler(resolved, admit, lookup), resolved, id);
  onTestFinished(() => {
    client.closeIdle();
  });
  return client;
}

type Sending = { method?: string; body?: string; headers?: string; timeoutMs?: number; wanted?: boolean };

/** What is left of an exchange once its connection goes on with another. */
export function exchangeOn(client: Client, url: string, sending: Sending = {}) {
  const { method = 'GET', body, headers = '', timeoutMs = 10_000, wanted = true } = sending;
  const { origin, path } = parseTarget(url);
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const length = bytes === undefined ? '' : `Content-Length: ${bytes.length}\r\n`;
  const head = `${method} ${path} HTTP/1.1\r\nHost: ${origin.authority}\r\nUser-Agent: test\r\n${length}${headers}\r\n`;
  const deadline = performance.now() + timeoutMs;
  return new Promise<ReturnType<typeof copied>>((resolve) =>
    client.send({ origin, method, head, body: bytes, wanted, deadline }, (exchange) =>
      resolve(copied(exchange)),
    ),
  );
}

function copied({ timings, failure, response, connection }: Exchange) {
  const { status, head, encoded, setsCookies, text, pieces } = response;
  const { remoteAddress, remotePort, tlsVersion, tlsCipherSuite, ocsp } = connection;
  const body = text ?? Buffer.concat(pieces).toString();
  const peer = { remoteAddress, remotePort, tlsVersion, tlsCipherSuite, ocsp };
  return { timings, failure, status, head, encoded, setsCookies, body, ...peer };
}

/** What failed a request, as k6 tells it. */
export function failed({ failure }: { failure: Exchange['failure'] }) {
  return failure && { message: failure.message, code: failure.code, detail: failure.detail };
}

/** Opens `server` on a free port, till the test is over, and gives the port. */
export async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A certificate that signs itself, with its key, for `names` and `addresses`. */
export async function newCertificate(
  names: readonly string[],
  addresses: readonly string[] = [],
  dates: { notBeforeDate?: Date; notAfterDate?: Date } = {},
): Promise<{ cert: string; key: string }> {
  const altNames = [
    ...names.map((value) => ({ type: 2 as const, value })),
    ...addresses.map((ip) => ({ type: 7 as const, ip })),
  ];
  const made = await generate([{ name: 'commonName', value: names[0] ?? 'nobody' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      ...(altNames.length > 0 ? [{ name: 'subjectAltName' as const, altNames }] : []),
    ],
    ...dates,
  });
  return { cert: made.cert, key: made.private };
}
