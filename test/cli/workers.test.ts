import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Folder, fxscale, serve, start } from './fxscale.ts';

const folder = new Folder();
let target: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  target = await serve((request, response) => {
    if (request.url === '/fail') response.writeHead(500).end();
    else response.end('ok');
  });
});

afterAll(() => {
  target.close();
  folder.remove();
});

function script(name: string, source: string): string[] {
  return ['run', folder.write(name, source), '-e', `BASE=${target.url}`, '--save', 'none'];
}

type Summary = {
  metrics: { name: string; selector?: string; type: string; values: Record<string, number> }[];
  checks: { path: string }[];
};

/** What does not depend on time: counts, of metrics and of checks. */
function counts(stdout: string) {
  const { metrics, checks } = JSON.parse(stdout) as Summary;
  const counted = metrics
    .filter(({ name, type }) => type !== 'gauge' && !name.startsWith('data_'))
    .map(({ name, selector, type, values }) => {
      const { count, passes, fails } = values;
      return [name, selector, type === 'rate' ? [passes, fails] : count];
    });
  // Which check was made first depends on which scenario was, and so on the machine.
  return { counted, checks: checks.toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
}

const mixed = `
  import http from 'k6/http';
  import exec from 'k6/execution';
  import { check, group } from 'k6';
  import { Counter, Trend } from 'k6/metrics';
  const own = new Counter('own_count');
  const size = new Trend('own_size');
  export const options = {
    summaryTrendStats: ['count'],
    thresholds: { 'http_reqs{kind:bad}': ['count==6'], own_count: ['count>0'] },
    scenarios: {
      shared: { executor: 'shared-iterations', vus: 3, iterations: 11 },
      each: { executor: 'per-vu-iterations', vus: 3, iterations: 4, exec: 'each' },
      open: { executor: 'constant-arrival-rate', rate: 20, duration: '1s', preAllocatedVUs: 20, exec: 'open' },
    },
  };
  export function setup() { return { base: __ENV.BASE }; }
  export default function (data) {
    group('front', () => check(http.get(data.base + '/'), { fine: (r) => r.status === 200 }));
    own.add(exec.scenario.iterationInTest);
  }
  export function each(data) {
    const bad = exec.vu.iterationInScenario % 2 === 1;
    const response = http.get(data.base + (bad ? '/fail' : '/'), { tags: { kind: bad ? 'bad' : 'good' } });
    check(response, { fine: (r) => r.status === 200 });
    size.add(response.status);
  }
  export function open() { own.add(exec.scenario.iterationInTest); }
`;

describe('workers', () => {
  it('give together what one gives: every count, tag and check', async () => {
    const flags = [...script('mixed.js', mixed), '--json'];
    const [one, two, three] = await Promise.all(
      [1, 2, 3].map((workers) => fxscale([...flags, '--workers', String(workers)])),
    );
    expect({ code: one?.code, stderr: one?.stderr }).toEqual({ code: 0, stderr: '' });
    const expected = counts(one?.stdout ?? '');
    // 0 + ... + 10 and 0 + ... + 19: each iteration of the test ran once.
    expect(expected.counted).toContainEqual(['own_count', undefined, 55 + 190]);
    expect(counts(two?.stdout ?? '')).toEqual(expected);
    expect(counts(three?.stdout ?? '')).toEqual(expected);
  }, 60_000);

  it('have VUs of their own with numbers of the whole', async () => {
    const { stderr } = await fxscale([
      ...script(
        'ids.js',
        `import exec from 'k6/execution';
         export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 5, iterations: 1 } } };
         export default function () { console.log('vu ' + __VU + ' ' + exec.vu.idInTest); }`,
      ),
      '--workers',
      '2',
    ]);
    const ids = [...stderr.matchAll(/vu (\d+) (\d+)/g)].map(([, own, test]) => `${own} ${test}`);
    expect(ids.toSorted()).toEqual(['1 1', '2 2', '3 3', '4 4', '5 5']);
  });

  it('all stop when one of them aborts the test, and teardown runs once', async () => {
    const { code, stderr } = await fxscale([
      ...script(
        'abort.js',
        `import exec from 'k6/execution';
         import { sleep } from 'k6';
         export const options = { vus: 4, duration: '60s' };
         export default function () {
           if (__VU === 2) exec.test.abort('enough');
           sleep(60);
         }
         export function teardown() { console.log('torn down'); }`,
      ),
      '--workers',
      '2',
    ]);
    expect(code).toBe(108);
    expect(stderr).toContain('enough');
    expect(stderr.match(/torn down/g)).toHaveLength(1);
  });

  it('share an abort by a threshold on what they did together', async () => {
    const { code, stderr } = await fxscale([
      ...script(
        'threshold.js',
        `import { Counter } from 'k6/metrics';
         import { sleep } from 'k6';
         const own = new Counter('own');
         export const options = {
           vus: 4, duration: '60s',
           thresholds: { own: [{ threshold: 'count<4', abortOnFail: true }] },
         };
         export default function () { own.add(1); sleep(60); }`,
      ),
      '--workers',
      '4',
    ]);
    expect(code).toBe(99);
    expect(stderr).toContain('stopping test prematurely');
  });

  it('come to an end when their scripts would not, and teardown still runs', async () => {
    const { code, stderr, stdout } = await fxscale(
      script(
        'spin.js',
        `export const options = { scenarios: { a: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '1s' } } };
         // No loop of its own that could be watched: the time goes into one call.
         export default function () { /^(a|a)*$/.test('a'.repeat(60) + 'b'); }
         export function teardown() { console.log('torn down'); }`,
      ),
    );
    expect(code).toBe(0);
    expect(stderr).toContain('torn down');
    expect(stdout).not.toContain('iterations...');
  }, 30_000);

  it('leave the command able to hear Ctrl-C while they spin', async () => {
    const running = start(
      script(
        'ctrl-c.js',
        `export const options = { vus: 2, duration: '60s' };
         export default function () { console.log('spinning'); while (true) {} }
         export function teardown() { console.log('torn down'); }`,
      ),
    );
    await running.saw(/spinning/);
    running.child.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(105);
    expect(stderr).toContain('torn down');
  });

  it('also in init, where nothing can be torn down yet', async () => {
    const running = start(
      script('init.js', `console.log('spinning'); while (true) {} export default function () {}`),
    );
    // What init prints comes with the second time it is run, so there is nothing to wait for but the process.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 105, stdout: '' });
  });
});

describe('execution segments', () => {
  it('are together the whole test', async () => {
    const flags = script('mixed.js', mixed.replace(/thresholds: \{.*\},/, ''));
    const segments = ['0:1/3', '1/3:2/3', '2/3:1'];
    const parts = await Promise.all(
      segments.map((segment) =>
        fxscale([
          ...flags,
          ...['--json', '--execution-segment', segment, '--execution-segment-sequence', '0,1/3,2/3,1'],
        ]),
      ),
    );
    const own = (stdout: string, name: string) =>
      (JSON.parse(stdout) as Summary).metrics.find((metric) => metric.name === name)?.values.count ?? 0;
    const sum = (name: string) => parts.reduce((all, { stdout }) => all + own(stdout, name), 0);
    expect(parts.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(sum('iterations')).toBe(11 + 12 + 20);
    expect(sum('own_count')).toBe(55 + 190);
    expect(sum('http_reqs')).toBe(11 + 12);
  }, 60_000);
});
