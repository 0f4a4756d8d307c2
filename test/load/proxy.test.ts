import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { proxyOf } from '../../src/load/http/dial/proxy.ts';
import { parseTarget } from '../../src/load/http/target.ts';
import { exchangeOn, failed, listen, newCertificate, newClient } from './http-client.ts';

beforeEach(() => {
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy', 'all_proxy']) {
    vi.stubEnv(name, '');
    vi.stubEnv(name.toUpperCase(), '');
  }
  return () => {
    vi.unstubAllEnvs();
  };
});

describe('which proxy the environment names', () => {
  const proxied = (url: string) => {
    const proxy = proxyOf(parseTarget(url).origin);
    return proxy && `${proxy.secure ? 'https' : 'http'}://${proxy.host}:${proxy.port}`;
  };

  it.each([
    ['HTTP_PROXY', 'http://p.test:3128', 'http://a.test/', 'http://p.test:3128'],
    ['http_proxy', 'p.test', 'http://a.test/', 'http://p.test:80'],
    ['HTTPS_PROXY', 'p.test:3128', 'https://a.test/', 'http://p.test:3128'],
    ['https_proxy', 'https://p.test', 'https://a.test/', 'https://p.test:443'],
    ['HTTP_PROXY', 'http://p.test', 'https://a.test/', undefined],
    ['HTTPS_PROXY', 'http://p.test', 'http://a.test/', undefined],
    ['ALL_PROXY', 'http://p.test', 'http://a.test/', undefined],
    ['HTTP_PROXY', 'http://p.test', 'http://localhost/', undefined],
    ['HTTP_PROXY', 'http://p.test', 'http://127.9.9.9/', undefined],
    ['HTTP_PROXY', 'http://p.test', 'http://[::1]/', undefined],
    ['HTTP_PROXY', 'http://[::1]:3128', 'http://a.test/', 'http://::1:3128'],
  ])('%s=%s for %s: %s', (name, value, url, expected) => {
    vi.stubEnv(name, value);
    expect(proxied(url)).toBe(expected);
  });

  it.each([
    ['a.test', 'http://a.test/', true],
    ['a.test', 'http://sub.a.test/', true],
    ['a.test', 'http://ba.test/', false],
    ['.a.test', 'http://sub.a.test/', true],
    ['.a.test', 'http://a.test/', false],
    ['*.a.test', 'http://sub.a.test/', true],
    ['*', 'http://a.test/', true],
    ['a.test:81', 'http://a.test/', false],
    ['a.test:81', 'http://a.test:81/', true],
    ['x.test, 10.0.0.0/8', 'http://10.1.1.1/', true],
    ['10.0.0.0/8', 'http://11.1.1.1/', false],
    ['fd00::/8', 'http://[fd12::1]/', true],
  ])('NO_PROXY=%s for %s: direct is %s', (list, url, direct) => {
    vi.stubEnv('HTTP_PROXY', 'http://p.test');
    vi.stubEnv('NO_PROXY', list);
    expect(proxied(url)).toBe(direct ? undefined : 'http://p.test:80');
  });

  it('has credentials from its URL', () => {
    vi.stubEnv('HTTP_PROXY', 'http://u:p%20w@p.test');
    expect(proxyOf(parseTarget('http://a.test/').origin)?.authorization).toBe('Basic dTpwIHc=');
  });

  it('cannot be of another kind', () => {
    vi.stubEnv('HTTP_PROXY', 'socks5://p.test');
    expect(() => proxyOf(parseTarget('http://a.test/').origin)).toThrow('only http and https can');
  });
});

