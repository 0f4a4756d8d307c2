import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Client, connectClient, refusedClient, told, useServices } from './price-clients.ts';
import { killServers, readyServer } from './server.ts';

const stepMs = 250;
const waiting = { timeout: 20_000, interval: 10 };
afterEach(killServers);
const start = useServices();

describe('a subscription', () => {
  it('starts with the quote of now, and goes on with each that changes', async () => {
    const { connect, quotes, clock } = await start();
    const client = await connect();
    client.say({ subscribe: ['EURUSD', 'GBPUSD', 'EURUSD'] });
    expect(await client.settled()).toEqual([told('EURUSD'), told('GBPUSD')]);
    quotes.set('EURUSD', '1.00001');
    quotes.set('USDJPY', '150.000');
    clock.advance(stepMs);
    clock.advance(10 * stepMs);
    quotes.set('EURUSD', '1.00002');
    clock.advance(stepMs);
    expect((await client.settled()).slice(2)).toEqual([told('EURUSD', '1.00001'), told('EURUSD', '1.00002')]);
  });

  it('ends, changes, and may be for everything', async () => {
    const { connect, quotes, clock, metric } = await start();
    const client = await connect();
    client.say({ subscribe: '*' });
    await client.settled();
    client.say({ unsubscribe: ['EURUSD', 'USDJPY'], subscribe: ['USDJPY'] });
    expect(await client.settled()).toEqual(
      ['EURUSD', 'GBPUSD', 'USDJPY', 'USDJPY'].map((each) => told(each)),
    );
    expect(await metric('websocket_subscriptions')).toBe(2);
    for (const symbol of ['EURUSD', 'GBPUSD', 'USDJPY']) quotes.set(symbol, '3.00000');
    clock.advance(stepMs);
    const last = (await client.settled()).slice(4);
    expect(last).toEqual([told('GBPUSD', '3.00000'), told('USDJPY', '3.00000')]);
    client.say({ unsubscribe: '*' });
    await client.settled();
    expect(await metric('websocket_subscriptions')).toBe(0);
  });

  it('may be in the address', async () => {
    const { connect } = await start();
    const some = await connect('/ws/prices?symbols=GBPUSD,USDJPY');
    expect(await some.settled()).toEqual([told('GBPUSD'), told('USDJPY')]);
    const all = await connect('/ws/prices?symbols=*');
    expect((await all.settled()).length).toBe(3);
    const wrong = await connect('/ws/prices?symbols=EURUSD,NOPE');
    expect(await wrong.settled()).toEqual([
      { error: { code: 'UNKNOWN_SYMBOL', message: '"NOPE" is not traded here' } },
    ]);
  });

  it('costs one reading of the quotes per step for all clients, and none when there are none', async () => {
    const { connect, quotes, clock, metric } = await start();
    expect(clock.timers()).toBe(0);
    const clients = await Promise.all([1, 2, 3].map(() => connect('/ws/prices?symbols=*')));
    for (const client of clients) await client.settled();
    const before = quotes.reads();
    quotes.set('EURUSD', '1.00001');
    clock.advance(4 * stepMs);
    expect(quotes.reads() - before).toBe(4);
    for (const client of clients) {
      expect((await client.settled()).slice(3)).toEqual([told('EURUSD', '1.00001')]);
    }
    expect(await metric('websocket_messages_sent_total')).toBe(12);
    expect(await metric('websocket_active_connections')).toBe(3);
    for (const client of clients) client.webSocket.close();
    await vi.waitFor(() => expect(clock.timers()).toBe(0), waiting);
    expect(await metric('websocket_active_connections')).toBe(0);
  });
});

describe('heartbeats', () => {
  it('end who does not answer, and nobody else', async () => {
    const { connect, clock, metric } = await start();
    const alive = await connect();
    const silent = await connect('/ws/prices', { autoPong: false });
    const pinged = [alive, silent].map(({ webSocket }) => once(webSocket, 'ping'));
    clock.advance(15_000);
    await Promise.all(pinged);
    // Its answer to the ping is heard before that to what is said now.
    await alive.settled();
    await silent.settled();
    clock.advance(14_999);
    expect(await metric('websocket_terminated_total{reason="silent"}')).toBeNaN();
    clock.advance(1);
    expect((await silent.closed).code).toBe(1006);
    await alive.settled();
    clock.advance(15_000);
    await alive.settled();
    expect(await metric('websocket_terminated_total{reason="silent"}')).toBe(1);
    expect(await metric('websocket_active_connections')).toBe(1);
  });
});

