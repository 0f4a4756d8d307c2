import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Collector } from '../../src/collect/collector.ts';
import { openCollector } from '../../src/collect/open.ts';
import { openRedis } from '../../src/collect/redis.ts';
import type { Redis as RedisServer } from '../../tools/services/redis.d.mts';
import { startRedis } from '../../tools/services/redis.mjs';
import { missing } from '../requirements.ts';
import { openGate } from '../server/gate.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).reverse()) await close();
});

function open(url: string): Collector {
  const collector = openRedis(url);
  closing.push(() => collector.close());
  return collector;
}

/** Has the collector wait in vain for what it has asked for, without waiting here. */
async function givesUp(collector: Collector): Promise<void> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const failed = expect(collector.sample()).rejects.toThrow('Command timed out');
  await vi.advanceTimersByTimeAsync(3000);
  await failed;
  vi.useRealTimers();
}

describe('an address', () => {
  it.each([
    ['redis://cache.example:7000', 'redis/cache.example:7000', 'redis://cache.example:7000'],
    ['redis://cache.example', 'redis/cache.example:6379', 'redis://cache.example'],
    ['rediss://me:secret@cache.example/2', 'redis/cache.example:6379/2', 'rediss://me:***@cache.example/2'],
    ['redis://:secret@[::1]:7000/', 'redis/[::1]:7000', 'redis://[::1]:7000/'],
  ])('%s is named without what could open it', async (address, source, url) => {
    const collector = await openCollector(address);
    expect(collector).toMatchObject({ source, url });
    await collector.close();
  });

  it.each(['redis://', 'redis://me:secret@host/first', 'redis://me:secret@host/1/2', 'redis://a b'])(
    'refuses %s and keeps its secret',
    (address) => {
      expect(() => openRedis(address)).toThrow(
        expect.objectContaining({ code: 'USAGE', message: expect.not.stringContaining('secret') }),
      );
    },
  );
});

describe('a server that is none', () => {
  async function speaks(words: string): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).on('data', () => socket.write(words));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it.each([
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'the answer is not of Redis’s protocol: Unknown RESP type'],
    ['\u0000\u0001\u0002\u0003', 'the answer is not of Redis’s protocol: Unknown RESP type'],
    ['+OK\r\n+OK\r\n+OK\r\n+OK\r\n', 'the answer to INFO is not that of a Redis or Valkey server'],
    [':1\r\n'.repeat(9), 'the answer to INFO is not that of a Redis or Valkey server'],
  ])('fails for %j, and again', async (words, message) => {
    const collector = open(await speaks(words));
    await expect(collector.sample()).rejects.toThrow(message);
    await expect(collector.sample()).rejects.toThrow(message);
  });

  it('fails where nobody listens', async () => {
    const [gate] = [await openGate(1)];
    await gate.shut();
    await expect(open(`redis://127.0.0.1:${gate.port}`).sample()).rejects.toThrow(
      `connect ECONNREFUSED 127.0.0.1:${gate.port}`,
    );
  });
});