/** A proxy that answers plain requests itself and leads every tunnel to `target`; it keeps what it was asked. */
function newProxy(target = 0) {
  const asked: string[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    asked.push(
      `${request.method} ${request.url} ${request.headers['proxy-authorization']} ${request.headers.host}`,
    );
    response.end('from the proxy');
  });
  server.on('connection', () => connections++);
  server.on('connect', (request, socket: Socket) => {
    asked.push(
      `${request.method} ${request.url} ${request.headers['proxy-authorization']} ${request.headers.host}`,
    );
    if (request.url?.startsWith('deny')) {
      socket.end('HTTP/1.1 403 Not For You\r\n\r\n');
      return;
    }
    if (request.url?.startsWith('reset')) {
      socket.resetAndDestroy();
      return;
    }
    if (request.url?.startsWith('close')) {
      socket.end();
      return;
    }
    const onward = connect(target, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  return { server, asked, count: () => connections };
}

describe('requests through a proxy', () => {
  it('name the whole URL, and share connections whatever their host', async () => {
    const { server, asked, count } = newProxy();
    const port = await listen(server);
    vi.stubEnv('HTTP_PROXY', `http://u:p%20w@127.0.0.1:${port}`);
    const client = newClient();
    const first = await exchangeOn(client, 'http://some.test/x?y');
    expect(first).toMatchObject({
      status: 200,
      body: 'from the proxy',
      remoteAddress: '127.0.0.1',
      remotePort: port,
    });
    expect((await exchangeOn(client, 'http://10.1.1.1:81/z')).status).toBe(200);
    expect(asked).toEqual([
      'GET http://some.test/x?y Basic dTpwIHc= some.test',
      'GET http://10.1.1.1:81/z Basic dTpwIHc= 10.1.1.1:81',
    ]);
    expect(count()).toBe(1);
  });

  it('go through a tunnel when they are secure', async () => {
    const { cert, key } = await newCertificate(['some.test']);
    const target = createHttpsServer({ cert, key }, (request, response) =>
      response.end(`for ${request.headers.host}`),
    );
    const { server, asked } = newProxy(await listen(target));
    const port = await listen(server);
    vi.stubEnv('HTTPS_PROXY', `http://u:p@127.0.0.1:${port}`);
    const client = newClient({ options: { insecureSkipTLSVerify: true } });
    const exchange = await exchangeOn(client, 'https://some.test/t');
    expect(exchange).toMatchObject({ status: 200, body: 'for some.test', tlsVersion: 'tls1.3' });
    expect(asked).toEqual(['CONNECT some.test:443 Basic dTpw some.test:443']);
    expect(failed(await exchangeOn(client, 'https://deny.test/'))).toMatchObject({
      message: 'Not For You',
      code: 1000,
    });
  });

  it.each([
    ['reset.test', 'read: connection reset by peer', 1220],
    ['close.test', 'EOF', 1000],
  ])('fail when the proxy does not lead on: %s', async (host, message, code) => {
    const { server } = newProxy();
    vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${await listen(server)}`);
    expect(failed(await exchangeOn(newClient(), `https://${host}/`))).toMatchObject({ message, code });
  });

  it('reach a proxy over TLS', async () => {
    const { cert, key } = await newCertificate(['localhost'], ['127.0.0.1']);
    const secureProxy = createHttpsServer({ cert, key }, (request, response) => response.end(request.url));
    const port = await listen(secureProxy);
    vi.stubEnv('HTTP_PROXY', `https://127.0.0.1:${port}`);
    const client = newClient({ options: { insecureSkipTLSVerify: true } });
    expect(await exchangeOn(client, 'http://some.test/x')).toMatchObject({
      status: 200,
      body: 'http://some.test/x',
    });
  });

  it('fail as in k6 when the proxy is not there', async () => {
    const { server } = newProxy();
    const port = await listen(server);
    server.close();
    await once(server, 'close');
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${port}`);
    expect(failed(await exchangeOn(newClient(), 'http://some.test/'))).toMatchObject({
      code: 1200,
      message: `proxyconnect tcp: dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });

  it('need leave for their host, not for the proxy', async () => {
    const { server } = newProxy();
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${await listen(server)}`);
    const asked: unknown[] = [];
    const client = newClient({ admit: (...given) => asked.push(given) });
    await exchangeOn(client, 'http://some.test/');
    expect(asked).toEqual([['some.test', []]]);
  });
});
