import { expect, it } from 'vitest';
import { runBlocking, runRewritten } from './script-runs.ts';

const head = `import http from 'k6/http'; import { check, group, sleep } from 'k6';
const hit = (name) => { console.log('hit', name); return http.get(name).body; };`;

/** Bodies of the default function; `hit(name)` blocks and gives a string. */
const bodies: [string, string][] = [
  [
    'operands in order',
    `let x = 'a'; const change = () => { x = 'b'; return hit('1'); }; return x + change() + x;`,
  ],
  [
    'compound assignment reads its target first',
    `const o = { n: 'a' }; o.n += (o.n = 'changed', hit('1')); return o.n;`,
  ],
  [
    'targets before values',
    `const log = []; const at = (k) => (log.push(k), { }); at(hit('1'))[hit('2')] = hit('3'); return log;`,
  ],
  ['arguments in order', `const f = (...all) => all; return f(hit('1'), 'x', ...[hit('2'), 'y'], hit('3'));`],
  ['templates', `return \`\${hit('1')}-\${'x'}-\${hit('2')}\`;`],
  [
    'tagged templates',
    `const tag = (parts, ...values) => { hit('t'); return parts.raw.join('|') + values; }; return tag\`a\${hit('1')}b\${2}c\`;`,
  ],
  ['conditions', `return hit('1') ? (hit('2') === '' ? 1 : hit('3')) : hit('never');`],
  [
    'short circuits',
    `return [null ?? hit('1'), '' || hit('2'), 'x' && hit('3'), 'x' ?? hit('never'), 'x' || hit('never'), '' && hit('never')];`,
  ],
  [
    'logical assignment',
    `const o = { a: null, b: 1 }; o.a ??= hit('1'); o.b ??= hit('never'); o.b &&= hit('2'); o.a ||= hit('never'); return o;`,
  ],
  ['object literals', `return { [hit('k')]: hit('v'), ...{ x: hit('x') }, y: [hit('1'), , hit('2')] };`],
  [
    'for headers',
    `let n = 0; for (let i = hit('init').length; i < hit('test').length + 3; i += hit('step').length) { n++; if (n > 2) break; } return n;`,
  ],
  [
    'closures of loop variables',
    `const all = []; for (let i = 0; i < 3; i++) { hit(i); all.push(() => i); } return all.map((f) => f());`,
  ],
  [
    'labelled loops',
    `const seen = []; outer: for (const a of [1, 2, 3]) { for (const b of [1, 2, 3]) { hit(a + '' + b); if (b === 2) continue outer; if (a === 3) break outer; seen.push([a, b]); } } return seen;`,
  ],
  [
    'for of and in',
    `const seen = []; for (const c of hit('abc').slice(0, 2)) seen.push(c, hit(c)); for (const k in { x: hit('o'), y: 2 }) seen.push(k, hit(k)); return seen;`,
  ],
  [
    'while and do',
    `let n = 0; while (hit('w') && n < 2) n++; do { n++; } while (hit('d') && n < 5); return n;`,
  ],
  [
    'switch',
    `switch (hit('s')) { case hit('no'): return 1; case hit('s'): return 2; case hit('never'): default: return 3; }`,
  ],
  [
    'try, catch and finally',
    `const f = (url) => { try { return hit(url); } catch (e) { return 'caught ' + e.message + hit('c'); } finally { hit('f'); } }; return [f('fine'), f('refused')];`,
  ],
  [
    'finally overrides',
    `const f = () => { try { return hit('1'); } finally { return hit('2'); } }; return f();`,
  ],
  [
    'throw',
    `try { throw new Error(hit('1')); } catch ({ message, cause = hit('2') }) { return message + cause; }`,
  ],
  ['errors end the iteration', `hit('1'); hit('refused'); hit('never');`],
  [
    'destructuring defaults',
    `const { a = hit('1'), b: { c = hit('2') } = {}, [hit('k')]: d = 3, ...rest } = { a: 1, z: 2 }; const [x = hit('3'), , y = hit('4'), ...more] = [undefined, 1, 2, 3]; return [a, c, d, rest, x, y, more];`,
  ],
  [
    'assignment patterns',
    `let a, o = {}; ({ a, b: o[hit('k')] = hit('v') } = { a: 1 }); [a, o.z = hit('z')] = [2]; return [a, o];`,
  ],
  [
    'default parameters',
    `let n = 0; const f = (a, b = hit('b' + a), { c = hit('c'), d } = {}, ...rest) => [a, b, c, d, rest]; return [f(1), f(1, 2, { c: 3 }, 4, 5), f.length];`,
  ],
  [
    'default parameters of functions',
    `function f(a = hit('1'), b = a + hit('2')) { return [a, b, arguments.length]; } return [f(), f(1), f(undefined, 2), f.length];`,
  ],
  [
    'default parameters with arrows that use this',
    `const o = { n: 1, m(a = () => this.n + hit('x')) { return a(); } }; return o.m();`,
  ],
  [
    'this and arguments',
    `function f() { return [this.n, arguments.length, hit(arguments[0]), (() => arguments[1])()]; } return f.call({ n: 1 }, 'x', 'y');`,
  ],
  [
    'optional chains',
    `const o = { f: (x) => ({ g: { h: (y) => hit(x + y) } }), n: null, s: 'x' }; return [o?.f('1').g.h('2'), o.n?.f(hit('never')).g, o.f?.('3')?.g?.h?.('4'), o.no?.(hit('never')), o?.['f']('5').g['h']('6')?.length];`,
  ],
  [
    'optional chains in the middle',
    `const o = { deep: { call(x) { return { next: [hit(x)], self: this === o.deep }; } } }; const none = null; return [o?.deep.call('1').next, none?.deep.call(hit('never')).next[0].x.y, o.deep?.call('2').next?.[0], o?.deep?.call?.('3').self, none?.call?.('never').self];`,
  ],
  [
    'optional calls keep this',
    `const o = { n: 'n', f(x) { return { r: this.n + hit(x) }; } }; const get = () => (console.log('get'), o); return [get().f?.('1').r, get()?.f?.('2').r.length, o['f']?.('3')?.r];`,
  ],
  ['calls of results', `const f = (a) => (b) => (c) => hit(a + b + c); return f('1')('2')('3');`],
  [
    'comma and void',
    `return [(hit('1'), hit('2')), void hit('3'), typeof hit('4'), !hit('5'), -hit('6').length];`,
  ],
  ['in and instanceof', `return [hit('x') in { }, 'length' in [hit('y')], hit('z') instanceof Object];`],
  [
    'delete and update',
    `const o = { a: { n: 1 } }; const f = () => (hit('1'), o.a); f().n++; delete f().x; return o;`,
  ],
  ['spread of results', `return [...hit('ab'), ...[1].map(() => hit('m'))].length;`],
  [
    'new with awaited arguments',
    `class P { constructor(a, b) { this.v = [a, b]; } } return new P(hit('1'), hit('2')).v;`,
  ],
  [
    'callee before arguments',
    `const o = { get f() { console.log('get f'); return (x) => x; } }; return o.f(hit('1'));`,
  ],
  ['recursion', `const fall = (n) => (n === 0 ? [] : [hit(n), ...fall(n - 1)]); return fall(3);`],
  [
    'mutual recursion',
    `const even = (n) => n === 0 ? hit('even') : odd(n - 1); const odd = (n) => n === 0 ? hit('odd') : even(n - 1); return [even(4), even(3)];`,
  ],
  ['hoisted functions', `return late('x'); function late(x) { return hit(x); }`],
  ['nested blocks', `{ function inner() { return hit('i'); } return inner(); }`],
  [
    'arrow bodies',
    `const f = (x) => ({ v: hit(x) }), g = (x) => [hit(x)], h = (x) => (hit(x), 1), i = async => hit(async); return [f('1'), g('2'), h('3'), i('4')];`,
  ],
  [
    'groups and checks',
    `const r = group('outer', () => { hit('1'); group('inner', () => sleep(1)); group('quiet', () => 1); return hit('2'); }); check(r, { plain: (v) => v.length > 1, calls: (v) => hit('c') && v }); return check(r, { only: true && (() => 1) }) && r;`,
  ],
  ['errors leave groups', `try { group('g', () => { hit('refused'); }); } catch (e) { return e.message; }`],
  ['getters that do not block', `const o = { get v() { return hit; } }; return o.v('x');`],
  [
    'eager and lazy',
    `const lazy = () => hit('lazy'); const eager = hit('eager'); console.log('between'); return [eager, lazy()];`,
  ],
  [
    'class members',
    `class A { static s = 1; #p(x) { return hit(x); } static #sp(x) { return hit('s' + x); } run(x) { return [this.#p(x), A.#sp(x), A.st('1')]; } static st(x) { return hit(x); } ['computed' + 1](x) { return hit(x); } field = (x) => hit('f' + x + this.tag); tag = 't'; } const a = new A(); return [a.run('x'), a.computed1('y'), a.field('z')];`,
  ],
  [
    'inheritance',
    `class A { hook() { return 'none'; } run() { return this.hook() + '!'; } } class B extends A { hook() { return hit('b'); } run() { return super.run() + '?'; } } class C extends B { run = () => super.run(); } return [new B().run(), new C().run(), new A().run()];`,
  ],
  [
    'computed methods',
    `const o = { a: (x) => hit('a' + x), b: (x) => 'b' + x }; return ['a', 'b', 'a'].map((k) => o[k](k));`,
  ],
  [
    'methods of objects',
    `const o = { v: 1, plain() { return hit('p' + this.v); }, ['com' + 'puted']() { return this.plain(); }, async() { return hit('async'); }, get() { return hit('get'); } }; return [o.plain(), o.computed(), o.async(), o.get()];`,
  ],
];

it.each(bodies)('keeps the order of %s', async (_, body) => {
  const script = `${head}\nexport default function () { ${body} }`;
  const wanted = await runBlocking(script);
  expect(await runRewritten(script)).toEqual(wanted);
  expect(wanted.some((line) => line.startsWith('begin'))).toBe(true);
});
