import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRun } from '../../src/run.ts';
import { Folder, fxscale, serve, start } from './fxscale.ts';

const folder = new Folder();
let target: Awaited<ReturnType<typeof serve>>;
let requests: string[] = [];

beforeAll(async () => {
  target = await serve((request, response) => {
    requests.push(request.url ?? '');
    if (request.url === '/slow') setTimeout(() => response.end('late'), 100_000).unref();
    else if (request.url === '/die') request.socket.destroy();
    else if (request.url === '/fail') response.writeHead(500).end();
    else response.setHeader('Content-Type', 'application/json').end('{"ok":true}');
  });
});

afterAll(() => {
  target.close();
  folder.remove();
});

/** Runs `source` as a script whose BASE is the test server. */
function run(source: string, flags: string[] = [], save = 'none') {
  const script = folder.write('script.js', source);
  return fxscale(['run', script, '-e', `BASE=${target.url}`, '--save', save, ...flags], { cwd: folder.path });
}

type Summary = {
  exitCode: number;
  metrics: { name: string; values: Record<string, number> }[];
  checks: { path: string; passes: number; fails: number }[];
};

function metric(summary: Summary, name: string): Record<string, number> | undefined {
  return summary.metrics.find((one) => one.name === name)?.values;
}

describe('fxscale run', () => {
  it('runs one iteration of a script without options', async () => {
    const { code, stdout } = await run(
      `
      import http from 'k6/http';
      import { check, group } from 'k6';
      export default function () {
        group('front', () => {
          const response = http.get(__ENV.BASE + '/a');
          check(response, { good: (r) => r.json('ok') === true, bad: (r) => r.status === 201 });
        });
      }`,
      ['--json'],
    );
    expect(code).toBe(0);
    const summary = JSON.parse(stdout) as Summary;
    expect(metric(summary, 'iterations')?.count).toBe(1);
    expect(metric(summary, 'http_reqs')?.count).toBe(1);
    expect(metric(summary, 'checks')).toEqual({ rate: 0.5, passes: 1, fails: 1 });
    expect(summary.checks).toEqual([
      { name: 'good', path: '::front::good', passes: 1, fails: 0 },
      { name: 'bad', path: '::front::bad', passes: 0, fails: 1 },
    ]);
  });

  it('gives each VU its own module state, and setup data to all', async () => {
    const { code, stderr } = await run(`
      import exec from 'k6/execution';
      let mine = 0;
      export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 2, iterations: 2 } } };
      export function setup() { return { when: new Date(0), list: [1] }; }
      export default function (data) {
        mine++;
        data.list.push(mine);
        console.log(exec.vu.idInTest, __ITER, mine, JSON.stringify(data), exec.scenario.name);
      }
      export function teardown(data) { console.log('teardown', data.list.length, __VU); }`);
    expect(code).toBe(0);
    const lines = [...stderr.matchAll(/msg="(.*)" source/g)].map(([, text]) => text?.replaceAll('\\"', '"'));
    expect(lines.sort()).toEqual([
      '1 0 1 {"list":[1,1],"when":"1970-01-01T00:00:00Z"} s',
      '1 1 2 {"list":[1,1,2],"when":"1970-01-01T00:00:00Z"} s',
      '2 0 1 {"list":[1,1],"when":"1970-01-01T00:00:00Z"} s',
      '2 1 2 {"list":[1,1,2],"when":"1970-01-01T00:00:00Z"} s',
      'teardown 1 0',
    ]);
  });

  it('shares a SharedArray, read only, among all VUs', async () => {
    const { code, stderr } = await run(`
      import { SharedArray } from 'k6/data';
      const users = new SharedArray('users', () => [{ name: 'a' }, { name: 'b' }]);
      export const options = { vus: 2, iterations: 2 };
      export default function () {
        const problems = [];
        try { users[0].name = 'x'; } catch (error) { problems.push(error.name); }
        try { users.push(1); } catch (error) { problems.push(error.message); }
        console.log(users.length, users.map((u) => u.name).join(''), users[0] === users[0], users[9], problems.join(' '));
      }`);
    expect(code).toBe(0);
    expect(stderr.match(/msg="2 ab false undefined TypeError SharedArray is immutable"/g)).toHaveLength(2);
  });

  it('runs iterations at their rate and keeps the run, second by second', async () => {
    const save = path.join(folder.path, 'rate.ndjson');
    const { code, stdout } = await run(
      `
      import http from 'k6/http';
      export const options = { scenarios: { s: {
        executor: 'constant-arrival-rate', rate: 50, duration: '2s', preAllocatedVUs: 50 } } };
      export default function () { http.get(__ENV.BASE + '/x', { tags: { name: 'thing' } }); }`,
      ['--json'],
      save,
    );
    expect(code).toBe(0);
    expect([100, 101]).toContain(metric(JSON.parse(stdout) as Summary, 'iterations')?.count);
    const kept = parseRun(readFileSync(save, 'utf8'), save);
    expect(kept.header.openLoop).toBe(true);
    expect(kept.end?.exitCode).toBe(0);
    expect(kept.rows.reduce((sum, row) => sum + (row.classes.thing?.count ?? 0), 0)).toBeGreaterThanOrEqual(
      100,
    );
    expect(
      kept.rows.every(({ classes }) => classes.thing === undefined || classes.thing.fromDue !== undefined),
    ).toBe(true);
  });

  it('stops at 99 when a threshold is crossed, and says which', async () => {
    const { code, stdout, stderr } = await run(`
      import http from 'k6/http';
      export const options = { thresholds: { http_req_failed: ['rate<0.5'], http_reqs: ['count>0'] } };
      export default function () { http.get(__ENV.BASE + '/fail'); }`);
    expect(code).toBe(99);
    expect(stdout).toContain("✗ 'rate<0.5' rate=100.00%");
    expect(stdout).toContain("✓ 'count>0' count=1");
    expect(stderr).toContain("thresholds on metrics 'http_req_failed' have been crossed");
  });

  it('ends a test early when a threshold says so', async () => {
    const { code, stderr } = await run(`
      import http from 'k6/http';
      import { sleep } from 'k6';
      export const options = { vus: 1, duration: '60s', thresholds: { http_req_failed: [{ threshold: 'rate<0.5', abortOnFail: true }] } };
      export default function () { http.get(__ENV.BASE + '/fail'); sleep(0.2); }`);
    expect(code).toBe(99);
    expect(stderr).toContain('abortOnFail enabled');
  });

  it('logs an exception with the place in the script, and goes on', async () => {
    const { code, stderr, stdout } = await run(
      `export const options = { iterations: 2 };
      function broken() { throw new Error('no luck'); }
      export default function () { broken(); }`,
      ['--json'],
    );
    expect(code).toBe(0);
    expect(stderr.match(/no luck/g)).toHaveLength(2);
    expect(stderr).toMatch(/at broken \(.*script\.js:2:\d+\)/);
    expect(metric(JSON.parse(stdout) as Summary, 'iterations')?.count).toBe(2);
  });

  it.each([
    [
      'an exception in setup',
      "export function setup() { throw new Error('early'); } export default () => {}",
      107,
      'early',
    ],
    ['an exception in a module body', "throw new Error('at once'); export default () => {}", 107, 'at once'],
    [
      'a request in a module body',
      "import http from 'k6/http'; http.get('http://127.0.0.1/'); export default () => {}",
      107,
      'init context',
    ],
    [
      'exec.test.abort()',
      "import exec from 'k6/execution'; export default () => { exec.test.abort('enough'); }",
      108,
      'enough',
    ],
    [
      'exec.test.fail()',
      "import exec from 'k6/execution'; export default () => { exec.test.fail('poor'); }",
      110,
      'poor',
    ],
    [
      'a setup that is too slow',
      "import { sleep } from 'k6'; export const options = { setupTimeout: '200ms' }; export function setup() { sleep(60); } export default () => {}",
      100,
      'setup',
    ],
    [
      'setup data that is not JSON',
      'export function setup() { return { n: NaN }; } export default () => {}',
      255,
      'setup',
    ],
    [
      'a wrong option',
      'export const options = { vus: -1, duration: "1s" }; export default () => {}',
      104,
      'vus',
    ],
    [
      'a scenario without its function',
      "export const options = { scenarios: { s: { executor: 'constant-vus', vus: 1, duration: '1s', exec: 'other' } } }; export default () => {}",
      104,
      "'other'",
    ],
  ])('ends with k6 exit code for %s', async (_, source, expected, text) => {
    const { code, stderr } = await run(source);
    expect(code).toBe(expected);
    expect(stderr).toContain(text);
  });

  it('cuts off what is still running after gracefulStop', async () => {
    const { code, stdout } = await run(
      `
      import http from 'k6/http';
      export const options = { scenarios: { s: { executor: 'constant-vus', vus: 2, duration: '1s', gracefulStop: '200ms' } } };
      export default function () { http.get(__ENV.BASE + '/slow'); }`,
      ['--json'],
    );
    expect(code).toBe(0);
    expect(metric(JSON.parse(stdout) as Summary, 'iterations')?.count ?? 0).toBe(0);
  });

  it('ends in order on Ctrl-C: teardown, summary, exit 105, a complete run file', async () => {
    const save = path.join(folder.path, 'interrupted.ndjson');
    const script = folder.write(
      'long.js',
      `
      import http from 'k6/http';
      import { sleep } from 'k6';
      export const options = { vus: 2, duration: '10m' };
      export default function () { http.get(__ENV.BASE + '/i'); sleep(0.05); }
      export function teardown() { console.log('cleaned up'); }`,
    );
    requests = [];
    const running = start(['run', script, '-e', `BASE=${target.url}`, '--save', save]);
    while (requests.length < 5) await new Promise((resolve) => target.server.once('request', resolve));
    running.child.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect(code).toBe(105);
    expect(stderr).toContain('cleaned up');
    expect(stderr).toContain('stopped by Ctrl-C');
    expect(stdout).toContain('http_reqs');
    expect(parseRun(readFileSync(save, 'utf8'), save).end).toMatchObject({
      exitCode: 105,
      reason: 'stopped by Ctrl-C',
    });
  });

  it('leaves a run that can be read when it is killed', async () => {
    const save = path.join(folder.path, 'killed.ndjson');
    const script = folder.write(
      'killed.js',
      `
      import http from 'k6/http';
      import { sleep } from 'k6';
      export const options = { vus: 1, duration: '10m' };
      export default function () { http.get(__ENV.BASE + '/k'); sleep(0.02); }`,
    );
    requests = [];
    const running = start(['run', script, '-e', `BASE=${target.url}`, '--save', save]);
    // Three seconds' worth of requests: two rows at least have been written by then.
    while (requests.length < 130) await new Promise((resolve) => target.server.once('request', resolve));
    running.child.kill('SIGKILL');
    await running.ended;
    const kept = parseRun(readFileSync(save, 'utf8'), save);
    expect(kept.end).toBeUndefined();
    expect(kept.rows.length).toBeGreaterThanOrEqual(2);
  });

  it('counts the failures of a target that dies in mid-run and ends as planned', async () => {
    const dying = await serve((_, response) => response.end('ok'));
    let served = 0;
    dying.server.on('request', () => {
      if (++served === 20) dying.close();
    });
    const save = path.join(folder.path, 'died.ndjson');
    const script = folder.write(
      'died.js',
      `
      import http from 'k6/http';
      export const options = { scenarios: { s: { executor: 'constant-arrival-rate', rate: 40, duration: '2s', preAllocatedVUs: 4 } } };
      export default function () { http.get(__ENV.BASE + '/', { tags: { name: 'all' } }); }`,
    );
    const { code } = await fxscale(['run', script, '-e', `BASE=${dying.url}`, '--save', save]);
    expect(code).toBe(0);
    const rows = parseRun(readFileSync(save, 'utf8'), save).rows.flatMap(({ classes }) => classes.all ?? []);
    const failures = rows.reduce((sum, row) => sum + row.failures, 0);
    expect(failures).toBeGreaterThan(40);
    expect(rows.reduce((sum, row) => sum + row.count, 0) - failures).toBeGreaterThanOrEqual(19);
  });
});

