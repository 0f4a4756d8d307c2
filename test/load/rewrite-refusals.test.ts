import { describe, expect, it } from 'vitest';
import { FxscaleError } from '../../src/errors.ts';
import { compile, type Files } from './script-runs.ts';

const head = `import http from 'k6/http'; import { group, sleep } from 'k6'; import { SharedArray } from 'k6/data';
const hit = (name) => http.get(name).body;
`;

async function refusal(files: Files): Promise<string> {
  const error = await compile(files).then(
    () => 'nothing',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FxscaleError)) throw error;
  expect(error.exitCode).toBe(107);
  return error.message.replace(/^.*?fxscale-script-\w+\//, '');
}

describe('refuses, with the place and the calls,', () => {
  // The code that follows the head begins on line 3.
  it.each<[string, string, string, string]>([
    [
      'getters',
      `const o = {\n  get token() { return hit('t'); } };\nexport default () => o.token;`,
      '4:7',
      'a getter blocks (token -> hit -> k6/http.get)',
    ],
    [
      'setters',
      `class A { set token(t) { hit(t); } }\nexport default () => { new A().token = 1; };`,
      '3:15',
      'a setter blocks (token -> hit -> k6/http.get)',
    ],
    [
      'getters by descriptor',
      `export default () => Object.defineProperty({}, 'x', { get: () => hit('x') }).x;`,
      '3:22',
      'a getter is given what blocks (get -> hit -> k6/http.get)',
    ],
    [
      'constructors',
      `class A {\n  constructor() { this.login(); }\n  login() { hit('l'); } }\nexport default () => new A();`,
      '4:3',
      'a constructor blocks (new A -> login -> hit -> k6/http.get)',
    ],
    [
      'functions called by new',
      `function A() { this.x = hit('x'); }\nexport default () => new A();`,
      '4:22',
      'a constructor blocks (A -> hit -> k6/http.get)',
    ],
    [
      'fields',
      `class A {\n  x = hit('x'); }\nexport default () => new A();`,
      '4:3',
      'a field of a class blocks (hit -> k6/http.get)',
    ],
    [
      'static blocks',
      `class A { static { sleep(1); } }\nexport default () => A;`,
      '3:11',
      'a static block blocks (k6.sleep)',
    ],
    [
      'generators',
      `function* ids() { yield hit('1'); }\nexport default () => [...ids()];`,
      '3:1',
      'a generator blocks (ids -> hit -> k6/http.get)',
    ],
    [
      'iterators',
      `const l = { [Symbol.iterator]() { return { next: () => ({ done: !hit('n') }) }; } };\nexport default () => [...l];`,
      '3:50',
      'next() blocks (next -> hit -> k6/http.get)',
    ],
    [
      'toString',
      `const o = { toString() { return hit('s'); } };\nexport default () => '' + o;`,
      '3:13',
      'toString() blocks (toString -> hit -> k6/http.get)',
    ],
    [
      'toJSON',
      `class A { toJSON() { return hit('s'); } }\nexport default () => JSON.stringify(new A());`,
      '3:11',
      'toJSON() blocks (toJSON -> hit -> k6/http.get)',
    ],
    [
      'Symbol.toPrimitive',
      `const o = { [Symbol.toPrimitive]: () => hit('s') };\nexport default () => +o;`,
      '3:35',
      'Symbol.toPrimitive() blocks (',
    ],
    [
      'revivers',
      `export default () => JSON.parse('{}', (k, v) => hit(k));`,
      '3:22',
      'JSON.parse() is given what blocks ((anonymous) -> hit -> k6/http.get)',
    ],
    [
      'callbacks of replace',
      `export default () => 'abc'.replace(/b/, (m) => hit(m));`,
      '3:22',
      'replace() is given what blocks ((anonymous) -> hit -> k6/http.get)',
    ],
    [
      'proxies',
      `export default () => new Proxy({}, { get: (o, k) => hit(k) }).x;`,
      '3:22',
      'a proxy is given what blocks (get -> hit -> k6/http.get)',
    ],
    [
      'executors of promises',
      `export default () => new Promise((resolve) => { resolve(hit('1')); });`,
      '3:22',
      'a promise’s executor is given what blocks ((anonymous) -> hit -> k6/http.get)',
    ],
    [
      'makers of shared arrays',
      `const l = new SharedArray('l', () => [hit('1')]);\nexport default () => l;`,
      '3:11',
      'k6/data.SharedArray is given what blocks ((anonymous) -> hit -> k6/http.get)',
    ],
    [
      'borrowed array methods',
      `export default () => Array.prototype.map.call('ab', (x) => hit(x));`,
      '3:22',
      'a method of Array.prototype is given what blocks',
    ],
    [
      'methods of what the engine gives',
      `export default () => http.get('a').html().each((i, e) => hit(e));`,
      '3:22',
      'each() is given what blocks ((anonymous) -> hit -> k6/http.get)',
    ],
    [
      'group by way of call',
      `export default () => group.call(null, 'g', () => hit('1'));`,
      '3:22',
      'k6.group.call() is given what blocks',
    ],
    [
      'group or something else',
      `const own = (name, f) => f();\nexport default () => (Math.random() > 2 ? group : own)('g', () => hit('1'));`,
      '4:23',
      'a call of group() or check() that may also call something else blocks (',
    ],
    [
      'long chains, by the shortest way',
      `const a = () => b(), b = () => (Math.random() > 1 ? a() : c()), c = () => hit('1');\nexport const o = { get x() { return a(); } };\nexport default () => o.x;`,
      '4:24',
      'a getter blocks (x -> a -> b -> c -> hit -> k6/http.get)',
    ],
  ])('%s', async (_, code, place, text) => {
    const message = await refusal(head + code);
    expect(message.slice(0, `main.js:${place}: ${text}`.length)).toBe(`main.js:${place}: ${text}`);
    expect(message).toMatch(/ run it with --engine k6$/);
    expect(message).not.toContain('\n');
  });
});

