import { createSigner } from 'fast-jwt';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { accountId, maintainDatabase } from '../../server/database/prepare.ts';
import { authorised, getAs, postTrade, series, testApp, tokenSecret } from './app.ts';
import { useDatabase } from './database.ts';

const database = useDatabase();
const user = accountId(1);
const order = { userId: user, symbol: 'EURUSD', action: 'buy', volume: '0.01' };
const history = '/api/trading/trades';
let app: FastifyInstance;

beforeAll(async () => {
  ({ app } = await testApp(database.url));
});
afterAll(() => app?.close());

async function createKey(of = user): Promise<{ id: string; key: string }> {
  const response = await app.inject({ method: 'POST', url: '/api/keys', headers: authorised(of) });
  expect(response.statusCode).toBe(201);
  return response.json();
}

const withKey = (key: string, url = history, at = app) => at.inject({ url, headers: { 'x-api-key': key } });
const revoke = (id: string, headers: Record<string, string>) =>
  app.inject({ method: 'DELETE', url: `/api/keys/${id}`, headers });

it('asks for credentials everywhere but at what is public', async () => {
  await app.ready();
  const routes = app.printRoutes({ commonPrefix: false, includeHooks: false });
  const open: string[] = [];
  for (const [path, methods] of routesOf(routes)) {
    for (const method of methods) {
      const response = await app.inject({ method: method as 'GET', url: path.replace(/:\w+/g, user) });
      if (response.statusCode !== 401) open.push(`${method} ${path}`);
      else expect(response.headers).toMatchObject({ 'www-authenticate': 'Bearer realm="fx"' });
    }
  }
  expect(open.filter((route) => !publicRoutes.test(route))).toEqual([]);
  expect(open).toContain('GET /api/prices/:symbol');
});

const publicRoutes =
  /^(GET|HEAD) \/(healthz(\/region)?|readyz|metrics|metrics\.json|ws\/prices|api\/(prices(\/:symbol)?|calendar|(stats|analytics)\/(platform|symbols\/:symbol)))$/;

/** From Fastify's tree of routes: each path with its methods. */
function routesOf(tree: string): Map<string, string[]> {
  const parents: string[] = [];
  const found = new Map<string, string[]>();
  for (const line of tree.split('\n')) {
    const match = /^(.*?)[├└]── (\S*?)(?: \((.+)\))?$/.exec(line);
    if (!match) continue;
    const depth = (match[1] ?? '').length / 4;
    parents.length = depth;
    parents[depth] = match[2] ?? '';
    if (match[3]) found.set(parents.join(''), match[3].split(', '));
  }
  return found;
}

describe('a token', () => {
  it('stands for its account: the user`s id need not be given', async () => {
    const headers = authorised(user);
    const { userId, ...anonymous } = order;
    const placed = await app.inject({ method: 'POST', url: history, headers, payload: anonymous });
    expect([placed.statusCode, placed.json().userId]).toEqual([201, userId]);
    const trades = (await app.inject({ url: `${history}?limit=1`, headers })).json();
    expect(trades).toEqual({ trades: [expect.objectContaining({ id: placed.json().id })] });
    const stream = await app.inject({ url: `${history}/stream`, headers });
    expect(stream.body).toContain(placed.json().id);
    expect(stream.headers['cache-control']).toBe('no-store');
  });

  it('of an account that is not there finds nothing', async () => {
    const nobody = accountId(999_999);
    const response = await postTrade(app, { ...order, userId: nobody });
    expect([response.statusCode, response.json().code]).toEqual([404, 'UNKNOWN_USER']);
    const key = await app.inject({ method: 'POST', url: '/api/keys', headers: authorised(nobody) });
    expect([key.statusCode, key.json().code]).toEqual([404, 'UNKNOWN_USER']);
  });

  it('ends, also when it was good a moment ago', async () => {
    const now = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now });
    const sign = createSigner({ key: tokenSecret, algorithm: 'HS256', expiresIn: 60_000 });
    const headers = { authorization: `bearer ${sign({ sub: user })}` };
    const status = async (): Promise<number> => (await app.inject({ url: history, headers })).statusCode;
    expect(await status()).toBe(200);
    vi.setSystemTime(now + 62_000);
    // Clocks may differ a little.
    expect(await status()).toBe(200);
    vi.setSystemTime(now + 70_000);
    expect(await status()).toBe(401);
    vi.useRealTimers();
  });
});