describe('a bad message', () => {
  const usage =
    'a message is {"subscribe": LIST} or {"unsubscribe": LIST}: a list of symbols, or "*" for all';

  it('is answered, and changes nothing', async () => {
    const { connect, metric } = await start();
    const messages = [
      ...['{', '["EURUSD"]', 'null', '{}', '{"buy":["EURUSD"]}', '{"subscribe":["EURUSD"],"buy":1}'],
      ...['{"subscribe":"EURUSD"}', '{"unsubscribe":[1]}', '{"__proto__":["EURUSD"]}'],
    ];
    for (const message of messages) {
      const client = await connect();
      client.say(message);
      const answer = { error: { code: 'INVALID_MESSAGE', message: usage } };
      expect([message, await client.settled()]).toEqual([message, [answer]]);
      expect(await metric('websocket_subscriptions')).toBe(0);
      client.say({ subscribe: ['EURUSD'] });
      expect((await client.settled())[1]).toEqual(told('EURUSD'));
      client.say({ unsubscribe: '*' });
      await client.settled();
    }
  });

  it('names an unknown symbol, and is not obeyed in part', async () => {
    const { connect, metric } = await start();
    const client = await connect();
    client.say({ subscribe: ['EURUSD', 'constructor'] });
    expect(await client.settled()).toEqual([
      { error: { code: 'UNKNOWN_SYMBOL', message: '"constructor" is not traded here' } },
    ]);
    expect(await metric('websocket_subscriptions')).toBe(0);
  });

  it.each<[string, string, number, (client: Client) => void]>([
    ['the fifth', 'bad_messages', 1008, ({ say }) => Array.from('12345', () => say('{'))],
    ['a binary one', 'binary', 1003, ({ webSocket }) => webSocket.send(Buffer.from('{"subscribe":"*"}'))],
    ['one above 4 KB', 'too_large', 1009, ({ say }) => say('x'.repeat(4097))],
    [
      'one of too many',
      'flood',
      1008,
      ({ say }) => Array.from({ length: 101 }, () => say({ unsubscribe: '*' })),
    ],
    [
      'a flood of pings',
      'flood',
      1008,
      ({ webSocket }) => Array.from({ length: 101 }, () => webSocket.ping()),
    ],
  ])('%s ends the connection', async (_what, reason, code, misbehave) => {
    const { connect, metric } = await start();
    const client = await connect();
    misbehave(client);
    expect((await client.closed).code).toBe(code);
    expect(await metric(`websocket_terminated_total{reason="${reason}"}`)).toBe(1);
    await vi.waitFor(async () => expect(await metric('websocket_active_connections')).toBe(0), waiting);
  });
});

describe('an upgrade', () => {
  it('is refused above the number of clients, at another path, and answered without one', async () => {
    const { connect, metric, url } = await start(undefined, { clients: 1 });
    await connect();
    expect(await refusedClient(`${url}/ws/prices`)).toEqual({
      status: 503,
      retryAfter: '1',
      body: '{"code":"TOO_MANY_STREAMS","message":"at most 1 clients at a time"}',
    });
    expect(await metric('websocket_refused_total{reason="capacity"}')).toBe(1);
    expect((await refusedClient(`${url}/ws/trades`)).status).toBe(404);
    const plain = await fetch(`${url}/ws/prices`);
    expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket']);
  });

  it('to anything else is not heeded, and the request answered', async () => {
    const { port } = await start();
    const socket = connectSocket(port, '127.0.0.1');
    const upgrade =
      'Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n';
    const json = 'content-type: application/json\r\ncontent-length: 2\r\n';
    socket.write(`GET /api/prices/EURUSD HTTP/1.1\r\n${upgrade}\r\n`);
    let answers = '';
    socket.setEncoding('utf8').on('data', (text) => {
      answers += text;
    });
    await vi.waitFor(() => expect(answers).toMatch(/^HTTP\/1.1 200 OK.*"bid":"1.00000"/s), waiting);
    answers = '';
    socket.write(`POST /healthz HTTP/1.1\r\n${upgrade}${json}\r\n{}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`);
    await vi.waitFor(() => expect(answers).toMatch(/ 404 .*\/healthz"}HTTP\/1.1 200 OK/s), waiting);
    socket.destroy();
  });
});

describe('the end of the service', () => {
  it('is told to the clients, and no new ones are taken', async () => {
    const { connect, connections, stream, url, metric } = await start();
    const clients = await Promise.all([connect(), connect('/ws/prices?symbols=*')]);
    stream.close();
    const drained = connections.drain(60);
    for (const client of clients) expect(await client.closed).toMatchObject({ code: 1001 });
    await drained;
    expect(await metric('websocket_active_connections')).toBe(0);
    expect((await refusedClient(`${url}/ws/prices`)).status).toBe(503);
    expect(await metric('websocket_refused_total{reason="closing"}')).toBe(1);
  });

  it('does not wait for a client that does not answer', async () => {
    const { connect, connections, stream, metric } = await start();
    const client = await connect();
    client.webSocket.pause();
    stream.close();
    await connections.drain(0.1);
    await vi.waitFor(async () => expect(await metric('websocket_active_connections')).toBe(0), waiting);
  });

  it('reaches the clients through the port of the platform', async () => {
    const { server, ready } = await readyServer('--news', '0');
    const address = `${ready.url.replace('http', 'ws')}/ws/prices?symbols=EURUSD`;
    const clients = await Promise.all([connectClient(address), connectClient(address)]);
    for (const { messages } of clients) {
      await vi.waitFor(() => expect(messages.length).toBeGreaterThan(2), waiting);
      expect(messages[0]).toEqual({
        symbol: 'EURUSD',
        bid: expect.stringMatching(/^1\.\d{5}$/),
        ask: expect.stringMatching(/^1\.\d{5}$/),
        spread: expect.stringMatching(/^0\.000\d\d$/),
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
      });
    }
    const page = await (await fetch(`${ready.url}/metrics`)).text();
    expect(page).toMatch(/^websocket_active_connections 2$/m);
    server.child.kill('SIGTERM');
    for (const client of clients) expect(await client.closed).toMatchObject({ code: 1001 });
    expect((await server.exited).code).toBe(0);
  });
});
