import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { dialFailed, RequestFailure } from '../../src/load/http/failure.ts';
import { exchangeOn, failed, listen, newClient } from './http-client.ts';

/** A server that tells the address of whoever asks, and the Host header. */
function newEcho() {
  let connections = 0;
  const server = createServer((request, response) => {
    response.end(
      `${request.socket.remoteAddress} ${request.headers.host} ${request.headers.connection ?? ''}`,
    );
  });
  server.on('connection', () => connections++);
  return { server, count: () => connections };
}

describe('where a request goes', () => {
  it('follows hosts, and says so in the remote address', async () => {
    const port = await listen(newEcho().server);
    const client = newClient({
      options: { hosts: { 'a.test': '127.0.0.1', '*.w.test': `127.0.0.1:${port}` } },
    });
    const byName = await exchangeOn(client, `http://a.test:${port}/`);
    expect(byName).toMatchObject({ status: 200, remoteAddress: '127.0.0.1', remotePort: port });
    expect(byName.body).toContain(`a.test:${port}`);
    expect(await exchangeOn(client, 'http://x.w.test:1/')).toMatchObject({ status: 200, remotePort: port });
  });

  it('reaches IPv6 addresses and names', async () => {
    const port = await listen(newEcho().server, '::1');
    const client = newClient({ lookup: async () => ['::1'] });
    expect(await exchangeOn(client, `http://[::1]:${port}/`)).toMatchObject({
      status: 200,
      remoteAddress: '::1',
    });
    expect(await exchangeOn(client, `http://six.test:${port}/`)).toMatchObject({
      status: 200,
      remoteAddress: '::1',
    });
  });

  it('dials from the addresses of localIPs in turn', async () => {
    const port = await listen(newEcho().server);
    const from = async (id: number) => {
      const client = newClient({ localIPs: '127.0.0.2-127.0.0.3', id });
      return (await exchangeOn(client, `http://127.0.0.1:${port}/`)).body.split(' ')[0];
    };
    expect([await from(1), await from(2), await from(3)]).toEqual(['127.0.0.2', '127.0.0.3', '127.0.0.2']);
  });
});

describe('an address to dial from', () => {
  it.each([
    [
      '192.0.2.5',
      '127.0.0.1',
      {
        message: expect.stringMatching(
          /^dial: unknown errno \d+ error with msg `cannot assign requested address`$/,
        ),
        code: 1213,
        detail: 'dial tcp 192.0.2.5:0->127.0.0.1:9: bind: cannot assign requested address',
      },
    ],
    [
      '127.0.0.5',
      '[::1]',
      {
        message: 'dial tcp: address 127.0.0.5:0: no suitable address found',
        code: 1210,
        detail: 'dial tcp: address 127.0.0.5:0: no suitable address found',
      },
    ],
  ])('may not do: %s to %s', async (localIPs, host, failure) => {
    expect(failed(await exchangeOn(newClient({ localIPs }), `http://${host}:9/`))).toEqual(failure);
  });
});

it.each([
  ['ETIMEDOUT', -110, 1211, 'dial: i/o timeout', 'dial tcp 10.0.0.1:80: i/o timeout'],
  [
    'ENETUNREACH',
    -101,
    1213,
    'dial: unknown errno 101 error with msg `network is unreachable`',
    'dial tcp 10.0.0.1:80: connect: network is unreachable',
  ],
])('tells %s while dialling as k6 does', (code, errno, number, message, detail) => {
  const failure = dialFailed(Object.assign(new Error(code), { code, errno }), '10.0.0.1', 80);
  expect(failed({ failure })).toEqual({ message, code: number, detail });
});

describe('what is not dialled', () => {
  // Messages and codes as k6 v2.0.0 gave them.
  it.each([
    [
      'http://x.bad.test/',
      {
        message: 'hostname is blocked',
        code: 1111,
        detail: 'hostname (x.bad.test) is in a blocked pattern (*.bad.test)',
      },
    ],
    [
      'http://10.1.1.1/',
      {
        message: 'ip is blacklisted',
        code: 1110,
        detail: 'IP (10.1.1.1) is in a blacklisted range (10.0.0.0/8)',
      },
    ],
    [
      'http://ten.test/',
      {
        message: 'ip is blacklisted',
        code: 1110,
        detail: 'IP (10.1.2.3) is in a blacklisted range (10.0.0.0/8)',
      },
    ],
    [
      'http://127.0.0.1:1/',
      {
        message: 'dial: connection refused',
        code: 1212,
        detail: 'dial tcp 127.0.0.1:1: connect: connection refused',
      },
    ],
    [
      'http://[::1]:1/',
      {
        message: 'dial: connection refused',
        code: 1212,
        detail: 'dial tcp [::1]:1: connect: connection refused',
      },
    ],
    [
      'http://127.0.0.1:99999/',
      {
        message: 'dial tcp: address 99999: invalid port',
        code: 1210,
        detail: 'dial tcp: address 99999: invalid port',
      },
    ],
  ])('%s', async (url, failure) => {
    const options = {
      blockHostnames: ['*.bad.test'],
      blacklistIPs: ['10.0.0.0/8'],
      hosts: { 'ten.test': '10.1.2.3' },
    };
    const exchange = await exchangeOn(newClient({ options }), url);
    expect(failed(exchange)).toEqual(failure);
    expect(exchange).toMatchObject({
      status: 0,
      remoteAddress: '',
      remotePort: 0,
      timings: { blocked: 0, duration: 0 },
    });
  });

  it('asks for leave with all addresses that a name has', async () => {
    const asked: unknown[] = [];
    const admit = (...given: unknown[]) => {
      asked.push(given);
      throw new RequestFailure('not there', 1);
    };
    const client = newClient({
      admit,
      lookup: async () => ['10.0.0.1', '127.0.0.1'],
      options: { hosts: { 'm.test': '10.9.9.9' } },
    });
    for (const host of ['two.test', 'm.test', '127.0.0.1']) {
      expect(failed(await exchangeOn(client, `http://${host}:1/`))?.code).toBe(1);
    }
    expect(asked).toEqual([
      ['two.test', ['10.0.0.1', '127.0.0.1']],
      ['m.test', ['10.9.9.9']],
      ['127.0.0.1', ['127.0.0.1']],
    ]);
  });
});

