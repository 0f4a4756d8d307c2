import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Finding, formatFinding, lintScript } from '../../src/load/lint.ts';
import { type Files, project, scriptPath } from './script-runs.ts';

async function lint(files: Files): Promise<Finding[]> {
  return lintScript(scriptPath(files));
}

/** `line:column severity rule` of each finding. */
async function found(files: Files): Promise<string[]> {
  return (await lint(files)).map(
    ({ line, column, severity, rule }) => `${line}:${column} ${severity} ${rule}`,
  );
}

const end = '\nexport default function () {}';

describe('finds what k6 cannot import:', () => {
  it.each<[string, Files, string[]]>([
    ['packages', `import _ from 'lodash';${end}`, ['1:15 error npm-import']],
    ['packages by require', `const _ = require('@scope/pkg/sub');${end}`, ['1:19 error npm-import']],
    [
      'modules of Node',
      `import fs from 'fs'; import p from 'node:path';${end}`,
      ['1:16 error node-module', '1:36 error node-module'],
    ],
    [
      'files without their ending',
      { 'main.js': `import { a } from './lib';${end}`, 'lib.ts': 'export const a = 1;' },
      ['1:19 error import-extension'],
    ],
    [
      'folders',
      { 'main.js': `export * from './lib';${end}`, 'lib/index.js': 'export const a = 1;' },
      ['1:15 error import-extension'],
    ],
    ['files that are not there', `import './no/such.js';${end}`, ['1:8 error missing-file']],
    ['JSON', { 'main.js': `import d from './d.json';${end}`, 'd.json': '{}' }, ['1:15 error json-import']],
    [
      'JSON with attributes',
      { 'main.ts': `import d from './d.json' with { type: 'json' }; console.log(d);${end}`, 'd.json': '{}' },
      ['1:1 error import-attributes', '1:15 error json-import'],
    ],
    [
      'dynamic imports',
      { 'main.js': `export default async () => import('./a.js');`, 'a.js': '' },
      ['1:28 warning dynamic-import'],
    ],
    ['http URLs', `import a from 'http://127.0.0.1/a.js';${end}`, ['1:15 error import-scheme']],
    [
      'modules that k6 does not have',
      `import a from 'k6/htpt'; export { b } from 'k6/nothing';${end}`,
      ['1:15 error unknown-module', '1:44 error unknown-module'],
    ],
  ])('%s', async (_, files, wanted) => {
    expect(await found(files)).toEqual(wanted);
  });

  it('in the files that are imported too, each once', async () => {
    const folder = project({
      'main.ts': `import { a } from './a.ts';\nimport './b.js'; type T = number;\nexport default (): T => a;`,
      'a.ts': `import './b.js';\ntype A = { x: number };\n\nexport const a: number = 1; import _ from 'lodash'; console.log(_);`,
      'b.js': `import './main.ts'; const x = require('fs');`,
    });
    const findings = await lintScript(path.join(folder, 'main.ts'));
    expect(findings.map((each) => formatFinding(each).replace(`${folder}/`, ''))).toEqual([
      'a.ts:4:43: error: k6 does not look for packages: bundle lodash with the script, or import it by its https URL (npm-import)',
      "b.js:1:39: error: k6 has none of Node's modules: fs (node-module)",
    ]);
  });

  it('and says what is right', async () => {
    const [extension, module] = await lint({
      'main.js': `import './lib'; import 'k6/metric';${end}`,
      'lib.js': '',
    });
    expect(extension?.message).toBe("k6 needs the file's whole name: ./lib.js");
    expect(module?.message).toBe('k6 has no module k6/metric: did you mean k6/metrics?');
  });

  it('but not what k6 can', async () => {
    const folder = project({ 'lib.js': 'module.exports = { a: 1 };', 'd.json': '{}' });
    expect(
      await found({
        'main.js': `import http from 'k6/http'; import { a } from '${folder}/lib.js'; import u from 'https://jslib.k6.io/x.js';
          import sql from 'k6/x/sql'; import fs from 'k6/experimental/fs'; import { b } from 'file://${folder}/lib.js';
          const c = require('./c.js'); const data = JSON.parse(open('${folder}/d.json'));${end}`,
        'c.js': '',
      }),
    ).toEqual([]);
  });
});

