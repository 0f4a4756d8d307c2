import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { cipherList, suiteName } from '../../src/load/http/dial/cipher-suites.ts';
import { exchangeOn, failed, listen, newCertificate, newClient } from './http-client.ts';
import { newServer } from './tls-server.ts';

const careless = { insecureSkipTLSVerify: true };

describe('tlsVersion', () => {
  it.each([
    ['tls1.2', 'tls1.2'],
    [{ max: 'tls1.2' }, 'tls1.2'],
    [{ min: 'tls1.3' }, 'tls1.3'],
    [{ min: 'tls1.0', max: 'tls1.1' }, 'tls1.1'],
  ])('%j makes it %s', async (tlsVersion, version) => {
    const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const port = await listen(newServer(old));
    const exchange = await exchangeOn(
      newClient({ options: { ...careless, tlsVersion } }),
      `https://127.0.0.1:${port}/`,
    );
    expect(exchange).toMatchObject({ status: 200, tlsVersion: version });
  });

  it('may be one that the server does not speak', async () => {
    const port = await listen(newServer({ minVersion: 'TLSv1.3' }));
    const exchange = await exchangeOn(
      newClient({ options: { ...careless, tlsVersion: 'tls1.2' } }),
      `https://127.0.0.1:${port}/`,
    );
    expect(failed(exchange)).toMatchObject({
      message: 'remote error: tls: protocol version not supported',
      code: 1010,
    });
    expect(exchange.timings).toMatchObject({
      blocked: 0,
      tls_handshaking: 0,
      connecting: expect.any(Number),
    });
  });
});

describe('tlsCipherSuites', () => {
  it.each(['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA'])(
    '%s',
    async (suite) => {
      const port = await listen(newServer({ maxVersion: 'TLSv1.2', ciphers: 'ALL:@SECLEVEL=0' }));
      const client = newClient({ options: { ...careless, tlsCipherSuites: [suite] } });
      expect(await exchangeOn(client, `https://127.0.0.1:${port}/`)).toMatchObject({
        status: 200,
        tlsCipherSuite: suite,
      });
    },
  );

  it('do not limit TLS 1.3, and fail where the server has none of them', async () => {
    const client = newClient({ options: { ...careless, tlsCipherSuites: ['TLS_RSA_WITH_AES_128_CBC_SHA'] } });
    const modern = await exchangeOn(client, `https://127.0.0.1:${await listen(newServer())}/`);
    expect(modern).toMatchObject({ status: 200, tlsCipherSuite: 'TLS_AES_256_GCM_SHA384' });
    const old = await exchangeOn(
      client,
      `https://127.0.0.1:${await listen(newServer({ maxVersion: 'TLSv1.2' }))}/`,
    );
    expect(failed(old)).toMatchObject({ message: 'remote error: tls: handshake failure', code: 1010 });
  });

  it('have the names that Go gave them', () => {
    expect(suiteName('TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256')).toBe(
      'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305',
    );
    expect(suiteName('TLS_CHACHA20_POLY1305_SHA256')).toBe('TLS_CHACHA20_POLY1305_SHA256');
    expect(cipherList(['TLS_RSA_WITH_AES_128_CBC_SHA'])).toContain(':AES128-SHA:');
  });
});