describe('how long it takes', () => {
  it('ends a request whose name is not found in time', async () => {
    const client = newClient({ lookup: () => new Promise(() => undefined) });
    const exchange = await exchangeOn(client, 'http://slow.test/', { timeoutMs: 30 });
    expect(failed(exchange)).toMatchObject({ message: 'request timeout', code: 1050 });
  });

  it('ends at once when the virtual user is interrupted', async () => {
    const client = newClient({ lookup: () => new Promise(() => undefined) });
    const ended = exchangeOn(client, 'http://slow.test/');
    client.abort(new RequestFailure('interrupted', 1000));
    expect(failed(await ended)?.message).toBe('interrupted');
  });

  it('counts connecting on the first request of a connection only', async () => {
    const port = await listen(newEcho().server);
    const client = newClient();
    const first = await exchangeOn(client, `http://127.0.0.1:${port}/`);
    const second = await exchangeOn(client, `http://127.0.0.1:${port}/`);
    expect(first.timings.connecting).toBeGreaterThan(0);
    expect(first.timings.blocked).toBeGreaterThanOrEqual(first.timings.connecting);
    expect(second.timings.connecting).toBe(0);
  });
});

describe('which connections are kept', () => {
  /** Sends `count` requests at once, which the server answers when all have come. */
  async function volley(count: number, options: Record<string, unknown>) {
    const waiting: (() => void)[] = [];
    let connections = 0;
    let open = 0;
    const server = createServer((_, response) => {
      waiting.push(() => response.end('ok'));
      if (waiting.length === count) for (const answer of waiting.splice(0)) answer();
    });
    server.on('connection', (socket) => {
      connections++;
      open++;
      socket.on('close', () => open--);
    });
    const port = await listen(server);
    const client = newClient({ options });
    const round = () =>
      Promise.all(Array.from({ length: count }, () => exchangeOn(client, `http://127.0.0.1:${port}/`)));
    return { round, connections: () => connections, open: () => open };
  }

  it.each([
    [{}, 6],
    [{ batchPerHost: 3 }, 3],
    [{ batch: 2 }, 2],
    [{ batchPerHost: 0 }, 2],
  ])('%o: %i to a host', async (options, kept) => {
    const { round, connections, open } = await volley(8, options);
    await round();
    await expect.poll(open).toBe(kept);
    await round();
    expect(connections()).toBe(8 + 8 - kept);
  });

  it('closes the one that rested longest when there are too many in all', async () => {
    const servers = [newEcho(), newEcho(), newEcho()];
    const ports = await Promise.all(servers.map(({ server }) => listen(server)));
    const client = newClient({ options: { batch: 2 } });
    const visit = (i: number) => exchangeOn(client, `http://127.0.0.1:${ports[i]}/`);
    for (const i of [0, 1, 0, 2, 0]) await visit(i);
    expect(servers.map(({ count }) => count())).toEqual([1, 1, 1]);
    await visit(1);
    expect(servers.map(({ count }) => count())).toEqual([1, 2, 1]);
  });

  it('keeps none under noConnectionReuse, and says so', async () => {
    const { server, count } = newEcho();
    const port = await listen(server);
    const client = newClient({ options: { noConnectionReuse: true } });
    for (const _ of [1, 2]) {
      expect((await exchangeOn(client, `http://127.0.0.1:${port}/`)).body).toMatch(/ close$/);
    }
    expect(count()).toBe(2);
  });

  it('sends again what a kept connection lost', async () => {
    let connections = 0;
    const server = createTcpServer((socket) => {
      connections++;
      let requests = 0;
      socket.on('data', () => {
        if (++requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        else socket.destroy();
      });
    });
    const port = await listen(server);
    const client = newClient();
    expect((await exchangeOn(client, `http://127.0.0.1:${port}/`)).status).toBe(200);
    expect((await exchangeOn(client, `http://127.0.0.1:${port}/`)).status).toBe(200);
    expect(connections).toBe(2);
    expect(
      failed(await exchangeOn(client, `http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' }))?.message,
    ).toBe('EOF');
  });
});

it('tells what came of a body before it broke off', async () => {
  const server = createTcpServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'));
  });
  const port = await listen(server);
  const exchange = await exchangeOn(newClient(), `http://127.0.0.1:${port}/`);
  expect(exchange.body).toBe('abc');
  expect(exchange.failure?.told('GET', 'http://x/')).toBe('unexpected EOF');
});
