import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Response } from '../../src/load/http/response.ts';
import { httpModule } from '../../src/load/modules/http.ts';
import { Interrupted } from '../../src/load/vu.ts';
import { testUser } from './test-user.ts';

type Http = Record<
  'get' | 'head' | 'post' | 'put' | 'patch' | 'del' | 'request',
  (...args: unknown[]) => Promise<Response>
>;

let server: Server;
let base: string;
const raw: TcpServer[] = [];
let connections = 0;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://x');
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    if (url.pathname === '/echo') {
      response.setHeader('Content-Type', 'application/json');
      response.end(
        JSON.stringify({ method: request.method, headers: request.rawHeaders, url: request.url, body }),
      );
    } else if (url.pathname === '/status')
      response.writeHead(Number(url.searchParams.get('s'))).end('as asked');
    else if (url.pathname === '/hop') {
      const left = Number(url.searchParams.get('n'));
      if (left === 0) response.end('landed');
      else response.writeHead(302, { Location: `/hop?n=${left - 1}` }).end();
    } else if (url.pathname === '/moved') {
      response.writeHead(Number(url.searchParams.get('s')), { Location: '/echo' }).end();
    } else if (url.pathname === '/gzip') {
      response.setHeader('Content-Encoding', 'gzip');
      response.end(gzipSync('squeezed é'));
    } else if (url.pathname === '/large') response.end('x'.repeat(300_000));
    else if (url.pathname === '/cookie') response.setHeader('Set-Cookie', 'sid=abc; Path=/').end('set');
    else if (url.pathname === '/never') response.on('close', () => undefined);
    else if (url.pathname === '/close') response.setHeader('Connection', 'close').end('bye');
    else response.end('ok');
  });
}

/** A server that does `serve` with each connection. */
async function rawServer(serve: (socket: Socket) => void): Promise<string> {
  const tcp = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    serve(socket);
  });
  raw.push(tcp);
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(tcp.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  server = createServer(answer);
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  for (const one of raw) one.close();
});

function client(options: Record<string, unknown> = {}) {
  const { vu, session, logs } = testUser(options);
  return { vu, session, logs, http: httpModule(vu) as Http };
}

function samples(session: ReturnType<typeof client>['session'], metric: string): number {
  return session.registry.get(metric)?.sink.samples ?? -1;
}

