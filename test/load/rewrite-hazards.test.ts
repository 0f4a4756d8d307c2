import { describe, expect, it } from 'vitest';
import { FxscaleError } from '../../src/errors.ts';
import { compile, runBlocking, runRewritten } from './script-runs.ts';

/**
 * Every way to reach a call that blocks of which it is known that it breaks when synchronous code is made
 * asynchronous: by name, one script each.
 */
const lib = {
  'lib.js': `import http, { get } from 'k6/http'; export const hit = (x) => { console.log('hit', x); return get(x).body; };
export default function (x) { return http.post(x).body; } export const nested = { deep: (x) => hit('deep' + x) }; export class Client { #token = 't'; #send(x) { return hit(this.#token + x); } send(x) { return this.#send(x); } static make() { return new Client(); } }`,
};
const head = `import http from 'k6/http'; import { check, group, sleep } from 'k6'; import post, { hit, nested, Client } from './lib.js'; import * as all from './lib.js'; const tick = (x) => Promise.resolve(x);`;

const awaited: [hazard: string, body: string][] = [
  ['helpers in other modules', `return [hit('a'), all.hit('b'), all.default('c')];`],
  [
    'destructured exports',
    `const { deep } = nested, { nested: { deep: again }, default: d } = all; return [deep(1), again(2), d(3)];`,
  ],
  ['default exports', `return post('a');`],
  ['methods', `const o = { url: 'u', go() { return hit(this.url); } }; return o.go();`],
  ['private fields', `return new Client().send('a') + Client.make().send('b');`],
  ['call', `function f(x) { return hit(this.u + x); } return f.call({ u: 'u' }, 1);`],
  ['apply', `function f(...x) { return hit(this.u + x); } return f.apply({ u: 'u' }, [1, 2]);`],
  [
    'bind',
    `const f = hit.bind(null, 'a'); const g = Client.prototype.send.bind(new Client()); return [f(), g('b')];`,
  ],
  [
    'optional calls',
    `const o = { f: hit }; return [o?.f?.('a'), o.g?.(hit('never')), null?.f(hit('never')), o?.f('b').length];`,
  ],
  [
    'computed calls',
    `const name = ['h', 'it'].join(''); return [all[name]('a'), { ['x' + 1]: hit }['x1']('b')];`,
  ],
  [
    'functions as values',
    `const twice = (f) => [f('1'), f('2')]; const table = { a: hit }; return [twice(hit), table.a('3'), [hit][0]('4'), (() => hit)()('5'), new Map([['f', hit]]).get('f')('6')];`,
  ],
  ['map', `return ['a', , 'b'].map((x, i, l) => hit(x + i + l.length));`],
  ['forEach', `const out = []; ['a', 'b'].forEach((x) => { out.push(hit(x)); }); return out;`],
  ['filter', `return ['a', 'b'].filter((x) => hit(x).endsWith('b'));`],
  [
    'reduce',
    `return ['a', 'b'].reduce((sum, x) => sum + hit(x), '') + ['c', 'd'].reduceRight((sum, x) => sum + hit(x));`,
  ],
  ['some', `return ['a', 'b', 'c'].some((x) => hit(x).endsWith('b'));`],
  ['every', `return ['a', 'b', 'c'].every((x) => hit(x).endsWith('a'));`],
  ['find', `return ['a', 'b', 'c'].find((x) => hit(x).endsWith('b'));`],
  ['findIndex', `return ['a', 'b', 'c'].findIndex((x) => hit(x).endsWith('b'));`],
  ['flatMap', `return ['a', 'b'].flatMap((x) => [hit(x), [x]]);`],
  [
    'sort',
    `const weight = (x) => http.options(String(x)).size; return [['b', 'a', 'c', 'a2'].sort((x, y) => weight(x) - weight(y)), hit('after')];`,
  ],
  [
    'default parameters',
    `const f = (a, b = hit('b' + a), { c = hit('c') } = {}) => [a, b, c]; return [f(1), f(1, 2), f(1, 2, { c: 3 }), f.length];`,
  ],
  [
    'try, catch and finally',
    `const f = (x) => { try { return hit(x); } catch (e) { return hit('caught'); } finally { hit('finally'); } }; return [f('a'), f('refused')];`,
  ],
  [
    'labelled loops',
    `outer: for (const a of ['1', '2', '3']) { for (let i = 0; i < 3; i++) { if (hit(a + i) && i === 1) continue outer; if (a === '3') break outer; } } do { hit('do'); } while (false); return 1;`,
  ],
  [
    'loop headers',
    `for (let i = hit('init').length; hit('test') && i < 10; hit('update'), i++); for (const x of [hit('of')]) console.log(x); for (const k in { [hit('in')]: 1 }) console.log(k); while (!hit('while')); return 1;`,
  ],
  ['template literals', `return \`\${hit('a')}-\${[1, 2].map((x) => hit(x))}\`;`],
  [
    'tagged templates',
    `const tag = (s, ...x) => hit(s.raw.join() + x); return [tag\`a\${1}b\${hit(2)}\`, { tag }.tag\`c\`];`,
  ],
  [
    'recursion',
    `const down = (n) => (n === 0 ? [] : [hit(n), ...down(n - 1)]); const even = (n) => n === 0 || odd(n - 1), odd = (n) => !(n === 0 ? hit('odd') : even(n - 1)); return [down(3), even(4)];`,
  ],
  [
    'spread',
    `const f = (...x) => x.join(); return [f(...[hit('a'), hit('b')], hit('c')), { ...{ d: hit('d') } }, [...hit('e')].length];`,
  ],
  [
    'batch',
    `const urls = () => [hit('first')]; return [http.batch(urls()).body, ['x'].map((x) => http.batch([x]).body)];`,
  ],
  [
    'group and check',
    `return group('outer', () => { const ok = check(hit('a'), { 'is a': (r) => r.endsWith('a'), 'hits': () => hit('check') }); return [ok, group('inner', () => hit('b'))]; });`,
  ],
  [
    'conditions and operators',
    `let a = null; a ??= hit('a'); return [a && hit('b'), a || hit('never'), hit('c') ? hit('d') : hit('never'), hit('e') + hit('f'), (hit('g'), hit('h'))];`,
  ],
  [
    'destructuring defaults',
    `const { a = hit('a'), ...rest } = { b: 1 }; const [c = hit('c')] = []; return [a, rest, c];`,
  ],
  [
    'switch',
    `switch (hit('s')) { case hit('no'): return 0; case hit('s'): return hit('yes'); default: return hit('never'); }`,
  ],
  [
    'classes and super',
    `class A { go(x) { return hit(x); } } class B extends A { go(x) { return super.go('b' + x); } field = (x) => this.go(x); } class C extends B {} return [new B().go(1), new C().field(2)];`,
  ],
  [
    'functions that are replaced',
    `const o = { f: () => 'plain' }; const before = o.f(); o.f = hit; return [before, o.f('a')];`,
  ],
  ['arguments', `function f() { return [...arguments].map((x) => hit(x)); } return f('a', 'b');`],
  ['Reflect', `return [Reflect.apply(hit, null, ['a']), Reflect.get({ f: hit }, 'f')('b')];`],
];

