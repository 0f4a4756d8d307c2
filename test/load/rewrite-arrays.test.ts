import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arrays } from '../../src/load/rewrite/arrays.ts';
import { runBlocking, runRewritten } from './script-runs.ts';

const head = `import http from 'k6/http'; const hit = (name) => http.get(name).body;`;

const bodies: [string, string][] = [
  [
    'map with index, array and this',
    `return ['a', 'b'].map(function (x, i, all) { return [hit(x), i, all.length, this.t]; }, { t: 't' });`,
  ],
  [
    'forEach and its undefined',
    `const out = []; return [['a', 'b'].forEach((x) => { out.push(hit(x)); }), out];`,
  ],
  ['filter', `return ['a', 'bb', 'c'].filter((x) => hit(x).length > 9);`],
  [
    'some and every stop early',
    `return [['a', 'b', 'c'].some((x) => hit(x).endsWith('b')), ['a', 'b'].every((x) => hit(x).endsWith('a')), [].some(hit), [].every(hit)];`,
  ],
  [
    'find and its like',
    `const l = ['a', 'b', 'a']; const is = (x) => hit(x).endsWith('a'); return [l.find(is), l.findIndex(is), l.findLast(is), l.findLastIndex(is), l.find((x) => hit(x) === 'no'), l.findIndex((x) => hit(x) === 'no')];`,
  ],
  [
    'reduce',
    `return [['a', 'b', 'c'].reduce((sum, x, i, all) => sum + hit(x) + i + all.length, ''), ['a', 'b', 'c'].reduce((sum, x) => sum + hit(x)), ['a', 'b'].reduceRight((sum, x) => sum + hit(x), '>'), [undefined].reduce((s, x) => hit('never'), undefined) === undefined];`,
  ],
  [
    'reduce of nothing',
    `try { return [].reduce((s, x) => hit(x)); } catch (e) { return e.name + e.message; }`,
  ],
  ['flatMap', `return ['a', 'b'].flatMap((x) => (x === 'a' ? [hit(x), [1]] : hit(x)));`],
  [
    'holes',
    `const l = ['a', , 'c']; const seen = []; const out = l.map((x, i) => (seen.push(i), hit(x))); return [seen, out.length, 1 in out, l.filter(() => (hit('f'), true)), l.findIndex((x) => (hit('i'), x === undefined))];`,
  ],
  [
    'changes while it goes on',
    `const l = ['a', 'b', 'c']; return [l.map((x) => { l.push('new'); l[2] = 'changed'; return hit(x); }), l.length, ['x', 'y', 'z'].filter((x, i, all) => { all.length = 2; return hit(x); })];`,
  ],
  [
    'functions handed over directly',
    `return [['a', 'b'].map(hit), ['c'].map((x) => http.get(x)).map((r) => r.url), ['d', 'e'].some(http.get)];`,
  ],
  [
    'nested callbacks',
    `return ['a', 'b'].map((x) => ['1', '2'].filter((y) => hit(x + y)).map((y) => hit(y + x)));`,
  ],
  [
    'chains of methods',
    `return ['a', 'b', 'c'].filter((x) => x !== 'b').map((x) => hit(x)).map((x) => x.length).reduce((a, b) => a + b);`,
  ],
  [
    'optional receivers',
    `const no = null, l = { l: ['a'] }; return [no?.map((x) => hit('never')).length, l?.l?.map((x) => hit(x)).length, l.none?.l.map((x) => hit('never')), l.l.map?.((x) => hit(x))[0], l.l.mop?.((x) => hit(x))];`,
  ],
  [
    'errors in callbacks',
    `try { ['a', 'refused', 'never'].forEach((x) => hit(x)); } catch (e) { return e.message; }`,
  ],
  [
    'early returns in callbacks',
    `const out = []; ['a', 'b'].forEach((x) => { if (x === 'a') return; out.push(hit(x)); }); return out;`,
  ],
  [
    'parentheses and commas',
    `return [(['a'] || []).map((x) => hit(x)), ((['b'])).map((x) => (hit(x))), [...['c']].map((x) => (1, hit(x)))];`,
  ],
  [
    'Array.from',
    `return [Array.from({ length: 2 }, (_, i) => hit(i)), Array.from(['a', 'b'], function (x) { return hit(x + this.t); }, { t: 't' }), Array.from(new Set(['c']), (x) => hit(x)), Array.from('de', (x) => hit(x)), Array.from(new Map([[1, 2]]), ([k, v]) => hit(k + v))];`,
  ],
  [
    'maps and sets',
    `const out = []; new Map([['k', 'v']]).forEach((v, k, m) => out.push(hit(k + v), m.size)); new Set(['s']).forEach(function (v) { out.push(hit(v + this.t)); }, { t: 't' }); return out;`,
  ],
  [
    'typed arrays',
    `const out = []; new Uint8Array([1, 2]).forEach((x) => out.push(hit(x))); return [out, new Uint8Array([1, 2]).map((x) => hit(x).length + 300), [...new Uint8Array([3, 4]).filter((x) => hit(x).endsWith('4'))]];`,
  ],
  [
    'the arguments of a function',
    `function all() { return [...arguments].map((x) => hit(x)); } return all('a', 'b');`,
  ],
  [
    'methods of the user that have an array method’s name',
    `class List { constructor(...l) { this.l = l; } map(f) { return new List(...this.l.map(f)); } forEach(f) { for (const x of this.l) f(x); } filter(f) { return this.l.filter((x) => !f(x)); } } const out = []; const l = new List('a', 'b'); l.forEach((x) => out.push(hit(x))); return [out, l.map((x) => hit(x)).l, l.filter((x) => hit(x).endsWith('a'))];`,
  ],
  [
    'either an array or something of the user',
    `class One { map(f) { return ['one', f('1')]; } } return [new One(), ['2']].map((x) => x.map((y) => hit(y)));`,
  ],
  [
    'arrays of the user’s class',
    `class List extends Array { visit(f) { return this.map((x) => f(x)); } } return [...new List('a', 'b').visit((x) => hit(x))];`,
  ],
  [
    'callbacks chosen at run time',
    `const run = (f) => ['a', 'b'].map(f); return [run((x) => hit(x)), run((x) => x + '!')];`,
  ],
];

