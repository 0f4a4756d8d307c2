import { createServer, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamPrices } from '../../server/stream/price-stream.ts';
import { getAs, postTrade, series, stillQuotes, testApp } from './app.ts';
import { useDatabase } from './database.ts';
import { bodies, fields, queries } from './hostile/inputs.ts';
import { type RawAnswer, sendRaw } from './hostile/raw.ts';
import { user } from './hostile/requests.ts';
import { paths, protocol, upgrades } from './hostile/transport.ts';
import { ofOthers, unauthenticated } from './hostile/users.ts';

const hostile = { unauthenticated, ofOthers, bodies, fields, queries, paths, protocol, upgrades };
const database = useDatabase();
let app: FastifyInstance;
let front: Server;
let port: number;
let before: string;

/** Rows of each table, and a sum over all their columns. */
async function contents(): Promise<string> {
  const { rows } = await database.client.query(
    `SELECT string_agg(name || query_to_xml(
       format('SELECT count(*), md5(string_agg(t::text, '';'' ORDER BY t::text)) FROM %I t', name), true, true, ''), '')
     FROM (SELECT relname AS name FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname) AS tables`,
  );
  return rows[0].string_agg;
}

beforeAll(async () => {
  ({ app } = await testApp(database.url));
  streamPrices(app.server, { quotes: stillQuotes(), registry: new Registry() });
  await app.listen({ port: 0, host: '127.0.0.1', listenTextResolver: () => '' });
  // Connections are accepted elsewhere and handed over, as they are by the server to its replicas.
  front = createServer({ pauseOnConnect: true }, (socket) => {
    app.server.emit('connection', socket);
    socket.resume();
  });
  port = await new Promise((resolve) => {
    front.listen(0, '127.0.0.1', () => resolve((front.address() as { port: number }).port));
  });
  before = await contents();
});
afterAll(async () => {
  front?.close();
  await app?.close();
});

describe.each(Object.entries(hostile))('%s', (_name, requests) => {
  it.each(requests)('%s', async (_what, bytes, status, code) => {
    const answer = await sendRaw(port, bytes);
    expect({ status: answer.status, code: codeOf(answer) }).toEqual({ status, code });
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(answer.headers).not.toHaveProperty('server');
    if (code) expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.headers['www-authenticate'] !== undefined).toBe(status === 401);
  });
});

/** Of an answer that has exactly a code and a message, and in it nothing of how the service is made. */
function codeOf({ body, headers }: RawAnswer): string | undefined {
  // The answers of Node and of the WebSocket library, and those to HEAD.
  if (body === '' || !headers['content-type']?.startsWith('application/json')) return undefined;
  const { code, message, ...rest } = JSON.parse(body);
  expect([typeof message, rest]).toEqual(['string', {}]);
  expect(message).not.toMatch(/select|relation|syntax error|postgres|node_modules|\.[jt]s\b|\bat \S+ \(/i);
  return code;
}

it('and then nothing was changed, nothing failed, and the service works', async () => {
  const sent = Object.values(hostile).flat().length;
  expect(sent).toBeGreaterThan(150);
  expect(await contents()).toBe(before);
  const page = (await app.inject('/metrics')).body;
  expect(page).not.toMatch(/^http_requests_total\{.*status="5/m);
  expect(
    series(page, 'http_requests_total{method="GET",route="/api/trading/trades",status="401"}'),
  ).toBeGreaterThan(30);
  expect(
    (await postTrade(app, { userId: user, symbol: 'EURUSD', action: 'buy', volume: '1.00' })).statusCode,
  ).toBe(201);
  expect((await getAs(app, user, `/api/trading/positions/${user.toUpperCase()}`)).json()).toMatchObject({
    userId: user,
    positions: [{ volume: '1.00' }],
  });
  expect(await contents()).not.toBe(before);
});