const asynchronous: [hazard: string, body: string][] = [
  [
    'async code beside sync code',
    `const later = async (x) => { console.log('in', x); await tick(); console.log('on', x); return hit(x); }; const p = later('1'); hit('main'); console.log('main goes on'); return [await p, hit('last')];`,
  ],
  [
    'then beside sync code',
    `const p = tick('x').then((x) => { console.log('then'); return hit(x); }); hit('a'); hit('b'); return await p;`,
  ],
  [
    'rejections beside sync code',
    `const f = async () => { throw new Error('no'); }; const p = f().catch((e) => { console.log('caught'); return e.message; }); hit('a'); return await p;`,
  ],
  [
    'several at once',
    `const f = async (x) => { hit(x); await null; hit(x + 1); await null; return hit(x + 2); }; return Promise.all([f('a'), f('b'), f('c')]);`,
  ],
];

const done = (trace: string[]) => trace.at(-1)?.startsWith('default gives');

describe('waits for what blocks in', () => {
  it.each(awaited)('%s', async (_, body) => {
    const files = { 'main.js': `${head}\nexport default function () { ${body} }`, ...lib };
    const wanted = await runBlocking(files);
    expect(await runRewritten(files)).toEqual(wanted);
    expect(wanted.filter((line) => line.startsWith('begin')).length).toBeGreaterThan(0);
    expect(done(wanted)).toBe(true);
  });

  it.each(asynchronous)('%s', async (_, body) => {
    const files = { 'main.js': `${head}\nexport default async function () { ${body} }`, ...lib };
    const wanted = await runBlocking(files);
    expect(await runRewritten(files)).toEqual(wanted);
    expect(done(wanted)).toBe(true);
  });
});