describe('tlsAuth', () => {
  const asking = { requestCert: true, rejectUnauthorized: false };

  it('offers the certificate for the domain, else the first', async () => {
    const port = await listen(newServer(asking));
    const [one, two] = [await newCertificate(['one']), await newCertificate(['two'])];
    const tlsAuth = [
      { ...one, domains: ['localhost'] },
      { ...two, domains: ['*.good.test'] },
    ];
    const client = newClient({ options: { ...careless, tlsAuth }, lookup: async () => ['127.0.0.1'] });
    const whose = async (host: string) => (await exchangeOn(client, `https://${host}:${port}/`)).body;
    expect(await whose('localhost')).toBe('one localhost');
    expect(await whose('a.good.test')).toBe('two a.good.test');
    expect(await whose('a.b.good.test')).toBe('one a.b.good.test');
    // No name is asked for where there is none, and k6 offers its certificate there too.
    expect(await whose('127.0.0.1')).toBe('one false');
  });

  it('reads a key with a password', async () => {
    const { cert, key } = await newCertificate(['locked']);
    const locked = createPrivateKey(key).export({
      type: 'sec1',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'secret',
    });
    const port = await listen(newServer(asking));
    const tlsAuth = [{ cert, key: locked, password: 'secret' }];
    const exchange = await exchangeOn(
      newClient({ options: { ...careless, tlsAuth } }),
      `https://127.0.0.1:${port}/`,
    );
    expect(exchange.body).toBe('locked false');
  });

  it('is missed by a server that insists', async () => {
    const port = await listen(newServer({ requestCert: true, rejectUnauthorized: true }));
    expect(
      failed(await exchangeOn(newClient({ options: careless }), `https://127.0.0.1:${port}/`)),
    ).toMatchObject({
      message: 'remote error: tls: certificate required',
      code: 1010,
    });
  });
});

describe('what is no TLS', () => {
  it.each([
    [
      'a server of plain HTTP',
      () => createHttpServer(),
      'tls: first record does not look like a TLS handshake',
      1301,
    ],
    [
      'a server that leaves',
      () => createTcpServer((socket) => socket.once('data', () => socket.destroy())),
      'EOF',
      1000,
    ],
    [
      'a server that resets',
      () => createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
      'read: connection reset by peer',
      1220,
    ],
  ])('%s', async (_, newPlain, message, code) => {
    const exchange = await exchangeOn(
      newClient({ options: careless }),
      `https://127.0.0.1:${await listen(newPlain())}/`,
    );
    expect(failed(exchange)).toMatchObject({ message, code });
  });

  it('a server that says nothing', async () => {
    const port = await listen(createTcpServer(() => undefined));
    const exchange = await exchangeOn(newClient({ options: careless }), `https://127.0.0.1:${port}/`, {
      timeoutMs: 50,
    });
    expect(failed(exchange)).toMatchObject({ message: 'request timeout', code: 1050 });
  });
});

it('counts every byte of the network, and the handshake once', async () => {
  let [read, written] = [0, 0];
  const server = newServer();
  server.on('connection', (socket: Socket) =>
    socket.on('close', () => {
      read += socket.bytesRead;
      written += socket.bytesWritten;
    }),
  );
  const port = await listen(server);
  const client = newClient({ options: { ...careless, noConnectionReuse: true } });
  const exchange = await exchangeOn(client, `https://127.0.0.1:${port}/`);
  expect(exchange.timings.tls_handshaking).toBeGreaterThan(0);
  await expect.poll(() => read).toBeGreaterThan(0);
  const { sent, received } = client.traffic;
  expect(sent).toBeGreaterThan(300);
  expect(received).toBeGreaterThan(700);
  // What either side says as it leaves may no longer be counted.
  expect(read - sent).toBeLessThan(64);
  expect(written - received).toBeLessThan(64);
});

it('does not resume the session of another connection', async () => {
  const resumed: boolean[] = [];
  const server = newServer();
  server.on('secureConnection', (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
  const port = await listen(server);
  const client = newClient({ options: { ...careless, noConnectionReuse: true } });
  for (const _ of [1, 2]) await exchangeOn(client, `https://127.0.0.1:${port}/`);
  expect(resumed).toEqual([false, false]);
});

it('reads what a server staples to its certificate', async () => {
  const staple = readFileSync(new URL('../fixtures/load/ocsp-good.der', import.meta.url));
  const server = newServer();
  server.on('OCSPRequest', (_certificate, _issuer, answer: (error: Error | null, response: Buffer) => void) =>
    answer(null, staple),
  );
  const exchange = await exchangeOn(
    newClient({ options: careless }),
    `https://127.0.0.1:${await listen(server)}/`,
  );
  expect(exchange.ocsp).toMatchObject({ status: 'good', produced_at: 1795375993 });
  const without = await exchangeOn(
    newClient({ options: careless }),
    `https://127.0.0.1:${await listen(newServer())}/`,
  );
  expect(without.ocsp).toMatchObject({ status: 'unknown', produced_at: 0 });
});
