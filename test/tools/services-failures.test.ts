import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redisServer } from '../../tools/services/redis.mjs';
import { missing } from '../requirements.ts';
import { services } from './command.ts';

let folder: string;
const inFolder = (...names: string[]) => path.join(folder, ...names);
const noted = () => JSON.parse(readFileSync(inFolder('.fxscale', 'services', 'services.json'), 'utf8'));

/** Notes services as a command of an earlier day would have. */
function note(entries: object) {
  mkdirSync(inFolder('.fxscale', 'services'), { recursive: true });
  writeFileSync(inFolder('.fxscale', 'services', 'services.json'), JSON.stringify(entries));
}

const pathOf = (command: string) => spawnSync('which', [command], { encoding: 'utf8' }).stdout.trim();

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fxscale-services-'));
});

afterEach(async () => {
  await services(['down'], folder);
  rmSync(folder, { recursive: true, force: true });
});

describe('npm run services, asked for what is not there', () => {
  it.for([
    [['upp'], /`upp` is not one of up, down, status, install/],
    [['up', 'down'], /`up down` is not one of/],
    [['--only', 'redis,mongo'], /--only `mongo` is not one of redis, kafka, prometheus, grafana, k6/],
    [['--detach'], /Unknown option '--detach'/],
  ] as const)('refuses %j', async ([args, message]) => {
    const { code, stderr } = await services([...args], folder);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  const reason = missing('redis');
  it.skipIf(reason)(
    `says what is missing and brings up the rest${reason ? ` (${reason})` : ''}`,
    async () => {
      // A machine with Redis and Java and nothing else, where an installation of Kafka was cut off.
      const bin = inFolder('bin');
      mkdirSync(bin);
      symlinkSync(pathOf(redisServer()), path.join(bin, 'redis-server'));
      symlinkSync(pathOf('java'), path.join(bin, 'java'));
      mkdirSync(inFolder('cache', 'unfinished-1', 'jars'), { recursive: true });
      const env = { PATH: bin, FXSCALE_CACHE: inFolder('cache'), JAVA_HOME: '' };
      const asked = ['--native', '--json', '--only', 'prometheus,kafka,redis'];
      const { code, stdout, stderr } = await services(asked, folder, env);
      expect(code).toBe(4);
      expect(stderr).toMatch(/^kafka +missing: there is no apt-get here: install maven by hand$/m);
      expect(stderr).toMatch(/^prometheus +missing: there is no apt-get here: install prometheus by hand$/m);
      expect(JSON.parse(stdout)).toMatchObject({
        redis: { url: expect.stringMatching(/^redis:/) },
        kafka: { missing: expect.stringContaining('maven') },
        prometheus: { missing: expect.stringContaining('by hand') },
      });
      expect(Object.keys(noted())).toEqual(['redis']);
      expect((await services(['status'], folder)).code).toBe(0);
    },
  );

  it.skipIf(reason)('gives a service another port when somebody took its own', async () => {
    const taker = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => taker.once('listening', listening));
    const address = taker.address();
    if (typeof address !== 'object' || !address) throw new Error('no port');
    note({
      redis: { url: `redis://127.0.0.1:${address.port}`, port: address.port, ports: [address.port], pid: 1 },
    });
    const { code } = await services(['--native', '--only', 'redis'], folder);
    taker.close();
    expect(code).toBe(0);
    expect(noted().redis.port).not.toBe(address.port);
  });
});

describe('npm run services down', () => {
  it('leaves a process alone that has the id of one of ours', async () => {
    const bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
    const entry = { port: 1, ports: [1], pid: bystander.pid };
    note({ redis: entry, kafka: entry, prometheus: entry });
    expect((await services(['down'], folder)).code).toBe(0);
    expect(existsSync(inFolder('.fxscale'))).toBe(false);
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    bystander.kill('SIGKILL');
  });

  it('waits for nobody who was killed while at work here', async () => {
    mkdirSync(inFolder('.fxscale'));
    writeFileSync(inFolder('.fxscale', 'services.lock'), '999999999');
    expect((await services(['down'], folder)).code).toBe(0);
    expect(existsSync(inFolder('.fxscale'))).toBe(false);
  });
});
