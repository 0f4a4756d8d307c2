import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTraffic } from '../src/traffic-source.ts';
import { serve } from './cli/fxscale.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z') / 1000;
const asked: URL[] = [];
let server: Awaited<ReturnType<typeof serve>>;
/** Answers as Prometheus does: two series of 1 and 2 requests/s, or what the query says. */
beforeAll(async () => {
  server = await serve((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    asked.push(url);
    const [from, to, step] = ['start', 'end', 'step'].map((name) => Number(url.searchParams.get(name))) as [
      number,
      number,
      number,
    ];
    const query = url.searchParams.get('query') ?? '';
    const values = (rate: number): [number, string][] =>
      Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i): [number, string] => [
        from + i * step,
        String(rate),
      ]).filter((_, i) => query !== 'gap' || i < 5 || i > 40);
    const rates = query === 'none' ? [] : query === 'negative' ? [-1] : [1, 2];
    const result = rates.map((rate) => ({ metric: { rate: String(rate) }, values: values(rate) }));
    const body =
      query === 'bad('
        ? { status: 'error', errorType: 'bad_data', error: 'unclosed left parenthesis' }
        : { status: 'success', data: { resultType: 'matrix', result } };
    response.writeHead(query === 'bad(' ? 400 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
});
afterAll(() => server.close());

const read = (query: string, user = '') =>
  readTraffic(`prometheus+${server.url.replace('//', `//${user}`)}/${query}`, NOW + 1.5, {});

describe('traffic from Prometheus', () => {
  it('is the sum of the series of a range query, by default every minute of four weeks', async () => {
    asked.length = 0;
    const { name, base } = await read(
      '?query=sum(rate(http_requests_total{job=~"a|b"}[5m]))',
      'reader:secret@',
    );
    if (!('history' in base)) throw new Error('no history');
    const { history } = base;
    expect([history.rateAt(history.from), history.step]).toEqual([3, 60]);
    expect([history.from, history.to]).toEqual([NOW - 28 * 86_400, NOW + 60]);
    expect(asked[0]?.searchParams.get('query')).toBe('sum(rate(http_requests_total{job=~"a|b"}[5m]))');
    expect(name).toContain('reader:***@');
    expect(name).not.toContain('secret');
  });

  it.each([
    ['start=-2d&end=-1d&step=1h', [NOW - 2 * 86_400, NOW - 86_400, 3600]],
    [
      'start=2026-05-01&end=2026-05-02T00:00:00Z',
      [Date.parse('2026-05-01') / 1000, Date.parse('2026-05-02') / 1000, 60],
    ],
    [`start=${NOW - 600}&step=15s`, [NOW - 600, NOW, 15]],
  ])('is that of %s', async (range, [from, to, step]) => {
    const { base } = await read(`?query=x&${range}`);
    if (!('history' in base)) throw new Error('no history');
    expect(base.history).toMatchObject({ from, to: (to as number) + (step as number), step });
  });

  it.each([
    ['', 'it has no query; write for example prometheus+http://'],
    ['?query=', 'has no query'],
    ['?query=x&since=1d', 'knows no parameter since; write query, start, end, step or token_env'],
    ['?query=x&query=y', 'has query twice'],
    ['?query=x&start=tomorrow', 'start=tomorrow is no time; write'],
    ['?query=x&start=-5', 'start=-5 is no duration; write'],
    ['?query=x&step=0s', 'has a step of 0s; write 1s or longer'],
    ['?query=x&start=-1d&end=-2d', 'ends at -2d, which is not after its start -1d'],
    ['?query=x#y', 'the prometheus+http URL: its # begins what is never sent'],
    ['?query=100%', 'the prometheus+http URL: the value of query holds a stray %'],
    ['?query=x&token_env=NO_SUCH', 'token_env names the variable NO_SUCH, which is not set'],
    ['?query=none&start=-2h', 'no series matches: give a query and a start'],
    ['?query=negative&start=-2h', 'its rate -1 is not zero or more'],
    ['?query=gap&start=-2h', 's are missing before it'],
    ['?query=bad(', 'bad_data: unclosed left parenthesis'],
  ])('is refused in one line: %s', async (query, message) => {
    const error = await read(query, 'reader:secret@').catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'FxscaleError', message: expect.stringContaining(message) });
    expect((error as Error).message).not.toMatch(/secret|\n/);
  });

  it('is not read from another URL', async () => {
    await expect(readTraffic('http://127.0.0.1:9090', NOW, {})).rejects.toThrow(
      'write prometheus+http://host:9090',
    );
    await expect(readTraffic('prometheus+http://127.0.0.1:1/?query=x', NOW, {})).rejects.toThrow(
      'ECONNREFUSED',
    );
  });
});
