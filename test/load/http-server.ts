import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

/** What the scripts under fixtures/k6/http call: it says back what it was sent, and answers in every way they need. */

/** "squeezed \u00e9" as a zstd frame of one raw block. */
const zstdFrame = Buffer.concat([
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 11, 0x01 | ((11 << 3) & 0xff), (11 << 3) >> 8, 0]),
  Buffer.from('squeezed \u00e9'),
]);

const encoders: Record<string, (text: string) => Buffer> = {
  gzip: (text) => gzipSync(text),
  deflate: (text) => deflateSync(text),
  br: (text) => brotliCompressSync(text),
  zstd: () => zstdFrame,
  identity: (text) => Buffer.from(text),
};

type Asked = { url: URL; request: IncomingMessage; body: Buffer };
type Route = (response: ServerResponse, asked: Asked) => void;

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

function echo(response: ServerResponse, { request, body }: Asked): void {
  response.setHeader('Content-Type', 'application/json');
  response.end(
    JSON.stringify({ m: request.method, u: request.url, h: request.rawHeaders, b: body.toString('latin1') }),
  );
}

/** RFC 7616 with MD5: `qop` is what is offered. */
function digest(response: ServerResponse, asked: Asked): void {
  const { request, url } = asked;
  const given = request.headers.authorization ?? '';
  const field = (name: string) => new RegExp(`[ ,]${name}="?([^",]*)`).exec(given)?.[1] ?? '';
  const qop = url.searchParams.get('qop') ?? 'auth';
  if (!given.startsWith('Digest ')) {
    response.statusCode = 401;
    const offer = qop === '' ? '' : `, qop="${qop}"`;
    response.setHeader(
      'WWW-Authenticate',
      `Digest realm="rs", nonce="abc", opaque="o"${offer}, algorithm=MD5`,
    );
    response.end('who?');
    return;
  }
  const a1 = md5(`${field('username')}:rs:secret`);
  const a2 = md5(`${request.method}:${field('uri')}`);
  const middle = qop === '' ? 'abc' : `abc:${field('nc')}:${field('cnonce')}:${field('qop')}`;
  const right = field('response') === md5(`${a1}:${middle}:${a2}`) && field('uri') === request.url;
  response.statusCode = right ? 200 : 403;
  const seen = ['username', 'realm', 'nonce', 'uri', 'algorithm', 'opaque', 'qop'];
  response.end(JSON.stringify({ ok: right, f: seen.map(field), n: Object.keys(request.headers).sort() }));
}

/** How many slow requests each server has under way, and had at most since it was last asked. */
const loads = new Map<number, { now: number; peak: number }>();
const port = (response: ServerResponse) => response.socket?.localPort ?? 0;

const routes: Record<string, Route> = {
  '/echo': echo,
  '/digest': digest,
  '/text': (response) => response.end('plain text'),
  '/empty': (response) => response.end(),
  '/status': (response, { url }) => {
    response.statusCode = Number(url.searchParams.get('c'));
    response.setHeader('X-Multi', ['a', 'b']);
    response.setHeader('x-lower-case', 'v');
    response.end('s');
  },
  '/redir': (response, { url }) => {
    const n = Number(url.searchParams.get('n'));
    if (n === 0) response.end('done');
    else response.writeHead(302, { Location: `/redir?n=${n - 1}`, 'Set-Cookie': `h${n}=1` }).end(`hop ${n}`);
  },
  '/moved': (response, { url }) => {
    const to = url.searchParams.get('to');
    response.writeHead(Number(url.searchParams.get('s')), to === null ? {} : { Location: to });
    response.end('moved');
  },
  '/set': (response, { url }) => {
    response.setHeader('Set-Cookie', url.searchParams.getAll('c'));
    response.end('set');
  },
  '/encoded': (response, { url }) => {
    const encoding = url.searchParams.get('e') ?? '';
    response.setHeader('Content-Encoding', url.searchParams.get('as') ?? encoding);
    const encode = encoders[encoding] as (text: string) => Buffer;
    response.end(encode(url.searchParams.get('t') ?? 'squeezed \u00e9'));
  },
  '/json': (response, { url }) => response.end(url.searchParams.get('t')),
  '/basic': (response, asked) => {
    if (asked.request.headers.authorization === 'Basic dXNlcjpwYXNz') echo(response, asked);
    else response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="r"' }).end('who?');
  },
  '/slow': (response, { url }) => {
    const load = loads.get(port(response)) ?? { now: 0, peak: 0 };
    loads.set(port(response), load);
    load.now++;
    load.peak = Math.max(load.peak, load.now);
    setTimeout(
      () => {
        load.now--;
        response.end('slow');
      },
      Number(url.searchParams.get('ms')),
    );
  },
  '/peak': (response) => {
    response.end(`peak ${loads.get(port(response))?.peak ?? 0}`);
    loads.delete(port(response));
  },
  '/hang': () => undefined,
  '/reset': (_, { request }) => request.socket.destroy(),
};

/** Starts the server on a port of its own. */
export async function startHttpServer(port = 0): Promise<{ server: Server; base: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://x');
      const route = routes[url.pathname];
      response.sendDate = false;
      if (route === undefined) response.end('ok');
      else route(response, { url, request, body: Buffer.concat(chunks) });
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { server, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
