import { expect, it } from 'vitest';
import { type Files, runBlocking, runRewritten } from './script-runs.ts';

const head = `import http from 'k6/http'; import { check, group, sleep } from 'k6'; import { SharedArray } from 'k6/data';
const hit = (name) => http.get(name).body;`;

/** Ways in which a function that blocks reaches the place where it is called. */
const bodies: [string, string][] = [
  [
    'a module under another name',
    `const web = http; const { get: fetch } = web; const all = { web, fetch }; return [web.get('1').body, fetch('2').body, all.web.post('3').url, all['fetch']('4').url];`,
  ],
  ['a method chosen by name', `return ['get', 'post'].map((m) => http[m]('x-' + m).url);`],
  [
    'names beside eval',
    `const f = hit; const x = eval('1'); const g = () => f('g' + x); return [f('a'), g()];`,
  ],
  ['a parameter', `const twice = (f, x) => [f(x), f(x)]; return twice(hit, '1');`],
  ['a parameter with a default', `const call = (f = hit) => f('1'); return call();`],
  [
    'rest and spread',
    `const callAll = (...fs) => fs.map((f) => f('r')); const fs = [hit, (x) => x]; return [callAll(...fs), callAll(hit)];`,
  ],
  [
    'arguments',
    `function callAll() { return Array.from(arguments, (f) => f('a')); } return callAll(hit, hit);`,
  ],
  ['closures', `const later = (x) => () => hit(x); const f = later('1'); return [f(), later('2')()];`],
  [
    'currying by bind',
    `function two(a, b) { return [this && this.t, a, hit(b)]; } const bound = two.bind({ t: 't' }, 'a'); return [bound('b'), two.call({ t: 'u' }, 'c', 'd'), two.apply(null, ['e', 'f'])];`,
  ],
  [
    'bound methods',
    `const client = { base: 'b', call(x) { return hit(this.base + x); } }; const call = client.call.bind(client); const { call: loose } = client; return [call('1'), loose.call({ base: 'c' }, '2')];`,
  ],
  [
    'bound host functions',
    `const get = http.get.bind(http); return [get('1').url, http.get.call(http, '2').url, http.get.apply(null, ['3']).url];`,
  ],
  [
    'nested objects',
    `const lib = { a: { b: { deep: (x) => hit(x) } } }; const { a: { b: { deep } } } = lib; return [deep('1'), lib.a.b.deep('2'), lib['a'].b['deep']('3')];`,
  ],
  [
    'tables of handlers',
    `const handlers = { a: () => hit('a'), b: () => 'b' }; handlers['c'] = () => hit('c'); const out = []; for (const k of Object.keys(handlers)) out.push(handlers[k]()); for (const [k, f] of Object.entries(handlers)) out.push(k, f()); for (const f of Object.values(handlers)) out.push(f()); return out;`,
  ],
  [
    'maps and sets',
    `const m = new Map([['a', () => hit('a')]]); m.set('b', () => hit('b')); const s = new Set([() => hit('s')]); const out = [m.get('a')()]; for (const [k, f] of m) out.push(k, f()); for (const f of m.values()) out.push(f()); for (const f of s) out.push(f()); m.forEach((f, k) => out.push(k, f())); s.forEach((f) => out.push(f())); return [out, [...m.entries()].map(([k, f]) => k + f())];`,
  ],
  [
    'queues',
    `const queue = []; queue.push(() => hit('1'), () => hit('2')); queue.unshift(() => hit('0')); const out = []; while (queue.length) out.push(queue.shift()()); return out;`,
  ],
  [
    'weighted choices',
    `const actions = [{ weight: 3, run: () => hit('w') }, { weight: 1, run: () => 'none' }]; const pick = (n) => { let left = n; for (const a of actions) { left -= a.weight; if (left < 0) return a; } }; return [pick(0).run(), pick(3).run(), actions.at(-1).run(), actions[0]['run']()];`,
  ],
  [
    'spread objects',
    `const base = { f: () => hit('f') }; const more = { ...base, g: 1 }; const merged = Object.assign({}, base, { h: () => hit('h') }); const { g, ...rest } = more; return [more.f(), merged.f(), merged.h(), rest.f(), Object.freeze({ ...merged }).h()];`,
  ],
  [
    'prototypes',
    `function Client(base) { this.base = base; } Client.prototype.get = function (x) { return hit(this.base + x); }; Client.make = () => new Client('m'); const child = Object.create(new Client('c')); return [new Client('b').get('1'), Client.make().get('2'), child.get('3')];`,
  ],
  [
    'patched classes of JavaScript',
    `Array.prototype.eachPatched = function (f) { const out = []; for (const x of this) out.push(f(x)); return out; }; try { return [['1', '2'].eachPatched(hit), 'a,b'.split(',').eachPatched((x) => hit(x))]; } finally { delete Array.prototype.eachPatched; }`,
  ],
  [
    'globals of the script',
    `globalThis.hitGlobally = (x) => hit(x); try { return [hitGlobally('1'), globalThis.hitGlobally('2')]; } finally { delete globalThis.hitGlobally; }`,
  ],
  [
    'mixins',
    `const Hits = (Base) => class extends Base { go(x) { return hit(this.name + x); } }; class Named { name = 'n'; } class Both extends Hits(Named) {} return new Both().go('1');`,
  ],
  [
    'static factories and private state',
    `class Client { #token = null; static #one; static get() { return (Client.#one ??= new Client()); } login() { this.#token ??= hit('login'); return this; } call(x) { return this.login().#send(x); } #send(x) { return hit(x + this.#token.length); } } return [Client.get().call('1'), Client.get().call('2')];`,
  ],
  [
    'setters that store functions',
    `class A { set handler(f) { this._f = f; } get handler() { return this._f; } } const a = new A(); a.handler = (x) => hit(x); return a.handler('1');`,
  ],
  [
    'conditional functions',
    `const pick = (b) => (b ? hit : (x) => x); const f = null ?? pick(true), g = false || pick(false); return [f('1'), g('2'), (0, hit)('3'), (hit || f)('4')];`,
  ],
  ['values thrown', `try { throw { retry: () => hit('r') }; } catch (e) { return e.retry(); }`],
  [
    'generators that only carry',
    `function* actions() { yield () => hit('1'); yield* [() => hit('2')]; } const out = []; for (const f of actions()) out.push(f()); const it = actions(); out.push(it.next().value()); return [...out, ...[...actions()].map((f) => f())];`,
  ],
  [
    'iterables of the script',
    `const list = { items: [() => hit('1'), () => hit('2')], [Symbol.iterator]() { let i = 0; return { next: () => ({ done: i >= this.items.length, value: this.items[i++] }) }; } }; const out = []; for (const f of list) out.push(f()); return [...out, ...[...list].map((f) => f())];`,
  ],
  [
    'arrays of arrays',
    `const stages = [[() => hit('1')], [() => hit('2'), () => 'x']]; return [stages.flat().map((f) => f()), stages.flatMap((fs) => fs.map((f) => f())), stages.map(([f]) => f()), [].concat(...stages).length];`,
  ],
  [
    'sorting and slicing functions',
    `const fs = [{ n: 2, f: () => hit('2') }, { n: 1, f: () => hit('1') }]; return fs.slice().sort((a, b) => a.n - b.n).reverse().filter((x) => x.n).map(({ f }) => f());`,
  ],
  [
    'reducing into a function',
    `const run = [(x) => hit(x), (x) => x + '!'].reduce((f, g) => (x) => g(f(x))); return run('1');`,
  ],
  [
    'memoised functions',
    `const memo = (f) => { const seen = {}; return (x) => (x in seen ? seen[x] : (seen[x] = f(x))); }; const get = memo((x) => hit(x)); return [get('1'), get('1'), get('2')];`,
  ],
  [
    'decorated functions',
    `const timed = (name, f) => function (...args) { try { return f.apply(this, args); } finally { console.log(name); } }; const o = { tag: 't', call: timed('call', function (x) { return hit(this.tag + x); }) }; return o.call('1');`,
  ],
  [
    'retries',
    `const retry = (n, f) => { for (let i = 1; ; i++) { try { return f(i); } catch (e) { if (i >= n) throw e; sleep(i); } } }; return retry(3, (i) => hit(i < 3 ? 'refused' + i : 'fine'));`,
  ],
  [
    'builders',
    `class Request { constructor(u) { this.u = u; } with(x) { this.u += x; return this; } send() { return hit(this.u); } } return [new Request('a').with('b').with('c').send(), new Request('d').send().length];`,
  ],
  ['Reflect.apply', `return Reflect.apply((x) => hit(x), null, ['1']);`],
  [
    'functions in data of the engine',
    `const r = http.get('1').json(); r.list.retry = () => hit('2'); return r.list.retry();`,
  ],
  [
    'a shared array of data',
    `const names = new SharedArray('n', () => ['a', 'b']); return names.map((n) => hit(n));`,
  ],
  [
    'descriptors',
    `const o = Object.defineProperty({}, 'call', { value: (x) => hit(x) }); return o.call('1');`,
  ],
  [
    'conversions between pairs and objects',
    `const o = Object.fromEntries([['f', () => hit('1')]]); return o.f();`,
  ],
  [
    'switching functions at run time',
    `let f = (x) => x; const set = (g) => { f = g; }; const a = f('1'); set(hit); return [a, f('2')];`,
  ],
  ['swapping by destructuring', `let f = hit, g = (x) => 'g' + x; [f, g] = [g, f]; return [f('1'), g('2')];`],
];

