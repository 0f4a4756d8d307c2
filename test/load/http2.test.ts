import type { ServerHttp2Stream } from 'node:http2';
import { createServer } from 'node:https';
import { describe, expect, it } from 'vitest';
import { exchangeOn, listen, newCertificate } from './http-client.ts';
import { answer, echo, newUser, start } from './http2-server.ts';

describe('a request over HTTP/2', () => {
  it('is told as k6 tells it', async () => {
    const { url, port } = await start((stream) => {
      stream.respond({
        ':status': 418,
        'x-one': ['a', 'b'],
        'set-cookie': ['a=1', 'b=2'],
        'content-type': 'text/plain',
        'content-encoding': 'gzip',
      });
      stream.end('teapot');
    });
    const exchange = await exchangeOn(newUser(), `${url}/headers`);
    expect(exchange).toMatchObject({
      status: 418,
      body: 'teapot',
      setsCookies: true,
      encoded: true,
      remoteAddress: '127.0.0.1',
      remotePort: port,
      tlsVersion: 'tls1.3',
      tlsCipherSuite: 'TLS_AES_256_GCM_SHA384',
    });
    expect(exchange.head.split('\r\n')).toEqual(
      expect.arrayContaining([
        "HTTP/2.0 418 I'm a teapot",
        'X-One: a, b',
        'Set-Cookie: a=1',
        'Set-Cookie: b=2',
        'Content-Type: text/plain',
      ]),
    );
  });

  it('carries its head and body over', async () => {
    const { url, port } = await start(echo);
    const exchange = await exchangeOn(newUser(), `${url}/path%20x?q=1`, {
      method: 'POST',
      body: 'sent',
      headers: 'X-Own: 1\r\nCookie: a=1; b=2\r\nConnection: close\r\nContent-Type: text/plain\r\n',
    });
    expect(JSON.parse(exchange.body)).toEqual({
      ':authority': `127.0.0.1:${port}`,
      ':method': 'POST',
      ':path': '/path%20x?q=1',
      ':scheme': 'https',
      'user-agent': 'test',
      'content-length': '4',
      'content-type': 'text/plain',
      'x-own': '1',
      cookie: 'a=1; b=2',
      body: 'sent',
    });
  });

  it.each([
    ['TE: gzip\r\nUpgrade: h2c\r\n', 200],
    ['Age: 1\r\nX Y: 1\r\n', 0],
  ])('with the headers %j ends with status %i', async (headers, status) => {
    const { url } = await start(echo);
    expect((await exchangeOn(newUser(), url, { headers })).status).toBe(status);
  });

  it('may bring a large body, which is left out when nobody wants it', async () => {
    const { url } = await start((stream) => answer(stream, 'x'.repeat(3_000_000)));
    const client = newUser();
    expect((await exchangeOn(client, url)).body).toHaveLength(3_000_000);
    expect(await exchangeOn(client, url, { wanted: false })).toMatchObject({ status: 200, body: '' });
    expect(await exchangeOn(client, url, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  it('falls back to HTTP/1.1 where the server knows no better', async () => {
    const server = createServer({ ...(await newCertificate(['localhost'])) }, (_, response) =>
      response.end('one'),
    );
    const exchange = await exchangeOn(newUser(), `https://127.0.0.1:${await listen(server)}/`);
    expect(exchange).toMatchObject({ status: 200, body: 'one' });
    expect(exchange.head).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('divides its time as k6 does', async () => {
    const { url } = await start((stream) => setTimeout(() => answer(stream), 20));
    const client = newUser();
    const { timings: first } = await exchangeOn(client, url);
    const { timings: second } = await exchangeOn(client, url);
    expect(first.connecting).toBeGreaterThan(0);
    expect(first.tls_handshaking).toBeGreaterThan(0);
    expect(first.blocked).toBeGreaterThanOrEqual(first.connecting + first.tls_handshaking);
    expect(first.waiting).toBeGreaterThanOrEqual(15);
    expect(first.duration).toBeCloseTo(first.sending + first.waiting + first.receiving, 6);
    expect(second).toMatchObject({ connecting: 0, tls_handshaking: 0, looking_up: 0 });
    expect(second.blocked).toBeLessThan(first.blocked);
  });
});

describe('one connection', () => {
  it('carries all requests at once', async () => {
    const waiting: ServerHttp2Stream[] = [];
    const { url, connections } = await start((stream) => {
      waiting.push(stream);
      if (waiting.length === 10) for (const one of waiting.splice(0)) answer(one);
    });
    const client = newUser();
    const batch = () => Promise.all(Array.from({ length: 10 }, (_, i) => exchangeOn(client, `${url}/${i}`)));
    expect((await batch()).map(({ status }) => status)).toEqual(Array(10).fill(200));
    const before = connections();
    expect((await batch()).map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(connections()).toBe(before);
  });

  it('is waited for, once the server is known to speak HTTP/2', async () => {
    const { url, connections } = await start((stream) => answer(stream));
    await exchangeOn(newUser(), url);
    const client = newUser();
    await Promise.all(Array.from({ length: 10 }, () => exchangeOn(client, url)));
    expect(connections()).toBe(2);
  });

  it('is not shared between virtual users', async () => {
    const { url, connections } = await start((stream) => answer(stream));
    await exchangeOn(newUser(), url);
    await exchangeOn(newUser(), url);
    expect(connections()).toBe(2);
  });

  it('is closed after each request under noConnectionReuse, and between iterations when told to', async () => {
    const { url, connections, closed } = await start((stream) => answer(stream));
    const client = newUser({ noConnectionReuse: true });
    await exchangeOn(client, url);
    await exchangeOn(client, url);
    expect(connections()).toBe(2);
    await expect.poll(closed).toBe(2);
    const other = newUser();
    await exchangeOn(other, url);
    other.closeIdle();
    await expect.poll(closed).toBe(3);
    expect((await exchangeOn(other, url)).status).toBe(200);
  });

  it('counts its bytes on the network', async () => {
    const { url } = await start((stream) => answer(stream, 'x'.repeat(100_000)));
    const client = newUser();
    await exchangeOn(client, url);
    const handshake = client.traffic.sent;
    expect(handshake).toBeGreaterThan(300);
    expect(client.traffic.received).toBeGreaterThan(100_000);
    expect(client.traffic.received).toBeLessThan(105_000);
    await exchangeOn(client, url);
    expect(client.traffic.sent - handshake).toBeLessThan(300);
    expect(client.traffic.received).toBeGreaterThan(200_000);
  });
});
