import { expect, it } from 'vitest';
import { compileScript } from '../../src/load/script.ts';
import { asynchronousHost, modules, scriptPath } from './script-runs.ts';

class Cut extends Error {}

/** Runs `body`, asking the VU at most `asks` times before it is cut off. */
async function runFor(asks: number, body: string, head = '') {
  const script = await compileScript(
    scriptPath(
      `import http from 'k6/http'; import { sleep } from 'k6'; ${head} export default function () { ${body} }`,
    ),
    modules,
  );
  const host = asynchronousHost(false);
  let asked = 0;
  const vu = {
    ...host.vu,
    interrupted: false,
    guard() {
      if (!this.interrupted && ++asked < asks) return;
      this.interrupted = true;
      throw new Cut();
    },
  };
  const exported = await script.instantiate({ ...host, vu });
  const outcome = await Promise.resolve()
    .then(exported.default as () => unknown)
    .catch((error: unknown) =>
      error instanceof Cut || (error as Error).cause instanceof Cut ? 'cut off' : error,
    );
  return { outcome, asked, trace: host.trace, vu };
}

it.each([
  ['while', `while (true) {}`],
  ['do', `let i = 0; do i++; while (true)`],
  ['for', `for (;;);`],
  ['for, with a label', `outer: for (let i = 0; ; i++) { for (;;) continue outer; }`],
  ['for of', `function* ids() { for (let i = 0; ; i++) yield i; } for (const id of ids()) ;`],
  ['in functions', `const spin = () => { for (;;) ; }; [1].map(spin);`],
  ['in methods and static blocks', `class A { static { for (;;) ; } }`],
  ['that only await what is there', `return (async () => { while (true) await null; })();`],
  ['that might wait, but never do', `for (let i = 0; ; i++) if (i < 0) sleep(1);`],
  ['of group after group', `const twice = (f) => { f(); f(); }; for (;;) twice(() => {});`],
])('ends loops that never wait: %s', async (_, body) => {
  expect(await runFor(3, body)).toMatchObject({ outcome: 'cut off' });
});

it('ends loops at the top level', async () => {
  const script = await compileScript(scriptPath(`for (;;) ; export default () => 1;`), modules);
  const host = asynchronousHost(false);
  const guard = () => {
    throw new Cut();
  };
  expect(() => script.instantiate({ ...host, vu: { ...host.vu, guard } })).toThrow(Cut);
});

it('runs nothing of an iteration that was cut off', async () => {
  const { trace, outcome } = await runFor(
    2,
    `try { try { try { for (;;) ; } catch { console.log('caught'); } } catch ({ message }) { console.log(message); } }
     catch (e) { console.log('caught', e); } finally { console.log('finally'); return 1; }`,
  );
  expect([outcome, trace]).toEqual(['cut off', []]);
});

it('leaves what is caught otherwise as it is', async () => {
  const { trace, outcome } = await runFor(
    2,
    `const f = (x) => { try { if (x) throw { message: x, more: [1] }; return 'none'; } catch ({ message, more: [one] = [] }) { var y = message; return y + one; } finally { http.get(x); } };
     try { null.x; } catch { console.log('caught'); }
     try { throw new Error('b'); } catch (e) { var e = 2; console.log(e); }
     for (const a of [1]) { try { continue; } finally { console.log('finally'); } }
     return [f('a'), f('')];`,
  );
  expect(outcome).toEqual(['a1', 'none']);
  expect(trace).toEqual(['caught', '2', 'finally', 'begin get a', 'end get a', 'begin get ', 'end get ']);
});

it.each([
  `let s = ''; for (var i = 0, k = 5; i < k; i++) s += i; return s + i;`,
  `let s = ''; for (let i = 0; i < 5; i++) { if (i === 2) continue; s += i; } return s;`,
  `let i = 5, s = ''; while (i--, i > 0) s += i; return s;`,
  `let i = 0; for (; i < 3000; ) i++; return i;`,
  `let i = 0; for (; ; i++) { if (i > 5000) return i; }`,
  `let s = 0; out: for (let i = 0; i < 9; i++) { for (let j = 0; ; j++) { if (j > i) continue out; if (s > 20) break out; s += j; } } return s;`,
  `let s = 0; for (let i = 0, n = 2100; i < n; i++) { switch (i % 3) { case 0: s++; break; default: s += 2; } } return s;`,
  `const fs = []; for (let i = 0; i < 3; i++) fs.push(() => i); return fs.map((f) => f());`,
  `let n = 0; if (n === 0) for (let i = 0; i < 2048; i++) n++; else n = 1; return n;`,
  `let n = 0; do { for (let i = 0; i < 1025; i++) { n += i & 1; } } while (n < 2000); return n;`,
  `let n = 0; for (let i = 0; i < 4; i++) { http.get(i); n += i; } return n;`,
  `function* g() { for (let i = 0; i < 3; i++) yield i; } let n = 0; for (const x of g()) { if (x === 1) break; n++; } return n;`,
  `class A { static n = 0; static { for (let i = 0; i < 2000; i++) A.n += i; while (A.n % 7) A.n++; } } return A.n;`,
])('turns as often as it did: %s', async (body) => {
  const direct = new Function('http', body)({ get: () => ({}) });
  expect((await runFor(1e9, body)).outcome).toEqual(direct);
});

it('asks once in a thousand turns', async () => {
  const { asked, outcome } = await runFor(
    1e9,
    `let n = 0; for (let i = 0; i < 102400; i++) n += i; return n;`,
  );
  expect([asked, outcome]).toEqual([100, 5242828800]);
});