describe('k6/http', () => {
  it('gives status, body, headers, timings and the request', async () => {
    const { http } = client();
    const response = await http.post(`${base}/echo?a=1`, '{"x":"é"}', {
      headers: { 'content-type': 'application/json', 'x-foo': 'bar' },
    });
    expect(response.status).toBe(200);
    expect(response.status_text).toBe('200 OK');
    expect(response.proto).toBe('HTTP/1.1');
    expect(response.headers['Content-Type']).toBe('application/json');
    expect(response.error_code).toBe(0);
    expect(response.request?.method).toBe('POST');
    expect(response.request?.headers['X-Foo']).toEqual(['bar']);
    expect(response.json('body')).toBe('{"x":"é"}');
    // k6's order on the wire: Host, User-Agent, Content-Length, then the rest by name.
    const sent = response.json('headers') as string[];
    expect(sent.filter((_, i) => i % 2 === 0)).toEqual([
      'Host',
      'User-Agent',
      'Content-Length',
      'Content-Type',
      'X-Foo',
    ]);
    expect(response.json('headers.5')).toBe('10');
    const { sending, waiting, receiving, duration } = response.timings;
    expect(duration).toBeCloseTo(sending + waiting + receiving, 9);
    expect(waiting).toBeGreaterThan(0);
  });

  it('sends an object as a form with sorted keys', async () => {
    const { http } = client();
    const response = await http.post(`${base}/echo`, { b: 2, a: [1, 2], c: null });
    expect(response.json('body')).toBe('a=1&a=2&b=2&c=');
    expect(response.json('headers')).toContain('application/x-www-form-urlencoded');
  });

  it.each(['head', 'put', 'patch', 'del'] as const)('sends %s', async (name) => {
    const { http } = client();
    const response = await http[name](`${base}/echo`);
    const method = name === 'del' ? 'DELETE' : name.toUpperCase();
    if (name === 'head') expect(response.body).toBe('');
    else expect(response.json('method')).toBe(method);
    expect(response.status).toBe(200);
  });

  it('keeps one connection for one VU', async () => {
    const { http, vu } = client();
    const before = connections;
    for (let i = 0; i < 5; i++) await http.get(`${base}/`);
    expect(connections - before).toBe(1);
    vu.client.closeIdle();
  });

  it('opens a connection for every request under noConnectionReuse', async () => {
    const { http } = client({ noConnectionReuse: true });
    const before = connections;
    for (let i = 0; i < 3; i++) await http.get(`${base}/`);
    expect(connections - before).toBe(3);
  });

  it('opens another connection when the server announced that it closes', async () => {
    const { http } = client();
    expect((await http.get(`${base}/close`)).body).toBe('bye');
    expect((await http.get(`${base}/close`)).body).toBe('bye');
  });

  it('sends a GET again when the server closed the idle connection as it was written', async () => {
    let served = 0;
    const url = await rawServer((socket) => {
      served++;
      let requests = 0;
      socket.on('data', () => {
        requests++;
        // The second request on a connection finds it closed.
        if (requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx');
        else socket.destroy();
      });
    });
    const { http, session } = client();
    expect((await http.get(`${url}/`)).status).toBe(200);
    expect((await http.get(`${url}/`)).status).toBe(200);
    expect(served).toBe(2);
    expect(samples(session, 'http_reqs')).toBe(2);
  });

  it('reads large, chunked and compressed bodies', async () => {
    const { http } = client();
    expect((await http.get(`${base}/large`)).body).toHaveLength(300_000);
    expect((await http.get(`${base}/gzip`)).body).toBe('squeezed é');
    const bytes = (await http.get(`${base}/`, { responseType: 'binary' })).body as ArrayBuffer;
    expect(Buffer.from(bytes).toString()).toBe('ok');
    expect((await http.get(`${base}/large`, { responseType: 'none' })).body).toBeNull();
  });

  it('follows redirects, each a request of its own, up to the limit', async () => {
    const { http, session } = client();
    const response = await http.get(`${base}/hop?n=3`);
    expect(response.body).toBe('landed');
    expect(response.url).toBe(`${base}/hop?n=0`);
    expect(samples(session, 'http_reqs')).toBe(4);
    // k6 1.3 with a chain of 12: 11 requests, and the last redirect is the answer.
    const long = await http.get(`${base}/hop?n=12`);
    expect([long.status, long.url]).toEqual([302, `${base}/hop?n=2`]);
    expect(samples(session, 'http_reqs')).toBe(15);
    expect((await http.get(`${base}/hop?n=1`, { redirects: 0 })).status).toBe(302);
  });

  it.each([
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'kept'],
    [308, 'POST', 'kept'],
  ])('after a %i of a POST sends %s', async (status, method, body) => {
    const { http } = client();
    const response = await http.post(`${base}/moved?s=${status}`, 'kept');
    expect([response.json('method'), response.json('body')]).toEqual([method, body]);
  });

  it('keeps cookies for the rest of the iteration', async () => {
    const { http } = client();
    await http.get(`${base}/cookie`);
    const sent = (await http.get(`${base}/echo`)).json('headers') as string[];
    expect(sent[sent.indexOf('Cookie') + 1]).toBe('sid=abc');
  });

  it('counts a status of 400 and more as failed, with its code', async () => {
    const { http, session } = client();
    const response = await http.get(`${base}/status?s=404`);
    expect([response.status, response.error, response.error_code]).toEqual([404, '', 1404]);
    expect(session.registry.get('http_req_failed')?.sink).toMatchObject({ samples: 1, trues: 1 });
  });

  it('tells a refused connection in k6 terms', async () => {
    const free = await rawServer(() => undefined);
    raw.pop()?.close();
    const { http, session, logs } = client();
    const response = await http.get(`${free}/`);
    expect([response.status, response.body, response.error, response.error_code]).toEqual([
      0,
      null,
      'dial: connection refused',
      1212,
    ]);
    expect(session.refused).toBe(1);
    expect(samples(session, 'http_req_duration')).toBe(1);
    expect(logs).toEqual(['Request Failed']);
  });

  it('ends a request at its timeout, with the time spent waiting', async () => {
    const { http } = client();
    const response = await http.get(`${base}/never`, { timeout: 150 });
    expect([response.error, response.error_code]).toEqual(['request timeout', 1050]);
    expect(response.timings.waiting).toBeGreaterThan(140);
    expect(response.timings.receiving).toBe(0);
  });

  it('throws under `throw`', async () => {
    const { http } = client({ throw: true });
    await expect(http.get(`${base}/never`, { timeout: '50ms' })).rejects.toThrow(
      `Get "${base}/never": request timeout`,
    );
  });

  it.each([
    ['nothing', '', 'EOF', 1000],
    ['half an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal', 'unexpected EOF', 1000],
    ['another protocol', '220 smtp ready\r\n\r\n', 'malformed HTTP status code "smtp"', 1000],
  ])('tells a server that sends %s and closes', async (_, text, error, code) => {
    const url = await rawServer((socket) => socket.on('data', () => socket.end(text)));
    const { http } = client();
    const response = await http.get(`${url}/`);
    expect([response.status, response.error, response.error_code]).toEqual([0, error, code]);
  });

  it.each([
    ['/relative', 'unsupported protocol scheme ""', 1000, 1],
    ['ftp://host/', 'unsupported protocol scheme "ftp"', 1000, 1],
    ['http://a b/', 'invalid URL: parse "http://a b/": invalid character " " in host name', 1020, 0],
  ])('refuses %s as a URL', async (url, error, code, counted) => {
    const { http, session } = client();
    const response = await http.get(url);
    expect([response.error, response.error_code, samples(session, 'http_reqs')]).toEqual([
      error,
      code,
      counted,
    ]);
  });

  it('stops the run at a host that is neither this machine nor allowed', async () => {
    const { vu, stopped } = testUser();
    const http = httpModule(vu) as Http;
    await expect(http.get('http://192.0.2.1/')).rejects.toThrow('add --allow-host 192.0.2.1');
    expect(stopped.map(({ code }) => code)).toEqual(['USAGE']);
  });

  it('stops the run at the one kind of authentication that it has not', async () => {
    const { vu, stopped } = testUser();
    const http = httpModule(vu) as Http;
    await expect(http.get(`${base}/`, { auth: 'ntlm' })).rejects.toThrow('--engine k6');
    expect(stopped.map(({ code }) => code)).toEqual(['SCRIPT']);
  });

  it('sends no header with a line break', async () => {
    const { http } = client();
    const response = await http.get(`${base}/`, { headers: { 'X-A': 'b\r\nX-C: d' } });
    expect([response.status, response.error, response.error_code]).toEqual([
      0,
      'net/http: invalid header field value for "X-A"',
      1000,
    ]);
  });

  it('ends a request that is under way when its VU is interrupted, without a sample', async () => {
    const { http, vu, session } = client();
    const pending = http.get(`${base}/never`);
    setImmediate(() => vu.interrupt());
    await expect(pending).rejects.toThrow(Interrupted);
    expect(samples(session, 'http_reqs')).toBe(0);
    expect(() => http.get(`${base}/`)).toThrow(Interrupted);
  });

  it('stops the run when a second request starts before the first has ended', async () => {
    const { vu, stopped } = testUser();
    const http = httpModule(vu) as Http;
    const first = http.get(`${base}/`);
    expect(() => http.get(`${base}/`)).toThrow('a call to it was reached in a way that cannot be followed');
    await first;
    expect(stopped).toHaveLength(1);
  });
});
