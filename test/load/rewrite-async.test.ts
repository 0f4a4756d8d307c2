import { expect, it } from 'vitest';
import { runBlocking, runRewritten } from './script-runs.ts';

const head = `import http from 'k6/http'; import { group, sleep } from 'k6';
const hit = (name) => { console.log('hit', name); return http.get(name).body; };
const tick = (x) => Promise.resolve(x);`;

/** Async functions of the user, which k6 runs up to their first `await` before their caller goes on. */
const bodies: [string, string][] = [
  ['an async default function', `const a = hit('1'); await null; return a + hit('2');`],
  [
    'an async function that is awaited',
    `const f = async (x) => hit(x); return [await f('1'), await f('2')];`,
  ],
  [
    'an async function that is not awaited at once',
    `const f = async (x) => { const a = hit(x); console.log('after', x); return a; }; const p = f('1'); console.log('between'); const q = f('2'); console.log('then'); return [await p, await q];`,
  ],
  ['promises in arrays', `const f = async (x) => hit(x); return Promise.all([f('1'), f('2'), 3]);`],
  [
    'map with an async callback',
    `const all = ['1', '2'].map(async (x) => { const a = hit(x); console.log('end', x); return a; }); console.log(all.map((p) => p instanceof Promise)); return Promise.all(all);`,
  ],
  [
    'forEach with an async callback',
    `['1', '2'].forEach(async (x) => { hit(x); }); console.log('after'); return 1;`,
  ],
  [
    'errors become rejections',
    `const f = async (x) => hit(x); const p = f('refused'); console.log('no throw'); try { await p; } catch (e) { return e.message; }`,
  ],
  [
    'then, catch and finally',
    `const f = async (x) => hit(x); return f('1').then((x) => x + '!').then((x) => [x, hit('2')]).finally(() => { hit('3'); });`,
  ],
  [
    'a promise that a function which blocks returns',
    `const f = (x) => { hit(x); return tick(x); }; const p = f('1'); console.log(p instanceof Promise); return [await p, await f('2'), await f('3').then((x) => x + '!')];`,
  ],
  [
    'a promise that only sometimes comes back',
    `const f = (x) => (x === 'sync' ? hit(x) : tick(x)); const a = f('sync'), b = f('async'); return [a, b instanceof Promise, await b];`,
  ],
  [
    'own methods of those names',
    `const o = { then: undefined, catch(f) { return f(1) + 1; }, finally(f) { return [f(2)]; } }; hit('a'); return [o.catch((x) => x), o.finally((x) => hit(x))];`,
  ],
  [
    'what goes on while something blocks',
    `const f = async (x) => { await tick(); console.log('on', x); return x; }; const p = f('1'); hit('a'); console.log('a'); const q = p.then((x) => { console.log('then', x); return hit(x); }); hit('b'); hit('c'); return [await q, await p];`,
  ],
  [
    'async methods',
    `class A { tag = 't'; async go(x) { return hit(this.tag + x); } static async make() { hit('make'); return new A(); } } const a = await A.make(); const p = a.go('1'); console.log('between', p instanceof Promise); return p;`,
  ],
  [
    'arguments and this in async functions',
    `async function f() { const a = [...arguments].join(); hit(a); return [this.t, arguments.length]; } const p = f.call({ t: 't' }, 1, 2); console.log('b'); return p;`,
  ],
  [
    'default parameters of async functions',
    `const f = async (a, b = hit('d' + a)) => [a, b]; const p = f(1); console.log('b'); return [await p, await f(1, 2), f.length];`,
  ],
  [
    'async functions that wait before they block',
    `const f = async (x) => { console.log('in', x); await tick(); return hit(x); }; const p = f('1'); console.log('between'); return p;`,
  ],
  [
    'callers of callers',
    `const f = async () => { hit('1'); await tick(); console.log('f goes on'); }; const g = () => { const p = f(); console.log('g'); return { p }; }; const h = () => { const r = g(); console.log('h'); return r; }; const i = () => { const r = h(); console.log('i'); return r; }; const { p } = i(); console.log('default'); await p; return 1;`,
  ],
  [
    'parameters declared again',
    `const f = async (a, { b }) => { hit(a); var a, b = b ?? 'none', c; return [a, b, c]; }; const p = f('1', { b: 2 }); console.log('between'); return p;`,
  ],
  [
    'async iteration',
    `const list = { async *[Symbol.asyncIterator]() { yield 'a'; yield 'b'; } }; const f = async () => { const out = [hit('1')]; for await (const x of list) out.push(hit(x)); return out; }; const p = f(); console.log('between'); return p;`,
  ],
  [
    'await in operands',
    `const f = async (x) => hit(x); return [(await f('1')) + (await tick('t')) + hit('2'), \`\${await f('3')}\`];`,
  ],
  [
    'loops that await',
    `const f = async (x) => hit(x); const out = []; for (const x of ['1', '2']) { out.push(await f(x)); if ((await tick(x)) === '2') out.push(hit('last')); } return out;`,
  ],
  [
    'try and finally in async functions',
    `const f = async (x) => { try { return hit(x); } catch (e) { return 'caught' + hit('c'); } finally { await tick(); hit('f'); } }; return [await f('1'), await f('refused')];`,
  ],
  [
    'requests that do not block',
    `const p = http.asyncRequest('GET', 'a'); console.log('between'); const r = await p; return r.url;`,
  ],
  [
    'groups that give promises',
    `const r = group('g', () => { hit('1'); return tick('t'); }); console.log(r instanceof Promise); return r;`,
  ],
  [
    'async functions chosen at run time',
    `const fs = { a: async () => hit('a'), b: () => hit('b'), c: async () => 'c', d: () => 'd' }; const out = []; for (const k in fs) { const r = fs[k](); out.push(r instanceof Promise, await r); } return out;`,
  ],
  [
    'thenables of the script',
    `const f = () => { hit('1'); return { then(resolve) { resolve('resolved'); }, plain: true }; }; const r = f(); return [r.plain, await r];`,
  ],
  [
    'async arrow in an arrow',
    `const make = (x) => async (y) => hit(x + y); const p = make('a')('b'); console.log('between'); return p;`,
  ],
];