describe('an API key', () => {
  it('stands for its account, of which the database has only a hash', async () => {
    const { id, key, ...rest } = await createKey();
    expect(key).toMatch(/^fxk_[\w-]{43}$/);
    expect(rest).toEqual({ createdAt: expect.stringMatching(/Z$/) });
    const trades = await withKey(key);
    expect(trades.json()).toEqual((await getAs(app, user, history)).json());
    expect((await withKey(key, `/api/trading/positions/${accountId(2)}`)).statusCode).toBe(403);
    const { rows } = await database.client.query(
      'SELECT k::text AS row, hash FROM api_keys k WHERE id = $1',
      [id],
    );
    expect(rows[0].hash.length).toBe(32);
    expect(rows[0].row).not.toContain(key.slice(4));
    const list = await getAs(app, user, '/api/keys');
    expect(list.json().keys).toEqual([{ id, ...rest, revokedAt: null }]);
  });

  it('neither makes, shows nor revokes keys', async () => {
    const { id, key } = await createKey(accountId(3));
    const headers = { 'x-api-key': key };
    const made = await app.inject({ method: 'POST', url: '/api/keys', headers });
    const statuses = [made, await withKey(key, '/api/keys'), await revoke(id, headers)];
    expect(statuses.map((each) => each.statusCode)).toEqual([403, 403, 403]);
  });

  it('is revoked by its user alone, once, and then refused', async () => {
    const { id, key } = await createKey(accountId(4));
    expect((await withKey(key)).statusCode).toBe(200);
    expect((await revoke(id, authorised(user))).statusCode).toBe(404);
    expect((await withKey(key)).statusCode).toBe(200);
    expect((await revoke(id, authorised(accountId(4)))).statusCode).toBe(204);
    expect((await withKey(key)).statusCode).toBe(401);
    expect((await revoke(id, authorised(accountId(4)))).statusCode).toBe(404);
    const other = (await testApp(database.url)).app;
    expect((await withKey(key, history, other)).statusCode).toBe(401);
    await other.close();
  });

  it('is forgotten a month after its end', async () => {
    const count = async () =>
      (await database.client.query('SELECT FROM api_keys WHERE revoked_at IS NOT NULL')).rowCount;
    expect(await count()).toBe(1);
    await maintainDatabase(database.url, null, new Date(Date.now() + 29 * 86_400_000));
    expect(await count()).toBe(1);
    await maintainDatabase(database.url, null, new Date(Date.now() + 31 * 86_400_000));
    expect(await count()).toBe(0);
  });

  it('is one of a hundred at most', async () => {
    await database.client.query(
      'INSERT INTO api_keys (hash, user_id) SELECT sha256(i::text::bytea), $1 FROM generate_series(1, 100) AS i',
      [accountId(5)],
    );
    const response = await app.inject({
      method: 'POST',
      url: '/api/keys',
      headers: authorised(accountId(5)),
    });
    expect([response.statusCode, response.json().code]).toEqual([422, 'TOO_MANY_KEYS']);
  });

  it('cannot be guessed for long: unknown ones stop asking the database', async () => {
    const fresh = (await testApp(database.url)).app;
    const { key } = await createKey(accountId(6));
    expect((await withKey(key, history, fresh)).statusCode).toBe(200);
    const asked = async () =>
      series((await fresh.inject('/metrics')).body, 'db_query_duration_seconds_count{query="api_key"}');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const statuses: number[] = [];
    for (let i = 0; i < 60; i++) {
      const unknown = `fxk_${String(i).padStart(43, '0')}`;
      statuses.push((await withKey(unknown, history, fresh)).statusCode);
    }
    expect(statuses).toEqual([...Array(50).fill(401), ...Array(10).fill(429)]);
    expect(await asked()).toBe(51);
    const page = (await fresh.inject('/metrics')).body;
    expect(series(page, 'http_rate_limited_total{route="/api/trading/trades"}')).toBe(10);
    // One that is known goes on.
    expect((await withKey(key, history, fresh)).statusCode).toBe(200);
    vi.setSystemTime(Date.now() + 1000);
    expect((await withKey(`fxk_${'-'.repeat(43)}`, history, fresh)).statusCode).toBe(401);
    vi.useRealTimers();
    await fresh.close();
  });
});

describe('the rate limit', () => {
  it('is each user`s own, whatever the route or the credentials, and ends with its second', async () => {
    const limited = (await testApp(database.url, { rateLimit: 3 })).app;
    const { key } = await createKey(accountId(7));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const ask = () => getAs(limited, accountId(7), history);
    expect((await ask()).statusCode).toBe(200);
    expect((await withKey(key, history, limited)).statusCode).toBe(200);
    expect((await postTrade(limited, { ...order, userId: accountId(7) })).statusCode).toBe(201);
    for (const refused of [await ask(), await withKey(key, history, limited)]) {
      expect([refused.statusCode, refused.json().code]).toEqual([429, 'RATE_LIMITED']);
      expect(refused.headers).toMatchObject({
        'retry-after': '1',
        'x-ratelimit-limit': '3',
        'x-ratelimit-remaining': '0',
      });
    }
    expect((await getAs(limited, accountId(8), history)).statusCode).toBe(200);
    expect((await limited.inject('/api/prices/EURUSD')).statusCode).toBe(200);
    const page = (await limited.inject('/metrics')).body;
    expect(series(page, 'http_rate_limited_total{route="/api/trading/trades"}')).toBe(2);
    vi.setSystemTime(Date.now() + 1000);
    expect((await ask()).statusCode).toBe(200);
    vi.useRealTimers();
    await limited.close();
  });
});

// The last of this file: it ends the file's database.
it('without the database, tokens and known keys still hold and an unknown key is a 503, not a 401', async () => {
  const { key } = await createKey();
  expect((await withKey(key)).statusCode).toBe(200);
  await database.guardian.stop();
  const known = await withKey(key, `/api/trading/positions/${accountId(2)}`);
  expect(known.statusCode).toBe(403);
  const unknown = await withKey(`fxk_${'z'.repeat(43)}`);
  expect([unknown.statusCode, unknown.json().code]).toEqual([503, 'DATABASE_UNAVAILABLE']);
  expect(unknown.headers['retry-after']).toBe('1');
  const byToken = await getAs(app, user, `/api/trading/positions/${accountId(2)}`);
  expect(byToken.statusCode).toBe(403);
});
