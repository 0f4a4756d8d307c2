import type http from 'node:http';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { openServer, queryRange } from '../../src/collect/prometheus-api.ts';
import { serve } from '../cli/fxscale.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

type Handler = (query: URLSearchParams, response: http.ServerResponse, request: http.IncomingMessage) => void;

async function open(handler: Handler, suffix = '', environment = {}) {
  const server = await serve((request, response) =>
    handler(new URL(request.url ?? '', 'http://x').searchParams, response, request),
  );
  const api = openServer(`prometheus+${server.url}${suffix}`, environment);
  closing.push(() => api.client.close(), server.close);
  return api;
}

function answer(response: http.ServerResponse, value: object, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** Answers as Prometheus does with a series that is its own time, and refuses more points than it does. */
const clock: Handler = (query, response) => {
  const [start, end, step] = ['start', 'end', 'step'].map((name) =>
    Math.round(Number(query.get(name)) * 1000),
  );
  const values: [number, string][] = [];
  for (let t = start ?? 0; t <= (end ?? 0); t += step ?? 1) values.push([t / 1000, String(t / 1000)]);
  answer(response, { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values }] } });
};

const from = new Date(1_795_946_710_250);
const later = (seconds: number) => new Date(from.getTime() + seconds * 1000);

describe('a range in pages', () => {
  it('has every point once, whatever the page', async () => {
    const api = await open(clock);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 15 }),
        fc.constantFrom(0.1, 0.25, 1, 15),
        async (points, page, step) => {
          // Half a step later there is no further point.
          const { series } = await queryRange(api, 'time()', from, later((points + 0.5) * step), step, {
            page,
          });
          const times = Array.from(
            { length: points + 1 },
            (_, i) => Math.round(from.getTime() + i * step * 1000) / 1000,
          );
          expect(series.map((each) => each.points)).toEqual([times.map((t) => ({ t, value: t }))]);
        },
      ),
      { seed: 1, numRuns: 40 },
    );
  });

  it('keeps series apart that come and go, by their labels in any order', async () => {
    let page = 0;
    const pages = [
      [{ metric: { a: '1', b: '2' }, values: [[0, '1']] }],
      [],
      [
        { metric: { b: '2', a: '1' }, values: [[2, '3']] },
        { metric: { a: '2', b: '1' }, values: [[2, '4']] },
      ],
    ];
    const api = await open((_, response) =>
      answer(response, {
        status: 'success',
        data: { resultType: 'matrix', result: pages[page++] },
        infos: ['i'],
      }),
    );
    expect(await queryRange(api, 'x', from, later(2), 1, { page: 1 })).toEqual({
      series: [
        {
          labels: { a: '1', b: '2' },
          points: [
            { t: 0, value: 1 },
            { t: 2, value: 3 },
          ],
          histograms: [],
        },
        { labels: { a: '2', b: '1' }, points: [{ t: 2, value: 4 }], histograms: [] },
      ],
      warnings: ['i'],
    });
  });

  it('asks once more where a page fails for a reason that may pass, and gives up all of it at the second', async () => {
    const asked: string[] = [];
    const failing = (times: number): Handler => {
      let left = times;
      return (query, response, request) => {
        asked.push(query.get('start') ?? '');
        if (asked.length < 2 || left-- <= 0) clock(query, response, request);
        else answer(response, { status: 'error', errorType: 'unavailable', error: 'busy' }, 503);
      };
    };
    const range = (api: Parameters<typeof queryRange>[0]) =>
      queryRange(api, 'x', from, later(5), 1, { page: 2 });
    expect((await range(await open(failing(1)))).series[0]?.points).toHaveLength(6);
    expect(asked.map((start) => Number(start) - from.getTime() / 1000)).toEqual([0, 2, 2, 4]);
    asked.length = 0;
    await expect(range(await open(failing(2)))).rejects.toThrow('unavailable: busy');
    expect(asked).toHaveLength(3);
  });

  it('is over when the caller gives up, although the server says nothing', async () => {
    const waiting = new AbortController();
    let asked = 0;
    const api = await open(() => {
      asked++;
      waiting.abort(new Error('the run is over'));
    });
    await expect(queryRange(api, 'x', from, from, 1, { signal: waiting.signal })).rejects.toThrow(
      'the run is over',
    );
    expect(asked).toBe(1);
  });

  it.each([
    [
      400,
      '{"status":"error","errorType":"bad_data","error":"parse error"}',
      'application/json',
      'bad_data: parse error',
    ],
    [
      401,
      'Unauthorized',
      'text/plain',
      'it answered 401 Unauthorized: check the user and password, or the bearer',
    ],
    [404, 'no', 'text/plain', 'it answered 404 Not Found'],
    [302, '', 'text/plain', 'it answered 302 Found'],
    [502, '{"a":1}', 'application/json', 'it does not answer as Prometheus does: "{\\"a\\":1}"'],
    [200, '<html>', 'text/html', 'it does not answer as Prometheus does: "<html>"'],
  ])('rejects in one line for %i %s', async (status, body, type, message) => {
    const api = await open((_, response) => response.writeHead(status, { 'content-type': type }).end(body));
    await expect(queryRange(api, 'x', from, from, 1)).rejects.toThrow(message);
  });

  it('says why nobody is there, however many addresses the name has', async () => {
    const api = openServer('prometheus+http://localhost:1', {});
    await expect(queryRange(api, 'x', from, from, 1)).rejects.toThrow(/^connect ECONNREFUSED .*:1$/);
    api.client.close();
  });

  it('needs an end that is not before its start', async () => {
    const api = await open(clock);
    await expect(queryRange(api, 'x', from, later(-1), 1)).rejects.toThrow(RangeError);
    await expect(queryRange(api, 'x', from, from, 0)).rejects.toThrow(RangeError);
  });
});