describe('fxscale run refuses in one line', () => {
  const idle = 'export default function () {}';

  it.each([
    ['an unknown flag', [idle, ['--vuss', '3']], 2, /unknown option '--vuss'.*--vus/],
    ['a flag without its value', [idle, ['--duration']], 2, /--duration <time>.* argument missing/],
    ['a bad duration', [idle, ['-d', '5 parsecs']], 2, /--duration.*30s/],
    ['a bad stage', [idle, ['-s', '10:5:1']], 2, /--stage.*30s:10/],
    ['a bad tag', [idle, ['--tag', 'colour']], 2, /--tag "colour": write name=value/],
    ['a source that cannot be collected', [idle, ['--collect', 'gopher://x']], 2, /--collect.*http:/],
    [
      'a run file that cannot be written',
      [idle, ['--save', '/dev/null/run.ndjson']],
      2,
      /\/dev\/null\/run\.ndjson cannot be written/,
    ],
    ['a syntax error', ['export default function () {\n  let 1x;\n}', []], 107, /script\.js:2:\d+: /],
    [
      'an import that does not exist',
      ["import x from './nowhere.js';\nexport default () => x;", []],
      107,
      /script\.js:1:\d+.*nowhere/,
    ],
    [
      'an unsupported module',
      ["import { browser } from 'k6/browser';\nexport default () => browser;", []],
      107,
      /script\.js:1:\d+.*k6\/browser.*--engine k6/,
    ],
    [
      'an unsupported function',
      ["import http from 'k6/http';\nexport default () => {\n  http.upload('x');\n};", []],
      107,
      /script\.js:3:\d+.*upload/,
    ],
    [
      'an option that cannot be honoured',
      ['export const options = { paused: true };\nexport default () => {};', []],
      104,
      /paused.*no REST API/,
    ],
    [
      'a host that is not this machine',
      ["import http from 'k6/http';\nexport default () => { http.get('http://192.0.2.1/'); };", []],
      2,
      /--allow-host 192\.0\.2\.1/,
    ],
  ] as const)('%s', async (_, [source, flags], expected, message) => {
    const { code, stderr } = await run(source, [...flags]);
    expect({ code, lines: stderr.trim().split('\n').length, stderr }).toMatchObject({
      code: expected,
      lines: 1,
    });
    expect(stderr).toMatch(/^fxscale: /);
    expect(stderr).toMatch(message);
  });

  it('a script that is not there', async () => {
    const { code, stderr } = await fxscale(['run', 'no-such-script.js']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^fxscale: .*no-such-script\.js.*\n$/);
  });

  it('a target that does not listen, without spinning until the end', async () => {
    const gone = await serve(() => undefined);
    gone.close();
    const script = folder.write(
      'gone.js',
      `
      import http from 'k6/http';
      export const options = { vus: 2, duration: '10m' };
      export default function () { http.get('${gone.url}/'); }`,
    );
    const { code, stderr } = await fxscale(['run', script, '--save', 'none', '-q']);
    expect(code).toBe(4);
    expect(stderr.trim().split('\n').at(-1)).toMatch(
      /^fxscale: the target does not answer \(dial: connection refused; \d+ tries\)/,
    );
    expect(stderr.split('\n').length).toBeLessThan(60);
  });
});