it.each(bodies)('keeps the order of %s', async (_, body) => {
  const script = `${head}\nexport default async function () { ${body} }`;
  const wanted = await runBlocking(script);
  expect(await runRewritten(script)).toEqual(wanted);
  expect(wanted.at(-1)).toMatch(/^default gives/);
});

it('lets nothing block at once when async functions go on beside their callers', async () => {
  const script = `${head} const f = async (x) => { await tick(); const a = hit(x); await tick(); return a + hit(x + x); };
    export default async () => { const p = f('1'); hit('2'); const q = f('3'); hit('4'); return [await p, await q]; }`;
  const [wanted, found] = [await runBlocking(script), await runRewritten(script)];
  expect(found.at(-1)).toBe(wanted.at(-1));
  expect([...found].sort()).toEqual([...wanted].sort());
  const ops = found.filter((line) => /^(?:begin|end)/.test(line));
  expect(ops.map((line) => line.split(' ')[0])).toEqual(ops.map((_, index) => (index % 2 ? 'end' : 'begin')));
});

it('keeps the order of top-level await', async () => {
  const script = `${head} const a = await tick('t'); const b = hit('1'); const f = async (x) => hit(x); const c = await f('2');
    export default () => [a, b, c];`;
  // The plain run cannot await at the top level.
  expect(await runRewritten(script)).toEqual([
    'hit 1',
    'begin get 1',
    'end get 1',
    'hit 2',
    'begin get 2',
    'end get 2',
    'default gives ["t","body of 1","body of 2"]',
  ]);
});

it('gives the engine plain promises of exported functions that the script calls too', async () => {
  const script = `${head} export async function setup() { return hit('s'); }
    export default async function () { const p = setup(); console.log(p instanceof Promise); return p; }`;
  expect(await runRewritten(script)).toEqual(await runBlocking(script));
});