it.each(bodies)('follows %s', async (_, body) => {
  const script = `${head}\nexport default function () { ${body} }`;
  const wanted = await runBlocking(script);
  expect(await runRewritten(script)).toEqual(wanted);
  expect(wanted.some((line) => line.startsWith('begin'))).toBe(true);
});

const projects: [string, Files][] = [
  [
    'modules that import each other',
    {
      'main.js': `import { ping } from './a.js'; import * as b from './b'; import def, { deep as d } from './c.js';
        export { options } from './c.js'; export * from './d.js';
        export default function () { return [ping(2), b.pong(1), b['pong'](0), def('x'), d.e.f('y'), other(b)]; }
        function other({ pong }) { return pong(0); }`,
      'a.js': `import { pong } from './b.js'; export function ping(n) { return n === 0 ? 'done' : pong(n - 1); }`,
      'b.js': `import { ping } from './a.js'; import http from 'k6/http'; export const pong = (n) => http.get('pong').url + ping(n);`,
      'c.js': `import { get } from 'k6/http'; export default (x) => get(x).url; export const deep = { e: { f: (x) => get(x).body } }; export let options = { vus: 1 };`,
      'd.js': `import http from 'k6/http'; export function setup() { return http.get('setup').body; } export const teardown = (data) => http.post('teardown ' + data).url;`,
    },
  ],
  [
    'a namespace handed on',
    {
      'main.js': `import * as steps from './steps.js'; const run = (all) => Object.keys(all).map((k) => all[k]()); export default () => run(steps);`,
      'steps.js': `import http from 'k6/http'; export const one = () => http.get('1').url; export function two() { return http.get('2').url; } export const three = () => 3;`,
    },
  ],
  [
    'TypeScript',
    {
      'main.ts': `import http from 'k6/http'; import type { Options } from 'k6/options'; import { Api, Kind, Util } from './api';
        export const options = { vus: 1 } satisfies Options;
        enum Local { A = 'a', B = Kind.Second }
        export default function (): unknown { const api = new Api('base', 3); return [api.call<string>('x' as string), Local.A, Local.B, Util.twice('u'), api!.total]; }`,
      'api.ts': `import http, { type Response } from 'k6/http';
        export enum Kind { First, Second = 5 }
        export namespace Util { export const twice = (x: string): string[] => [x, x].map((y) => http.get(y).url as string); }
        abstract class Base<T> { protected abstract path(x: T): string; call<U>(x: T): U { return http.get(this.path(x)).body as unknown as U; } }
        export class Api extends Base<string> { total = 0; constructor(private readonly base: string, public retries?: number) { super(); } protected override path(x: string): string { this.total++; return \`\${this.base}/\${x}/\${this.retries}\`; } }`,
    },
  ],
  [
    'top-level code that blocks',
    {
      'main.js': `import http from 'k6/http'; import { token } from './login.js'; const extra = http.get('top').body; export default () => [token, extra, http.get('x').url];`,
      'login.js': `import http from 'k6/http'; const login = () => http.post('login').body; export const token = login();`,
    },
  ],
  [
    'CommonJS',
    {
      'main.cjs': `exports.options = { vus: 1 }; module.exports.default = function () { return 'plain'; }; exports.setup = () => 1;`,
    },
  ],
  [
    'JSON',
    {
      'main.js': `import http from 'k6/http'; import data, { users } from './data.json'; export default () => [users.map((u) => http.get(u.name).url), data.users.length];`,
      'data.json': '{ "users": [{ "name": "a" }, { "name": "b" }] }',
    },
  ],
];

it.each(projects)('follows %s', async (_, files) => {
  const wanted = await runBlocking(files);
  expect(await runRewritten(files)).toEqual(wanted);
  expect(wanted.some((line) => line.startsWith('default gives'))).toBe(true);
});