describe('finds what k6’s JavaScript lacks:', () => {
  it.each<[string, string, string]>([
    ['for await', `async function f(x) { for await (const y of x) y; }`, '1:23 error for-await'],
    ['async generators', `async function* g() {}`, '1:1 error async-generator'],
    ['async generators as methods', `const o = { async *m() {} };`, '1:21 error async-generator'],
    ['Symbol.asyncIterator', `const s = Symbol.asyncIterator;`, '1:18 warning missing-method'],
    ['named groups', `const r = /(?<year>\\d+)/;`, '1:11 warning regexp-group'],
    ['named groups in strings', `const r = new RegExp('(?<year>a)');`, '1:11 warning regexp-group'],
    ['\\p', `const r = /[^\\p{L}]/u;`, '1:11 warning regexp-property'],
    ['the flag d', `const r = /a/d;`, '1:11 error regexp-flag'],
    ['the flag v', `const r = /a/v;`, '1:11 error regexp-flag'],
    ['flags in strings', `const r = RegExp('a', 'gd');`, '1:11 warning regexp-flag'],
    ['WeakRef', `new WeakRef({});`, '1:5 error missing-global'],
    ['FinalizationRegistry', `new FinalizationRegistry(() => {});`, '1:5 error missing-global'],
    ['Atomics', `Atomics.load(1);`, '1:1 error missing-global'],
    ['SharedArrayBuffer', `new SharedArrayBuffer(1);`, '1:5 error missing-global'],
    ['Object.groupBy', `Object.groupBy([], String);`, '1:8 warning missing-method'],
    ['Promise.withResolvers', `Promise.withResolvers();`, '1:9 warning missing-method'],
    ['methods of sets', `const s = new Set(); s.union(new Set());`, '1:24 warning set-method'],
    ['methods of sets made here', `new Set([1]).isSubsetOf(new Set());`, '1:14 warning set-method'],
    ['iterator helpers', `[].values().map(String);`, '1:13 warning iterator-helper'],
    ['Iterator', `Iterator.from([]);`, '1:1 error missing-global'],
    ['Array.fromAsync', `Array.fromAsync([]);`, '1:7 warning missing-method'],
    ['RegExp.escape', `RegExp.escape('a');`, '1:8 warning missing-method'],
    ['Error.isError', `Error.isError(1);`, '1:7 warning missing-method'],
    ['Float16Array', `new Float16Array(1);`, '1:5 error missing-global'],
    ['Intl', `new Intl.NumberFormat();`, '1:5 error missing-global'],
    ['locales', `(1).toLocaleString('de');`, '1:5 warning locale'],
    ['URL', `new URL('http://a');`, '1:5 error missing-global'],
    ['URLSearchParams', `new URLSearchParams();`, '1:5 error missing-global'],
    ['fetch', `fetch('http://a');`, '1:1 error missing-global'],
    ['atob', `atob('a');`, '1:1 error missing-global'],
    ['btoa', `btoa('a');`, '1:1 error missing-global'],
    ['structuredClone', `structuredClone({});`, '1:1 error missing-global'],
    ['queueMicrotask', `queueMicrotask(() => {});`, '1:1 error missing-global'],
    ['setImmediate', `setImmediate(() => {});`, '1:1 error missing-global'],
    ['performance', `performance.now();`, '1:1 error missing-global'],
    ['Buffer', `Buffer.from('a');`, '1:1 error missing-global'],
    ['process', `process.env.A;`, '1:1 error missing-global'],
    ['AbortController', `new AbortController();`, '1:5 error missing-global'],
    ['Blob', `new Blob([]);`, '1:5 error missing-global'],
    ['ReadableStream', `new ReadableStream();`, '1:5 error missing-global'],
    ['console.table', `console.table([]);`, '1:9 warning missing-console'],
    ['console.trace', `console.trace();`, '1:9 warning missing-console'],
    ['import.meta.url', `import.meta.url;`, '1:1 warning import-meta'],
    ['accessors', `class A { accessor x = 1; }`, '1:20 error syntax'],
  ])('%s', async (_, code, wanted) => {
    expect(await found(code + end)).toEqual([wanted]);
  });

  it('but not what it has', async () => {
    const fine = `const a = b?.c ?? 1; let b; b ??= 2; b ||= 3; const big = 1_000n ** 2n; class A { #p = 1; static { A.x = 1; } has(o) { return #p in o; } }
      [1].at(-1); Object.hasOwn({}, 'a'); [[1]].flat(); Object.fromEntries([]); Promise.allSettled([]); Promise.any([]); [2, 1].toSorted().with(0, 1); [1].findLast(Boolean);
      'a'.matchAll(/a/g); 'a'.replaceAll('a', 'b'); new Error('a', { cause: 1 }); /(?<=a)b/s.test('b'); /(?:a)[(?<x>]\\(?<y>/.test(''); /\\p{L}/.test('');
      function* g() { yield 1; } async function f() { await g(); } new Proxy({}, {}); Reflect.ownKeys({}); new WeakMap(); setTimeout(f, 1); setInterval(f, 1); crypto.randomUUID();
      new TextEncoder().encode('a'); new TextDecoder(); Object.values({}).map(String); [...new Set([1]).values()].map(String); (1).toLocaleString(); import.meta.resolve('./a');
      const own = { union() {}, values: () => [] }; own.union(); own.values(1).map(String); console.log(__ENV, __VU, __ITER, globalThis); const o = { URL: 1 }; o.URL; o.fetch?.();
      if (typeof performance !== 'undefined') performance.now(); function process() {} process(); label: for (;;) break label;`;
    expect(await found(fine + end)).toEqual([]);
  });
});