it.each(bodies)('awaits %s', async (_, body) => {
  const script = `${head}\nexport default function () { ${body} }`;
  const wanted = await runBlocking(script);
  expect(await runRewritten(script)).toEqual(wanted);
  expect(wanted.length).toBeGreaterThan(0);
});

it('sorts with a comparison that blocks', async () => {
  const script = `${head} const order = (a, b) => hit(a).length - hit(b).length;
    export default () => [['ccc', 'a', , undefined, 'bb', 'b'].sort(order), ['aa', 'b'].toSorted(order), ['x'].sort(order), [].sort(order)];`;
  const [wanted, found] = [await runBlocking(script), await runRewritten(script)];
  expect(found.at(-1)).toBe(wanted.at(-1));
  expect(found.filter((line) => line.startsWith('begin')).length).toBeGreaterThan(6);
});

const numbers = fc.array(fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined }), { maxLength: 30 });

it('sorts stably and as JavaScript does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.nat()), { maxLength: 40 }),
      async (pairs) => {
        const order = (a: readonly number[], b: readonly number[]) => (a[0] ?? 0) - (b[0] ?? 0);
        const later = async (a: unknown, b: unknown) => order(a as number[], b as number[]);
        const list = [...pairs];
        expect(await arrays.sort(list, later)).toBe(list);
        expect(list).toEqual([...pairs].sort(order));
      },
    ),
    { seed: 1 },
  );
});

it('does for callbacks that wait what JavaScript does for others', async () => {
  const methods = [
    'map',
    'filter',
    'some',
    'every',
    'find',
    'findIndex',
    'findLast',
    'findLastIndex',
  ] as const;
  await fc.assert(
    fc.asyncProperty(numbers, fc.constantFrom(...methods), async (list, name) => {
      const test = (x: unknown, index: number) => (Number(x) * 7 + index) % 3 === 1;
      const own = (list as unknown as Record<string, (f: typeof test) => unknown>)[name]?.(test);
      expect(await arrays[name](list, async (x: unknown, index: unknown) => test(x, Number(index)))).toEqual(
        own,
      );
    }),
    { seed: 2 },
  );
});

it('says what JavaScript says of wrong receivers and callbacks', async () => {
  await expect(arrays.map(undefined, () => 1)).rejects.toThrow(
    "Cannot read properties of undefined (reading 'map')",
  );
  await expect(arrays.map([1], 3)).rejects.toThrow('3 is not a function');
  await expect(arrays.map({}, () => 1)).rejects.toThrow(TypeError);
});
