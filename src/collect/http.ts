import http from 'node:http';
import https from 'node:https';

/** A larger answer is neither a metrics page nor a page of a query. */
const LARGEST = 32 * 2 ** 20;

export type Answer = { status: number; reason: string; headers: http.IncomingHttpHeaders; body: Buffer };

export type HttpClient = {
  /** Whatever was answered, errors included. Rejects when nothing was, or too much. */
  get(path: string, accept: string, signal: AbortSignal): Promise<Answer>;
  close(): void;
};

/**
 * Asks the server of `url` over at most `connections` kept connections. A user and password in the URL are sent as
 * basic authentication, a `token` as a bearer's.
 */
export function openHttp(url: URL, connections: number, token?: string): HttpClient {
  const client = url.protocol === 'https:' ? https : http;
  const agent = new client.Agent({ keepAlive: true, maxSockets: connections });
  const authorization =
    token === undefined
      ? { auth: url.username === '' ? null : `${decode(url.username)}:${decode(url.password)}` }
      : {};
  const options: http.RequestOptions = {
    agent,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port,
    ...authorization,
  };
  const headers = {
    'user-agent': 'fxscale',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return {
    get: (path, accept, signal) =>
      send(client.request, { ...options, path, signal, headers: { ...headers, accept } }),
    close: () => agent.destroy(),
  };
}

function send(request: typeof http.request, options: http.RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const { statusCode: status = 0, statusMessage: reason = '', headers } = response;
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > LARGEST) response.destroy(new Error('the answer is larger than 32 MiB'));
      });
      response.on('end', () => resolve({ status, reason, headers, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed the kept connection while the request was on its way: that says nothing about the answer.
      if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(send(request, options));
      // A name with several addresses fails with an error for each of them.
      else reject(error instanceof AggregateError ? (error.errors[0] ?? error) : error);
    });
    sent.end();
  });
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