describe('finds options that k6 ignores:', () => {
  it.each<[string, string, string, string]>([
    [
      'executor',
      `export const options = { executor: 'ramping-arrival-rate', stages: [] };`,
      '1:26 warning unknown-option',
      'executor here and runs something else: it belongs in a scenario',
    ],
    [
      'other fields of scenarios',
      `export let options = {\n  vus: 1,\n  preAllocatedVUs: 5,\n};`,
      '3:3 warning unknown-option',
      'preAllocatedVUs here',
    ],
    [
      'misspelt',
      `const o = { treshholds: {} }; export { o as options };`,
      '1:13 warning unknown-option',
      'k6 has no option treshholds: did you mean thresholds?',
    ],
    [
      'misspelt in another case',
      `exports.options = { noconnectionreuse: true };`,
      '1:21 warning unknown-option',
      'did you mean noConnectionReuse?',
    ],
    [
      'unknown',
      `module.exports = { options: { sandwich: 1 } };`,
      '1:31 warning unknown-option',
      'k6 has no option sandwich and ignores it',
    ],
  ])('%s', async (_, code, wanted, text) => {
    const isModule = code.includes('export ');
    const [only, ...more] = await lint(code + (isModule ? end : ''));
    expect(more).toEqual([]);
    expect(`${only?.line}:${only?.column} ${only?.severity} ${only?.rule}`).toBe(wanted);
    expect(only?.message).toContain(text);
  });

  it('but not what it knows', async () => {
    expect(
      await found(
        `const more = {}; export const options = { ...more, ['vu' + 's']: 1, vus: 1, 'duration': '1s', scenarios: { a: { executor: 'constant-vus' } }, thresholds: more, tags: {}, cloud: {} };${end}`,
      ),
    ).toEqual([]);
  });
});

