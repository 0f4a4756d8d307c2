import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { RequestFailure } from '../../src/load/http/failure.ts';
import { exchangeOn, failed, listen } from './http-client.ts';
import { answer, newFrameServer, newUser, open, start } from './http2-server.ts';

describe('failures are told as k6 tells them', () => {
  it.each([
    [8, 'CANCEL', 1639],
    [2, 'INTERNAL_ERROR', 1633],
    [11, 'ENHANCE_YOUR_CALM', 1642],
  ])('a stream reset with %i', async (code, name, number) => {
    const { url } = await start((stream) => stream.close(code));
    expect(failed(await exchangeOn(newUser(), url))).toEqual({
      message: `http2: stream error with http2 ErrCode ${name}`,
      code: number,
      detail: `stream error: stream ID 1; ${name}; received from peer`,
    });
  });

  it('a stream reset within the body, of which the beginning is kept', async () => {
    const head = [0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88];
    const data = [0, 0, 3, 0, 0, 0, 0, 0, 1, ...Buffer.from('abc')];
    const reset = [0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 2];
    const port = await listen(newFrameServer([...head, ...data, ...reset]));
    const exchange = await exchangeOn(newUser(), `https://127.0.0.1:${port}/`);
    expect(exchange.body).toBe('abc');
    expect(exchange.failure?.told('GET', 'https://x/')).toBe(
      'stream error: stream ID 1; INTERNAL_ERROR; received from peer',
    );
  });

  it.each([
    [2, 'INTERNAL_ERROR', 1613],
    [0, 'NO_ERROR', 1611],
  ])('a connection closed after GOAWAY %i', async (code, name, number) => {
    const { url } = await start((_, __, session) => {
      session.goaway(code, 1);
      setTimeout(() => session.destroy(), 20);
    });
    expect(failed(await exchangeOn(newUser(), url))).toEqual({
      message: `http2: received GoAway with http2 ErrCode ${name}`,
      code: number,
      detail: `http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=${name}, debug=""`,
    });
  });

  it('a connection that is gone', async () => {
    const { url } = await start((_, __, session) => session.destroy());
    const failure = failed(await exchangeOn(newUser(), url));
    // A server that goes politely says GOAWAY first.
    expect([1000, 1611]).toContain(failure?.code);
  });

  it('what is not HTTP/2', async () => {
    // A WINDOW_UPDATE by nothing, which RFC 9113 (6.9) calls a PROTOCOL_ERROR.
    const server = newFrameServer([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(failed(await exchangeOn(newUser(), `https://127.0.0.1:${await listen(server)}/`))).toEqual({
      message: 'http2: connection error with http2 ErrCode PROTOCOL_ERROR',
      code: 1652,
      detail: 'connection error: PROTOCOL_ERROR',
    });
  });

  it('a request that takes too long', async () => {
    const { url } = await start(() => undefined);
    const client = newUser();
    const exchange = await exchangeOn(client, url, { timeoutMs: 300 });
    expect(failed(exchange)).toMatchObject({ message: 'request timeout', code: 1050 });
    expect(exchange.timings.waiting).toBeGreaterThan(0);
  });

  it('a request of a virtual user that is interrupted', async () => {
    const { url } = await start(() => client.abort(new RequestFailure('interrupted', 1000)));
    const client = newUser();
    expect(failed(await exchangeOn(client, url))?.message).toBe('interrupted');
  });
});

it('sends again what the server refused to look at', async () => {
  let requests = 0;
  const { url } = await start((stream) => {
    if (++requests === 1) stream.close(7);
    else answer(stream);
  });
  expect((await exchangeOn(newUser(), url)).status).toBe(200);
  expect(requests).toBe(2);
});

it('waits longer each time before it sends again, but not beyond the deadline', async () => {
  let requests = 0;
  const { url } = await start((stream) => {
    requests++;
    stream.close(7);
  });
  const client = newUser();
  const exchange = await exchangeOn(client, url, { timeoutMs: 500 });
  expect(failed(exchange)).toMatchObject({ message: 'request timeout', code: 1050 });
  // The first time at once, then after a second.
  expect(requests).toBeLessThanOrEqual(2);
});

it('fails all requests that wait for a connection when there is none', async () => {
  const { server, port } = await open((stream) => answer(stream));
  const url = `https://127.0.0.1:${port}`;
  await exchangeOn(newUser({ noConnectionReuse: true }), url);
  server.close();
  await once(server, 'close');
  const client = newUser();
  const codes = await Promise.all([1, 2, 3].map(async () => failed(await exchangeOn(client, url))?.code));
  expect(codes).toEqual([1212, 1212, 1212]);
});

it('opens another connection after GOAWAY', async () => {
  let requests = 0;
  const { url, connections } = await start((stream, _, session) => {
    answer(stream);
    if (++requests === 1) session.goaway(0, 1);
  });
  const client = newUser();
  expect((await exchangeOn(client, url)).status).toBe(200);
  await expect.poll(async () => (await exchangeOn(client, url)).status === 200 && connections()).toBe(2);
});
