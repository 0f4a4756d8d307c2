import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createServer, type Server } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { Registry } from 'prom-client';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../server/database/pool.ts';
import { temporaryRoot, unprivileged } from '../../server/embedded/binaries.ts';
import { asApiError } from '../../server/http/errors.ts';
import { redisServer } from '../../tools/services/redis.mjs';
import { missing } from '../requirements.ts';
import { useDatabase } from './database.ts';
import { builtFolder } from './server.ts';

const database = useDatabase();
const identity = unprivileged();
const folder = mkdtempSync(join(temporaryRoot(identity), 'fxscale-tls-'));
const path = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A certificate that is its own authority, and its key, as files. */
async function certificate(name: string, host: string): Promise<{ cert: string; key: string }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
  });
  writeFileSync(path(`${name}.crt`), cert);
  writeFileSync(path(`${name}.key`), key, { mode: 0o600 });
  if (identity)
    for (const file of ['crt', 'key']) chownSync(path(`${name}.${file}`), identity.uid, identity.gid);
  return { cert, key };
}

let right: { cert: string; key: string };
beforeAll(async () => {
  if (identity) chownSync(folder, identity.uid, identity.gid);
  right = await certificate('right', 'localhost');
  await certificate('wrong', 'localhost');
  await certificate('elsewhere', 'db.example.com');
});

describe('PostgreSQL over TLS', () => {
  const isEncrypted = { name: 'ssl', text: 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()' };

  /** As the server knows it, over a connection with these parameters. */
  async function encrypted(parameters: string): Promise<unknown> {
    const url = database.url.replace('127.0.0.1', 'localhost').replace(/\?.*/, `?${parameters}`);
    const registry = new Registry();
    const pool = openDatabase({ url, max: 1, registry, log: { warn: () => undefined } });
    try {
      return (await pool.query(isEncrypted, []))[0];
    } finally {
      await pool.close();
    }
  }

  async function serve(name: string): Promise<void> {
    for (const setting of [
      `ssl_cert_file = '${path(`${name}.crt`)}'`,
      `ssl_key_file = '${path(`${name}.key`)}'`,
      'ssl = on',
    ]) {
      await database.client.query(`ALTER SYSTEM SET ${setting}`);
    }
    await database.client.query('SELECT pg_reload_conf()');
    await vi.waitFor(async () => {
      expect(await encrypted('sslmode=no-verify')).toEqual({ ssl: true });
    });
  }

  const verified = (authority: string): string =>
    `sslmode=verify-full&sslrootcert=${path(`${authority}.crt`)}`;

  it('is what the authority given vouches for, and nothing else', async () => {
    expect(await encrypted('sslmode=disable')).toEqual({ ssl: false });
    const plain = await encrypted(verified('right')).catch((error: Error) => error);
    expect(plain).toMatchObject({ message: 'The server does not support SSL connections' });
    expect(asApiError(plain)).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await serve('right');
    expect(await encrypted(verified('right'))).toEqual({ ssl: true });
    for (const parameters of [verified('wrong'), 'sslmode=verify-full']) {
      const refusal = await encrypted(parameters).catch((error: Error) => error);
      expect(refusal).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
      expect(asApiError(refusal)).toMatchObject({ code: 'DATABASE_UNAVAILABLE', statusCode: 503 });
    }
  });

  it('must bear the name that was asked for', async () => {
    await serve('elsewhere');
    const refusal = await encrypted(verified('elsewhere')).catch((error: Error) => error);
    expect(refusal).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(asApiError(refusal)).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });
});

describe('Redis and Kafka over TLS', () => {
  /** What a client says first, or why there is no connection. */
  const heard: string[] = [];
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer(right, (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) => {
        heard.push(data.toString('latin1'));
        socket.destroy();
      });
    });
    server.on('tlsClientError', (error: NodeJS.ErrnoException) => heard.push(error.code ?? ''));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as { port: number }).port;
  });
  afterAll(() => server?.close());

  /** A process, because Node reads its authorities when it starts. */
  function start(program: string, authority: string): ChildProcessByStdio<null, Readable, null> {
    const from = (file: string): string =>
      JSON.stringify(pathToFileURL(join(builtFolder, 'server', file)).href);
    const script = program.replace(/FROM ([\w/]+\.js)/, (_, file) => `await import(${from(file)})`);
    return spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: path(`${authority}.crt`), PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  async function connect(program: string, authority: string): Promise<string> {
    heard.length = 0;
    const child = start(program, authority);
    const first = () => heard[0] ?? expect.fail('nothing came');
    try {
      return await vi.waitFor(first, { timeout: 30_000, interval: 20 });
    } finally {
      child.kill('SIGKILL');
    }
  }

  const redis = `const { connectRedis } = FROM cache/redis.js;
    connectRedis('rediss://:hush@localhost:' + process.env.PORT)`;
  const kafka = `const { kafkaClient } = FROM events/kafka.js;
    const log = { info() {}, warn() {} };
    kafkaClient({ brokers: ['localhost:' + process.env.PORT], tls: true, login: null }, log).admin().connect().catch(() => {})`;

  it('say something to the one they trust, and nothing to another', async () => {
    expect(await connect(redis, 'right')).toContain('hush');
    expect(await connect(kafka, 'right')).toContain('fx-platform');
    for (const program of [redis, kafka]) {
      expect(await connect(program, 'wrong')).toMatch(/^(ERR_SSL_\w*ALERT\w*|ECONNRESET)$/);
    }
  });

  const withoutRedis = missing('redis');

  it.skipIf(withoutRedis !== undefined)(`reach a real Redis ${withoutRedis ?? ''}`, async () => {
    const free = await freePort();
    const files = ['--tls-cert-file', path('right.crt'), '--tls-key-file', path('right.key')];
    const tls = ['--port', '0', '--tls-port', String(free), '--tls-auth-clients', 'no', ...files];
    const real = spawn(redisServer(), [...tls, '--save', '', '--dir', folder], { stdio: 'ignore' });
    const child = start(
      `const { connectRedis } = FROM cache/redis.js;
      const client = connectRedis('rediss://localhost:${free}');
      client.once('ready', async () => process.stdout.write(await client.ping()));`,
      'right',
    );
    try {
      expect(String(await once(child.stdout, 'data'))).toBe('PONG');
    } finally {
      child.kill('SIGKILL');
      real.kill('SIGKILL');
    }
  });
});

async function freePort(): Promise<number> {
  const probe = createPlainServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