describe('finds thresholds that cannot fail:', () => {
  it.each([
    ['http_reqs', 'count>=0', true],
    ['http_reqs', 'rate > -1', true],
    ['http_reqs', 'rate<=1', false],
    ['http_reqs', 'count>0', false],
    ['http_req_duration', 'p(95)>=0', true],
    ['http_req_duration{name:a}', 'p(99.9) >= 0', true],
    ['http_req_duration', 'p(95)<500', false],
    ['http_req_failed', 'rate<=1', true],
    ['http_req_failed', 'rate<1', false],
    ['http_req_failed', 'rate<2', true],
    ['checks', 'rate>=0', true],
    ['checks', 'rate!=1.5', true],
    ['my_metric', 'count>=0', true],
    ['my_metric', 'avg>=0', false],
    ['my_metric', 'rate<=1', false],
    ['vus', 'value>=0', true],
    ['checks', 'nonsense', false],
  ])('%s %s', async (metric, condition, isIdle) => {
    for (const form of [
      `'${condition}'`,
      `['${condition}']`,
      `[{ threshold: '${condition}', abortOnFail: true }]`,
    ]) {
      expect(
        await found(`export const options = { thresholds: { '${metric}': ${form} } };${end}`),
      ).toHaveLength(isIdle ? 1 : 0);
    }
  });
});

describe('finds changes that k6 does not keep:', () => {
  it.each<[string, string, string[]]>([
    ['in setup data', `export default function (data) { data.list.push(1); }`, ['1:34 warning changed-data']],
    [
      'deep in setup data',
      `export default (data) => { data.a[0].b.splice(0, 1); data.n = 1; data.a[0].n++; delete data.x; };`,
      Array(4).fill(''),
    ],
    ['in teardown', `export function teardown(d) { d.list.pop(); } ${end}`, ['1:31 warning changed-data']],
    [
      'in responses',
      `import http from 'k6/http'; export default () => { const body = http.get('a').json(); body.items.push(1); http.get('b').json().items.shift(); };`,
      ['1:87 warning changed-data', '1:107 warning changed-data'],
    ],
    [
      'not in arrays of the script’s own',
      `export default (data) => { const list = data.list; list.push(1); const own = { a: [] }; own.a.push(1); data.list.map(String); };`,
      [],
    ],
    [
      'not in responses as a whole',
      `export default (d) => { const list = d.get('a').json('list'); list.push(1); };`,
      [],
    ],
    [
      'not in the result of setup',
      `export function setup(x) { const d = { list: [] }; d.list.push(1); x.y = 1; return d; } ${end}`,
      [],
    ],
  ])('%s', async (_, code, wanted) => {
    const findings = await found(code);
    expect(wanted.includes('') ? findings.length : findings).toEqual(
      wanted.includes('') ? wanted.length : wanted,
    );
  });
});

it('finds async functions given to check and group', async () => {
  const code = `import { check, group as section, sleep } from 'k6'; import * as k6 from 'k6'; import other from './o.js';
const later = async () => true; async function named() {}
export default function () {
  check(1, { a: async () => true, b: (r) => r, c: later });
  section('x', named);
  k6.group('y', async function () {});
  section('z', () => { sleep(1); }); other.check(1, { a: async () => true });
}`;
  const wanted = ['4:17', '4:51', '5:16', '6:17'].map((place) => `${place} warning async-callback`);
  expect(await found({ 'main.js': code, 'o.js': 'export default {};' })).toEqual(wanted);
});

it('finds nothing in the usual script', async () => {
  expect(
    await found(`import http from 'k6/http'; import { check, group, sleep } from 'k6'; import { Trend } from 'k6/metrics';
export const options = { stages: [{ duration: '1s', target: 2 }], thresholds: { http_req_duration: ['p(95)<500'], checks: ['rate>0.99'] } };
const took = new Trend('took'); export function setup() { return { token: 'a' }; }
export default function (data) { group('a', () => { const r = http.get('http://127.0.0.1/' + data.token); check(r, { ok: (r) => r.status === 200 }); took.add(r.timings.duration); }); sleep(1); }`),
  ).toEqual([]);
});

it('fails in one line for what is no script', async () => {
  await expect(lint(`export default function () {\n  const x = ;\n}`)).rejects.toMatchObject({
    exitCode: 107,
    message: expect.stringMatching(/main\.js:2:13: /),
  });
  await expect(lint({ 'main.ts': `let x: number == 2;` })).rejects.toMatchObject({
    exitCode: 107,
    message: expect.stringMatching(/main\.ts:1:15: Expected/),
  });
  await expect(lintScript('/no/such.js')).rejects.toMatchObject({ exitCode: 2 });
});
