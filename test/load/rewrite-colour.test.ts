import { parse } from 'acorn';
import { describe, expect, it } from 'vitest';
import { keyOf, walk } from '../../src/load/rewrite/syntax.ts';
import { transformScript } from '../../src/load/script.ts';
import { type Files, modules, project, scriptPath } from './script-runs.ts';

/** The names of the functions that the rewrite made asynchronous, and how many calls it awaits. */
async function colours(files: Files): Promise<{ functions: string[]; awaits: number }> {
  const { code } = await transformScript(scriptPath(files), modules, new Set(['console']));
  const functions: string[] = [];
  let awaits = 0;
  walk(parse(code, { ecmaVersion: 'latest' }), (node, parent) => {
    if (node.type === 'AwaitExpression') awaits++;
    if ('async' in node && node.async) functions.push(nameOf(node, parent));
    return true;
  });
  return { functions: functions.sort(), awaits };
}

function nameOf(node: Parameters<typeof walk>[0], parent: Parameters<typeof walk>[0] | undefined): string {
  if ('id' in node && node.id && 'name' in node.id) return String(node.id.name);
  if (parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier') return parent.id.name;
  if (parent?.type === 'Property' || parent?.type === 'MethodDefinition') return keyOf(parent) ?? '?';
  return '?';
}

const head = `import http from 'k6/http'; import { check, group, sleep } from 'k6'; import { Trend } from 'k6/metrics';`;

describe('leaves synchronous', () => {
  it.each<[string, Files, string[], number]>([
    [
      'functions that block on nothing',
      `${head} const pure = (x) => x + 1; function log(x) { console.log(pure(x)); } export default function () { log(http.get('a').url); check({}, { a: () => pure(1) }); }`,
      ['main_default'],
      1,
    ],
    [
      'array methods whose callbacks do not block',
      `${head} export default function () { const r = http.get('a'); return r.body.split(',').map((x) => x.trim()).filter(Boolean).sort((a, b) => a - b); }`,
      ['main_default'],
      1,
    ],
    [
      'maps beside a client with methods of the same names',
      `${head} class Client { get(x) { return http.get(x); } set(x) { return http.post(x); } }
       const cache = new Map(); const client = new Client();
       function cached(k) { if (!cache.get(k)) cache.set(k, 1); return cache.get(k); }
       export default function () { cached('a'); client.get('b'); }`,
      ['get', 'main_default', 'set'],
      3,
    ],
    [
      'classes beside each other with methods of the same name',
      `${head} class A { run() { return http.get('a'); } } class B { run() { return 1; } }
       function quiet() { return new B().run(); } export default function () { quiet(); new A().run(); }`,
      ['main_default', 'run'],
      2,
    ],
    [
      'properties of different objects with the same name',
      `${head} const a = { go: () => http.get('a') }, b = { go: () => 1 }; const quiet = () => b.go(); export default function () { quiet(); a.go(); }`,
      ['go', 'main_default'],
      2,
    ],
    [
      'checks and groups without blocking callbacks',
      `${head} const t = new Trend('t'); export default function () { group('g', () => { t.add(1); }); check(1, { a: (x) => x > 0, b: function () { return true; } }); sleep(1); }`,
      ['main_default'],
      1,
    ],
    [
      'timers and callbacks that are called later',
      `${head} const later = (f) => setTimeout(f, 1); export default function () { later(() => sleep(1)); Promise.resolve().then(() => http.get('a')); }`,
      ['?', '?'],
      2,
    ],
    [
      'functions that only build other functions',
      `${head} const make = (x) => () => http.get(x); const list = [make('a'), make('b')]; export default function () { list[0](); }`,
      ['?', 'main_default'],
      2,
    ],
    [
      'requests that do not block',
      `${head} export default function () { http.asyncRequest('GET', 'a').then((r) => check(r, { ok: (x) => x.status })); }`,
      [],
      0,
    ],
    [
      'a script that never blocks',
      `${head} export const options = {}; export function setup() { return [1].map((x) => x); } export default () => {};`,
      [],
      0,
    ],
  ])('%s', async (_, files, functions, awaits) => {
    expect(await colours(files)).toEqual({ functions, awaits });
  });
});

it('does not look into packages that use no k6 module', async () => {
  const folder = project({
    'main.js': `${head} import { each, VERSION } from 'plain'; export default function () { each([1], (x) => x); http.get(VERSION); }`,
    'node_modules/plain/package.json': '{ "name": "plain", "main": "index.js" }',
    'node_modules/plain/index.js': `const run = (f) => f(); exports.VERSION = '1'; exports.each = (l, f) => { for (const x of l) run(() => f(x)); };`,
  });
  const { code } = await transformScript(`${folder}/main.js`, modules, new Set());
  expect(code.match(/async/g)).toHaveLength(1);
});

it('looks into packages that use a k6 module', async () => {
  const folder = project({
    'main.js': `import { fetchAll } from 'k6-tools'; export default function () { return fetchAll(['a']); }`,
    'node_modules/k6-tools/package.json': '{ "name": "k6-tools", "module": "index.mjs" }',
    'node_modules/k6-tools/index.mjs': `import { one } from './one.mjs'; export const fetchAll = (l) => l.map((x) => one(x));`,
    'node_modules/k6-tools/one.mjs': `import http from 'k6/http'; export const one = (x) => http.get(x);`,
  });
  const { code, files } = await transformScript(`${folder}/main.js`, modules, new Set());
  expect(code.match(/async/g)).toHaveLength(4);
  expect(files).toEqual([`${folder}/main.js`]);
});

it('comes to an end when results come back as receivers', async () => {
  const script = `${head} export default function () {
    let l = ['a']; let m = new Map(); let o = { x: 1 };
    for (let i = 0; i < 2; i++) {
      l = l.map((x) => [x]).flat().concat(l).slice().filter((x) => x).flatMap((x) => [x, ...l]);
      m = new Map([...m.entries()].map(([k, v]) => [k, [v, m]])); m.set(i, m.values());
      o = { ...o, o, p: Object.entries(o).map(([k, v]) => ({ k, v })), q: Object.fromEntries(Object.entries(o)) };
    }
    return l.map((x) => http.get(x));
  }`;
  expect(await colours(script)).toEqual({ functions: ['?', 'main_default'], awaits: 2 });
});

/** A library in one file, as people keep them beside a script: everything in one table, and calls through it. */
function bigLibrary(functions: number): string {
  const one = (index: number) => `add('f${index}', function (x, ...more) {
    const self = this; const next = table[more[0]]; const made = { index: ${index}, next, x, get value() { return self; } };
    return next ? next.call(made, x, ...more.slice(1)) : table['f' + x.n](made, self, next);
  });`;
  return `const table = {}; function add(name, f) { table[name] = function () { return f.apply(this, arguments) ?? this; }; }
    ${Array.from({ length: functions }, (_, index) => one(index)).join('\n')}
    export const call = (name, x) => table[name](x); export { table };`;
}

it('takes a big library beside the script for opaque', async () => {
  const use = `import { call } from './library.js'; export default function () { call('f1', 1); http.get('a'); }`;
  const files = { 'main.js': `${head} ${use}`, 'library.js': bigLibrary(150) };
  expect(await colours(files)).toEqual({ functions: ['main_default'], awaits: 1 });
});

it('reads a big library beside the script to the end when functions that block go into it', async () => {
  const use = `import { table } from './library.js'; table.own = (f) => f();
    export default function () { table.own(() => http.get('a')); }`;
  const files = { 'main.js': `${head} ${use}`, 'library.js': bigLibrary(60) };
  expect((await colours(files)).functions).toContain('main_default');
});

it('tells functions in a long table of data from the data', async () => {
  const rows = JSON.stringify(
    Array.from({ length: 500 }, (_, id) => ({ id, get: [id], tags: { name: `row ${id}` } })),
  );
  const script = `${head} const rows = ${rows}; const named = (row) => row.tags.name; rows.fetch = (id) => http.get(id);
    export default function () { return rows.map(named).concat(rows.fetch(1)); }`;
  expect(await colours(script)).toEqual({ functions: ['?', 'main_default'], awaits: 2 });
});