/** Where nothing can be awaited. The place is that of `HERE` in the code. */
const refused: [hazard: string, code: string, what: string][] = [
  [
    'getters',
    `const o = { get HEREx() { return hit(1); } }; export default () => o.x;`,
    'a getter blocks (x -> hit ->',
  ],
  [
    'setters',
    `const o = { set HEREx(v) { hit(v); } }; export default () => { o.x = 1; };`,
    'a setter blocks (x -> hit ->',
  ],
  [
    'constructors',
    `class A { HEREconstructor() { this.a(); } a() { hit(1); } } export default () => new A();`,
    'a constructor blocks (new A -> a -> hit ->',
  ],
  [
    'class fields',
    `class A { HEREx = hit(1); } export default () => new A();`,
    'a field of a class blocks (hit ->',
  ],
  [
    'static blocks',
    `class A { HEREstatic { hit(1); } } export default () => A;`,
    'a static block blocks (hit ->',
  ],
  [
    'generators',
    `HEREfunction* ids() { yield hit(1); } export default () => [...ids()];`,
    'a generator blocks (ids -> hit ->',
  ],
  [
    'async generators',
    `HEREasync function* ids() { yield hit(1); } export default () => ids();`,
    'a generator blocks (ids -> hit ->',
  ],
  [
    'iterators',
    `const l = { [Symbol.iteratorHERE]() { hit(1); return [].values(); } }; export default () => [...l];`,
    'Symbol.iterator() blocks (',
  ],
  [
    'Proxy traps',
    `export default () => HEREnew Proxy({}, { get: (o, k) => hit(k) }).x;`,
    'a proxy is given what blocks (get -> hit ->',
  ],
  [
    'JSON revivers',
    `export default () => HEREJSON.parse('{}', (k, v) => hit(k));`,
    'JSON.parse() is given what blocks (',
  ],
  [
    'JSON replacers',
    `export default () => HEREJSON.stringify({}, (k, v) => hit(k));`,
    'JSON.stringify() is given what blocks (',
  ],
  [
    'toJSON',
    `const o = { HEREtoJSON() { return hit(1); } }; export default () => JSON.stringify(o);`,
    'toJSON() blocks (toJSON -> hit ->',
  ],
  [
    'toString',
    `const o = { HEREtoString() { return hit(1); } }; export default () => '' + o;`,
    'toString() blocks (toString -> hit ->',
  ],
  [
    'valueOf',
    `const o = { HEREvalueOf() { return hit(1); } }; export default () => +o;`,
    'valueOf() blocks (valueOf -> hit ->',
  ],
  [
    'replace callbacks',
    `export default () => HERE'a'.replace(/a/, (x) => hit(x));`,
    'replace() is given what blocks (',
  ],
  [
    'promise executors',
    `export default () => HEREnew Promise((resolve) => resolve(hit(1)));`,
    'a promise’s executor is given what blocks (',
  ],
];

describe('refuses what blocks in', () => {
  it.each(refused)('%s', async (_, code, what) => {
    const text = `import http from 'k6/http';\nconst hit = (x) => http.get(x).body;\n${code}`;
    const column = code.indexOf('HERE') + 1;
    const error = await compile(text.replace('HERE', '')).catch((thrown: unknown) => thrown);
    if (!(error instanceof FxscaleError)) throw error;
    expect(error.exitCode).toBe(107);
    expect(error.message).toContain(`main.js:3:${column}: ${what}`);
    expect(error.message).toMatch(/k6\/http\.get\).*: run it with --engine k6$/);
  });
});
