import { readFileSync } from 'node:fs';
import { createSigner } from 'fast-jwt';
import { afterEach, expect, it, vi } from 'vitest';
import { accountId } from '../../server/database/prepare.ts';
import { authorised } from './app.ts';
import { useDatabase } from './database.ts';
import { childrenOf, killServers, readyServer, stopServer } from './server.ts';

const database = useDatabase(50);
afterEach(killServers);

const secret = 'a-secret-of-the-operator';

function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

it.runIf(process.platform === 'linux')('secrets come by the environment and are told to nobody', async () => {
  vi.stubEnv('DATABASE_URL', database.url);
  vi.stubEnv('FX_TOKEN_SECRET', secret);
  vi.stubEnv('REDIS_URL', 'redis://:redis-password@127.0.0.1:1');
  const { server, ready } = await readyServer('--replicas', '2');
  vi.unstubAllEnvs();
  const { password, port } = new URL(database.url);
  expect(ready.database).toContain(`fx:***@127.0.0.1:${port}/`);

  const sign = createSigner({ key: secret, algorithm: 'HS256', expiresIn: 60_000 });
  const positions = `${ready.url}/api/trading/positions/${accountId(0)}`;
  const status = async (authorization: string): Promise<number> =>
    (await fetch(positions, { headers: { authorization } })).status;
  expect(await status(`Bearer ${sign({ sub: accountId(0) })}`)).toBe(200);
  // The published secret of the demo no longer opens anything.
  expect(await status(authorised(accountId(0)).authorization)).toBe(401);

  const arguments_ = [server.pid, ...descendants(server.pid)].map((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
  );
  expect(arguments_.length).toBeGreaterThan(2);
  const pages = await Promise.all(ready.replicas.map(async ({ metrics }) => (await fetch(metrics)).text()));
  const told = [...arguments_, ...pages, JSON.stringify(server.events), server.stderr()].join('\n');
  expect([password, secret, 'redis-password'].filter((each) => told.includes(each))).toEqual([]);

  // What replicas tell each other is for their private ports alone.
  expect((await fetch(`${ready.url}/metrics.json`)).status).toBe(404);
  const peer = ready.replicas[0]?.metrics ?? '';
  expect(await (await fetch(`${peer}.json`)).json()).toContainEqual(
    expect.objectContaining({ name: 'db_pool_max' }),
  );
  await stopServer(server);
});