describe('what is sent', () => {
  it('is the query below the prefix, with what opens the server', async () => {
    const seen: unknown[] = [];
    const watched: Handler = (query, response, request) => {
      seen.push(request.url?.split('?')[0], request.headers.authorization, query.get('query'));
      clock(query, response, request);
    };
    const promql = 'sum(rate(x{a="b&c"}[1m])) + 1 % 2';
    await queryRange(
      await open(watched, '/prom/?token_env=TOKEN', { TOKEN: 's3cret' }),
      promql,
      from,
      from,
      1,
    );
    expect(seen).toEqual(['/prom/api/v1/query_range', 'Bearer s3cret', promql]);
  });
});

describe('the URL', () => {
  it('may have a user, a prefix and a query in which + is +', () => {
    const { url, parameters } = openServer(
      'prometheus+https://fx:p%40ss@prom.example:9443/a/b/?query=x:a+b%25c=d&token=1',
      {},
    );
    expect([url.href, parameters]).toEqual([
      'https://fx:p%40ss@prom.example:9443/a/b/',
      [
        ['query', 'x:a+b%c=d'],
        ['token', '1'],
      ],
    ]);
  });

  it.each([
    ['prometheus+http://', 'write for example prometheus+http://127.0.0.1:9090'],
    ['prometheus+http://h?query=x:a%', 'the value of query holds a stray %; write %25'],
    ['prometheus+http://h?query=x:a#b', 'its # begins what is never sent; write %23'],
    [
      'prometheus+http://h?token_env=TOKEN',
      'token_env names the variable TOKEN, which is not set; put the bearer',
    ],
    [
      'prometheus+http://u:secret@h?token_env=GIVEN',
      'both a user and token_env are given; leave one of them out',
    ],
  ])('%s is refused', (address, message) => {
    const opening = () => openServer(address, { TOKEN: '', GIVEN: 'secret' });
    expect(opening).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(message) }),
    );
    expect(opening).not.toThrow(/secret/);
  });
});