const plain = {
  'node_modules/plain/package.json': '{ "name": "plain", "main": "index.js" }',
  'node_modules/plain/index.js': `exports.each = (l, f) => l.forEach(f); exports.run = (o) => o.steps.map((f) => f()); exports.Lib = class { go(f) { return f(); } };`,
};

it.each([
  [
    'a function',
    `lib.each(['a'], (x) => hit(x))`,
    'each() of a package is given what blocks ((anonymous) -> hit -> k6/http.get)',
  ],
  ['an export of k6', `lib.each(['a'], http.get)`, 'each() of a package is given what blocks (k6/http.get)'],
  [
    'functions in objects',
    `lib.run({ steps: [() => 1, () => hit('a')] })`,
    'run() of a package is given what blocks',
  ],
  ['functions for its objects', `new lib.Lib().go(() => hit('a'))`, 'go() of a package is given what blocks'],
  ['named imports functions', `each(['a'], (x) => hit(x))`, 'each() of a package is given what blocks'],
])('refuses to hand %s to a package that would not wait', async (_, call, text) => {
  const main = `${head}import lib, { each } from 'plain';\nexport default () => ${call};\nexport { lib, each };`;
  expect(await refusal({ 'main.js': main, ...plain })).toContain(`main.js:4:22: ${text}`);
});

it('lets a package call what does not block', async () => {
  const main = `${head}import { each } from 'plain';
    export default () => { const l = []; each(['a'], (x) => l.push(x)); return l.map(hit); };`;
  await expect(compile({ 'main.js': main, ...plain })).resolves.toBeDefined();
});

describe('says what is not supported yet:', () => {
  it.each<[string, string, string]>([
    [
      'an import',
      `import { get, patch } from 'k6/http';\nexport default () => { get(); patch(); };`,
      '1:15: k6/http.patch',
    ],
    [
      'a property of a default import',
      `import http from 'k6/http';\n\nexport default () =>\n  http.patch([]);`,
      '4:8: k6/http.patch',
    ],
    [
      'a property of a namespace',
      `import * as k6 from 'k6';\nexport default () => k6.randomSeed(1);`,
      '2:25: k6.randomSeed',
    ],
    [
      'a destructured property',
      `import http from 'k6/http';\nexport default () => { const { get, del: remove } = http; remove(get); };`,
      '2:37: k6/http.del',
    ],
    [
      'the first of several',
      `import http from 'k6/http';\nconst a = () => http.patch('x');\nexport default () => http.batch(a);`,
      '2:22: k6/http.patch',
    ],
    ['open', `const data = open('./x.csv');\nexport default () => data;`, '1:14: open()'],
  ])('%s', async (_, code, text) => {
    const message = await refusal(code);
    expect(message).toBe(`main.js:${text} is not supported yet: run the script with --engine k6`);
  });

  it('open, but not asking whether there is one, and not a name of the script’s own', async () => {
    await expect(
      compile(`const has = typeof open === 'function'; export default () => has;`),
    ).resolves.toBeDefined();
    await expect(
      compile(`const o = { open: 1 }; const { open } = o; export default () => open;`),
    ).resolves.toBeDefined();
  });
});
