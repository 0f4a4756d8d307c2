import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { k6Arguments } from '../../src/load/k6/arguments.ts';
import { exportedSummary, exportedVerdicts, type K6Export } from '../../src/load/k6/export.ts';
import { K6Samples } from '../../src/load/k6/samples.ts';
import { parseRun } from '../../src/run.ts';
import { Folder, fxscale, serve, start } from '../cli/fxscale.ts';
import { missing } from '../requirements.ts';

const recorded = path.join(import.meta.dirname, '..', 'fixtures', 'k6');
const linesOf = (name: string) =>
  readFileSync(path.join(recorded, 'vectors', name), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
const exportOf = (name: string) =>
  JSON.parse(readFileSync(path.join(recorded, 'summary', name), 'utf8')) as K6Export;

describe('the flags that the real k6 gets', () => {
  const known = [
    { names: ['-u', '--vus'], takesValue: true, own: false },
    { names: ['-q', '--quiet'], takesValue: false, own: false },
    { names: ['--no-setup'], takesValue: false, own: false },
    { names: ['--engine'], takesValue: true, own: true },
    { names: ['--json'], takesValue: false, own: true },
  ];

  it.each([
    ['--engine k6 s.js -u 3 --json', '-u 3'],
    ['-u3 --engine=k6 s.js -q', '-u3 -q'],
    ['--vus=3 --no-setup s.js --engine k6', '--vus=3 --no-setup'],
    ['-u s.js s.js --engine k6', '-u s.js'],
    ['s.js --engine k6 --not-known yes', '--not-known yes'],
  ])('of %j are %j', (given, handed) => {
    expect(k6Arguments(given.split(' '), 's.js', known)).toEqual(handed.split(' '));
  });
});

describe('samples of the real k6', () => {
  it('make rows that hold every request by class', () => {
    const samples = new K6Samples();
    for (const line of linesOf('t2.js.ndjson')) samples.add(line);
    const classes = samples.rest(0.5).map((row) => row.classes);
    const sum = (of: 'count' | 'failures') =>
      classes.flatMap((one) => Object.values(one)).reduce((total, row) => total + row[of], 0);
    // As k6's own summary of that run says: 28 requests, 7 of them failed.
    expect([sum('count'), sum('failures')]).toEqual([28, 7]);
    expect(classes[0]?.['http://127.0.0.1:18080/hang']).toMatchObject({ count: 2, failures: 2 });
    expect([samples.iterations, samples.metrics.get('http_req_duration')]).toEqual([
      1,
      { type: 'trend', contains: 'time' },
    ]);
  });

  it('give the same totals however often rows are taken in between', () => {
    const lines = linesOf('seg.js.ndjson');
    const total = (takeAt: ReadonlySet<number>) => {
      const samples = new K6Samples();
      const rows = lines.flatMap((line, index) => {
        samples.add(line);
        return takeAt.has(index) ? samples.take((samples.startedAt ?? 0) + index * 30, 0) : [];
      });
      rows.push(...samples.rest(0));
      expect(rows.map(({ t }) => t)).toEqual(rows.map(({ t }) => t).sort((a, b) => a - b));
      return rows.reduce((sum, { generator }) => sum + generator.iterations, 0);
    };
    const whole = total(new Set());
    expect(whole).toBeGreaterThan(0);
    const places = fc.array(fc.nat(lines.length - 1)).map((list) => new Set(list));
    fc.assert(
      fc.property(places, (takeAt) => total(takeAt) === whole),
      { seed: 1 },
    );
  });

  it('leave what setup asked out of the load', () => {
    const point = (metric: string, at: number, value: number, tags: object) =>
      JSON.stringify({ metric, type: 'Point', data: { time: new Date(at).toISOString(), value, tags } });
    const samples = new K6Samples();
    samples.add(point('http_req_duration', 1000, 5, { name: 'login', group: '::setup' }));
    samples.add(point('vus', 2000, 0, {}));
    expect(samples.startedAt).toBeUndefined();
    samples.add(point('http_req_duration', 3000, 250, { name: 'quote', scenario: 'default' }));
    samples.add(point('http_req_failed', 3000, 1, { name: 'quote', scenario: 'default' }));
    samples.add(point('dropped_iterations', 3500, 2, { scenario: 'default' }));
    expect(samples.startedAt).toBe(3000);
    const [row] = samples.rest(0);
    expect(row?.classes).toMatchObject({ quote: { count: 1, failures: 1, latency: { max: 0.25 } } });
    expect(row?.generator.dropped).toBe(2);
  });
});

describe("k6's summary", () => {
  it('keeps its numbers, and its verdicts the right way round', () => {
    const exported = exportOf('thresholds.export.json');
    const verdicts = exportedVerdicts(exported);
    const crossed = Object.values(exported.metrics).flatMap(({ thresholds = {} }) =>
      Object.values(thresholds),
    );
    expect(verdicts.map(({ ok }) => ok)).toEqual(crossed.map((one) => !one));
    const summary = exportedSummary(exported, new Map(), 2);
    for (const { name, selector, type, values } of summary.metrics) {
      const theirs = exported.metrics[selector === undefined ? name : `${name}{${selector}}`];
      expect(
        values[
          type === 'rate' ? 'passes' : type === 'gauge' ? 'value' : type === 'counter' ? 'count' : 'max'
        ],
      ).toBe(
        theirs?.[
          type === 'rate' ? 'passes' : type === 'gauge' ? 'value' : type === 'counter' ? 'count' : 'max'
        ],
      );
    }
  });
});

describe('fxscale run --engine k6', () => {
  const folder = new Folder();
  afterAll(() => folder.remove());

  it('says in one line that k6 is not there', async () => {
    const script = folder.write('any.js', 'export default function () {}');
    const run = await fxscale(['run', '--engine', 'k6', script], { env: { K6_BIN: 'no-such-k6' } });
    expect(run.stderr).toMatch(
      /^fxscale: --engine k6 runs the real k6, and `no-such-k6` is not installed[^\n]*\n$/,
    );
    expect(run.code).toBe(2);
  });

  const reason = missing('k6');
  describe.skipIf(reason !== undefined)(`with the real k6${reason ? ` (${reason})` : ''}`, () => {
    it('keeps its exit code and writes a run of its samples', async () => {
      const { url, close } = await serve((request, response) => {
        response.statusCode = request.url === '/bad' ? 500 : 200;
        response.end('ok');
      });
      const script = folder.write(
        'load.js',
        `import http from 'k6/http';
         export const options = { iterations: 20, thresholds: { http_req_failed: ['rate<0.1'], http_reqs: ['count==40'] } };
         export default () => {
           http.get(__ENV.URL + '/good', { tags: { name: 'good' } });
           http.get(__ENV.URL + '/bad', { tags: { name: 'bad' } });
         };`,
      );
      const file = path.join(folder.path, 'k6-run.ndjson');
      const run = await fxscale([
        'run',
        '--engine',
        'k6',
        '-e',
        `URL=${url}`,
        '--save',
        file,
        '--json',
        script,
      ]);
      close();
      expect(run.code).toBe(99);
      const result = JSON.parse(run.stdout) as {
        exitCode: number;
        engine: string;
        metrics: { name: string }[];
      };
      expect(result).toMatchObject({ exitCode: 99, run: file });
      expect(result.engine).toMatch(/^k6 v\d/);
      const requests = result.metrics.find(({ name }) => name === 'http_reqs');
      expect(requests).toMatchObject({ type: 'counter', values: { count: 40 }, thresholds: [{ ok: true }] });
      const kept = parseRun(readFileSync(file, 'utf8'), file);
      const sum = (name: string, of: 'count' | 'failures') =>
        kept.rows.reduce((total, { classes }) => total + (classes[name]?.[of] ?? 0), 0);
      expect([sum('good', 'count'), sum('good', 'failures')]).toEqual([20, 0]);
      expect([sum('bad', 'count'), sum('bad', 'failures')]).toEqual([20, 20]);
      expect(kept.end).toMatchObject({
        exitCode: 99,
        thresholds: expect.arrayContaining([
          { metric: 'http_req_failed', expression: 'rate<0.1', ok: false },
          { metric: 'http_reqs', expression: 'count==40', ok: true },
        ]),
      });
    });

    it('hands flags on, and passes what k6 prints', async () => {
      const script = folder.write('print.js', `export default () => console.log('word ' + __ENV.WORD);`);
      const flags = ['-i', '3', '-q', '--summary-mode=disabled', '-e', 'WORD=given', '--save', 'none'];
      const run = await fxscale(['run', ...flags, '--engine=k6', script]);
      expect(run.stderr.match(/msg="word given"/g)).toHaveLength(3);
      expect([run.code, run.stdout.trim()]).toEqual([0, '']);
    });

    it('ends k6 in its own way at a signal, and leaves no run of a script that does not start', async () => {
      const endless = folder.write(
        'endless.js',
        `import { sleep } from 'k6';
         export const options = { duration: '1h' };
         export default () => { console.log('loaded'); sleep(0.1); };
         export const teardown = () => console.log('torn down');`,
      );
      const running = start(['run', '--engine', 'k6', '--save', 'none', '-q', endless]);
      await running.saw(/loaded/);
      running.child.kill('SIGINT');
      const ended = await running.ended;
      expect(ended.code).toBe(105);
      expect(ended.stderr).toContain('torn down');
      const broken = folder.write('broken.js', 'export default function () { const = 5; }');
      const file = path.join(folder.path, 'none.ndjson');
      expect((await fxscale(['run', '--engine', 'k6', '--save', file, broken])).code).toBe(107);
      expect(existsSync(file)).toBe(false);
    });
  });
});
