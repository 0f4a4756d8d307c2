import http from 'node:http';
import https from 'node:https';
import { type Collector, parseSourceUrl, withoutCredentials } from './collector.ts';
import { parseExposition } from './exposition.ts';

/** Longer than the sampler waits for one sample, so that a stalled connection is dropped and not waited for again. */
const ANSWER_WITHIN = 5000;
/** A page larger than this is not a metrics page. */
const LARGEST_PAGE = 32 * 2 ** 20;

/**
 * Reads a page in the Prometheus text format. `address` is its `http:` or `https:` URL; a user and password in it are
 * sent as basic authentication. Throws USAGE when the address is not a URL.
 */
export function openPrometheus(address: string): Collector {
  const url = parseSourceUrl(address, 'http://127.0.0.1:8080/metrics');
  const client = url.protocol === 'https:' ? https : http;
  // One connection, kept: the page is asked for every second.
  const agent = new client.Agent({ keepAlive: true, maxSockets: 1 });
  const options: http.RequestOptions = {
    agent,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    headers: { accept: 'text/plain;version=0.0.4, */*;q=0.1', 'user-agent': 'fxscale' },
    ...(url.username === '' ? {} : { auth: `${decode(url.username)}:${decode(url.password)}` }),
  };
  return {
    source: `prometheus/${url.host}${url.pathname === '/metrics' ? '' : url.pathname}`,
    url: withoutCredentials(url),
    async sample() {
      const page = await get(client.request, { ...options, signal: AbortSignal.timeout(ANSWER_WITHIN) });
      try {
        return { values: parseExposition(page) };
      } catch (cause) {
        throw new Error(`the answer is not a Prometheus page: ${(cause as Error).message}`, { cause });
      }
    },
    async close() {
      agent.destroy();
    },
  };
}

function get(request: typeof http.request, options: http.RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const { statusCode = 0, statusMessage } = response;
      if (statusCode !== 200) {
        response.resume();
        reject(new Error(`it answered ${statusCode} ${statusMessage}`));
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > LARGEST_PAGE) response.destroy(new Error('the page is larger than 32 MiB'));
      });
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
      response.on('error', reject);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed the kept connection while the request was on its way: that says nothing about the page.
      if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(get(request, options));
      else reject(error);
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