const reason = missing('redis');
describe.skipIf(reason)(`Redis${reason ? `, ${reason}` : ''}`, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-redis-'));
  let server: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    server = await startRedis({ folder });
    client = new Redis(server.url);
    client.on('error', () => undefined);
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('counts exactly what is done', async () => {
    await client.set('held', 'x');
    const collector = open(server.url);
    const { values: before } = await collector.sample();
    for (let i = 0; i < 100; i++) await client.set(`key:${i}`, 'x'.repeat(1000), 'EX', 1000);
    for (let i = 0; i < 30; i++) await client.get(`key:${i}`);
    for (let i = 0; i < 7; i++) await client.get('nobody');
    await client.call('LPUSH', 'held', 'y').catch(() => undefined);
    const { values: after } = await collector.sample();
    const delta = (name: string) => (after[name] ?? Number.NaN) - (before[name] ?? 0);
    expect(delta('command_calls{command="set"}')).toBe(100);
    expect(delta('command_calls{command="get"}')).toBe(37);
    expect(delta('command_seconds{command="set"}')).toBeGreaterThan(0);
    expect(delta('hits')).toBe(30);
    expect(delta('misses')).toBe(7);
    expect(delta('errors')).toBe(1);
    expect(delta('connections')).toBe(0);
    expect(delta('keys{db="0"}')).toBe(100);
    expect(delta('keys_expiring{db="0"}')).toBe(100);
    // The four questions of the sample before are the collector's own.
    expect(delta('commands')).toBe(138 + 4);
    expect(delta('net_in_bytes')).toBeGreaterThan(100_000);
    expect(delta('net_out_bytes')).toBeGreaterThan(30_000);
    expect(delta('memory_bytes')).toBeGreaterThan(100_000);
    expect(delta('cpu_seconds')).toBeGreaterThan(0);
    expect(after).toMatchObject({ clients: 1, loading: 0, 'memory_policy{policy="noeviction"}': 1 });
    expect(Object.keys(after)).toContainEqual(expect.stringMatching(/^server\{name="\w+",version="\d/));
    expect(collector.remarks?.()).toEqual([]);
  });

  it('counts evictions up to the limit of memory', async () => {
    const collector = open(server.url);
    const { values: before } = await collector.sample();
    await client.config('SET', 'maxmemory-policy', 'allkeys-random');
    await client.config('SET', 'maxmemory', String((before.memory_bytes ?? 0) + 200_000));
    for (let i = 0; i < 400; i++) await client.set(`evicted:${i}`, 'x'.repeat(1000));
    const { values: after } = await collector.sample();
    const keys = Number(await client.dbsize());
    await client.config('SET', 'maxmemory', '0');
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    const grown = (after['keys{db="0"}'] ?? 0) - (before['keys{db="0"}'] ?? 0);
    expect(after['keys{db="0"}']).toBe(keys);
    expect((after.evicted_keys ?? 0) - (before.evicted_keys ?? 0)).toBe(400 - grown);
    expect(grown).toBeLessThan(400);
    expect(after['memory_policy{policy="allkeys-random"}']).toBe(1);
  });

  it('counts new entries of the slow log with the longest, and keeps their arguments to itself', async () => {
    const collector = open(`${server.url}/0`);
    const { values: first } = await collector.sample();
    expect(first).toMatchObject({ slow_commands: 0, slow_command_seconds_max: 0 });
    await client.config('SET', 'slowlog-log-slower-than', '0');
    await client.set('token', 'secret');
    await client.call('DEBUG', 'SLEEP', '0.02').catch(() => client.keys('*'));
    await client.config('SET', 'slowlog-log-slower-than', '1000000');
    const { values: second } = await collector.sample();
    // The two above and the CONFIG SET that switched the log on.
    expect(second.slow_commands).toBe(3);
    expect(second.slow_log_entries).toBe((first.slow_log_entries ?? 0) + 3);
    expect(second.slow_command_seconds_max).toBeGreaterThan(0);
    expect(JSON.stringify(second)).not.toMatch(/secret|token/);
    expect((await collector.sample()).values).toMatchObject({
      slow_commands: 3,
      slow_command_seconds_max: 0,
    });
  });

  it('says when counters were set back', async () => {
    const collector = open(server.url);
    await collector.sample();
    await client.config('RESETSTAT');
    expect((await collector.sample()).values.hits).toBe(0);
    expect(collector.remarks?.()).toEqual(['the counters were set back (CONFIG RESETSTAT)']);
  });

  describe('with users', () => {
    beforeAll(async () => {
      await client.call('ACL', 'SETUSER', 'nothing', 'on', '>s3cret', '+ping');
      await client.call('ACL', 'SETUSER', 'watcher', 'on', '>s3:cr/et', '+info');
    });
    const as = (login: string) => server.url.replace('//', `//${login}@`);

    it.each([
      ['watcher:wr0ng', /^WRONGPASS/],
      ['nobody:wr0ng', /^WRONGPASS/],
      ['nothing:s3cret', /^NOPERM.*info/],
    ])('fails for %s without telling the password', async (login, message) => {
      const collector = open(as(login));
      const failure = await collector.sample().catch((error: Error) => error);
      expect(failure).toMatchObject({ message: expect.stringMatching(message) });
      expect(String(failure)).not.toMatch(/s3cret|wr0ng/);
      expect(collector.remarks?.().join()).not.toMatch(/s3cret|wr0ng/);
    });

    it('reads what a user may see, and says once what not', async () => {
      const collector = open(as(`watcher:${encodeURIComponent('s3:cr/et')}`));
      const denied = async () => Number(/NOPERM:count=(\d+)/.exec(await client.info('errorstats'))?.[1] ?? 0);
      const before = await denied();
      const { values } = await collector.sample();
      await collector.sample();
      expect(values.memory_bytes).toBeGreaterThan(0);
      expect(values).not.toHaveProperty('slow_commands');
      expect(collector.remarks?.()).toEqual([
        expect.stringMatching(/^the slow log is left out: NOPERM .*slowlog/i),
      ]);
      expect(collector.remarks?.()).toEqual([]);
      expect((await denied()) - before).toBe(2);
    });

    it('fails without a password where one is asked for, and reads again when it is not', async () => {
      await client.config('SET', 'requirepass', 's3cret');
      const collector = open(server.url);
      await expect(collector.sample()).rejects.toThrow('NOAUTH');
      const { values } = await open(as(':s3cret')).sample();
      expect(values.memory_bytes).toBeGreaterThan(0);
      await client.config('SET', 'requirepass', '');
      expect((await collector.sample()).values.memory_bytes).toBeGreaterThan(0);
    });

    it('says that a password is not asked for', async () => {
      const collector = open(as(':s3cret'));
      await collector.sample();
      expect(collector.remarks?.()).toEqual(['the server asks for no password, though one was given']);
    });
  });

  it('opens a new connection after the server closed the last one, and says so', async () => {
    const collector = open(server.url);
    await collector.sample();
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    // A sample that was on its way when the connection went fails; the one after it does not.
    const { values } = await collector.sample().catch(() => collector.sample());
    expect(values.clients).toBe(1);
  });

  it('reads on after a restart, and says that there was one', async () => {
    const collector = open(server.url);
    const { values: before } = await collector.sample();
    await server.kill();
    await expect(collector.sample()).rejects.toThrow(/ECONNREFUSED|closed|ECONNRESET/);
    await expect(collector.sample()).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    const { values: after } = await collector.sample();
    expect(after['keys{db="0"}']).toBe(before['keys{db="0"}']);
    expect(after.commands).toBeLessThan(before.commands ?? 0);
    expect(collector.remarks?.()).toContainEqual(
      expect.stringMatching(/^the server was started again \d+ s ago: its counters begin anew$/),
    );
  });

  it('gives up a server that hangs, and reads it right once it goes on', async () => {
    const collector = open(server.url);
    await collector.sample();
    await server.kill('SIGSTOP');
    await givesUp(collector).finally(() => server.kill('SIGCONT'));
    const { values: before } = await collector.sample();
    await client.get('nobody');
    const { values: after } = await collector.sample();
    expect((after.misses ?? 0) - (before.misses ?? 0)).toBe(1);
  });

  it('ends at once although the server hangs', async () => {
    const collector = open(server.url);
    await collector.sample();
    await server.kill('SIGSTOP');
    const failed = collector.sample().catch((error: unknown) => error);
    await collector.close();
    await expect(failed.finally(() => server.kill('SIGCONT'))).resolves.toMatchObject({
      message: 'Connection is closed.',
    });
  });

  it('ends at once although it was still logging in', async () => {
    const gate = await openGate(server.port);
    closing.push(() => gate.shut());
    gate.stall();
    const collector = open(`redis://:s3cret@127.0.0.1:${gate.port}`);
    const failed = collector.sample().catch((error: unknown) => error);
    await new Promise((resolve) => setImmediate(resolve));
    await collector.close();
    await expect(failed).resolves.toMatchObject({ message: 'Connection is closed.' });
  });

  it('recovers when a proxy forwards nothing for a while, on a new connection', async () => {
    const gate = await openGate(server.port);
    closing.push(() => gate.shut());
    const collector = open(`redis://127.0.0.1:${gate.port}`);
    const { values: before } = await collector.sample();
    gate.stall();
    await givesUp(collector);
    // What was asked before the stall is answered now, and nobody takes it for the answer to this.
    gate.flow();
    await client.get('nobody');
    const { values: after } = await collector.sample();
    expect((after.misses ?? 0) - (before.misses ?? 0)).toBe(1);
    expect((after.connections ?? 0) - (before.connections ?? 0)).toBe(1);
  });

  it('reads over TLS with a certificate that is trusted, and not otherwise', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    });
    const [keyFile, certFile] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
    writeFileSync(keyFile, key);
    writeFileSync(certFile, cert);
    const gate = await openGate(1);
    await gate.shut();
    for (const [name, value] of [
      ['tls-cert-file', certFile],
      ['tls-key-file', keyFile],
      ['tls-ca-cert-file', certFile],
      ['tls-auth-clients', 'no'],
      ['tls-port', String(gate.port)],
    ] as const) {
      await client.config('SET', name, value);
    }
    const url = `rediss://localhost:${gate.port}`;
    await expect(open(url).sample()).rejects.toThrow(/self.signed/);
    const script = `import { openRedis } from ${JSON.stringify(path.resolve('dist/src/collect/redis.js'))};
      const collector = openRedis(${JSON.stringify(url)});
      const { values } = await collector.sample();
      await collector.close();
      console.log(values.clients);`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: certFile } },
    );
    expect(stdout).toBe('1\n');
  });
});
