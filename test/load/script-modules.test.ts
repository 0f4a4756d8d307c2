import { readFileSync } from 'node:fs';
import https, { globalAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import selfsigned from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileScript, type ScriptHost } from '../../src/load/script.ts';
import { asynchronousHost, type Files, modules, project, scriptPath } from './script-runs.ts';

type Any = (...args: unknown[]) => unknown;

/** A VU whose `open` reads what is relative to a file, as the engine's does. */
function hostOf(): ScriptHost & { trace: string[] } {
  const host = asynchronousHost(false);
  const from = (file: string) => (name: unknown) =>
    readFileSync(
      String(name).startsWith('file:')
        ? fileURLToPath(String(name))
        : path.resolve(path.dirname(file), String(name)),
      'utf8',
    );
  host.globals.open = Object.assign(() => 'open() without a file', { from });
  return host;
}

async function start(files: Files) {
  const script = await compileScript(scriptPath(files), modules, new Set(['console', 'open']));
  const host = hostOf();
  const exported = await script.instantiate(host);
  return { script, host, exported, iterate: exported.default as Any };
}

describe('open()', () => {
  it('takes paths relative to the file whose module is running, as k6 does', async () => {
    const { iterate } = await start({
      'main.js': `import { r, r2, again } from './lib/a.js'; const c = require('./c.js'); const here = open('f.txt');
        const direct = open(import.meta.resolve('./lib/f.txt'));
        export default () => [r, r2, again(), c.v, c.w, here, direct];
        const after = again(); export { after };`,
      'lib/a.js': `import { b, lazy } from '../other/b.js'; export const r = b('./f.txt'); export const r2 = lazy('./f.txt'); export const again = () => r;`,
      'other/b.js': `export const b = (p) => open(p); export const lazy = open;`,
      'c.js': `const { b } = require('./other/b.js'); exports.v = require('./lib/d.js').v; exports.w = b('./f.txt');`,
      'lib/d.js': `const { b } = require('../other/b.js'); exports.v = b('./f.txt');`,
      'f.txt': 'root',
      'lib/f.txt': 'lib',
      'other/f.txt': 'other',
    });
    expect(iterate()).toEqual(['lib', 'lib', 'lib', 'lib', 'root', 'root', 'lib']);
  });

  it('may be a name of the script’s own', async () => {
    const { iterate } = await start(`const open = (x) => x + '!'; export default () => open('mine');`);
    expect(iterate()).toBe('mine!');
  });
});

describe('names of globals', () => {
  it('may be those of imports and variables', async () => {
    const script = await compileScript(
      scriptPath(
        `import { sleep as setTimeout } from 'k6'; const crypto = 1; class Blob {} export default () => [typeof setTimeout, crypto, typeof Blob, typeof console];`,
      ),
      modules,
      new Set(['console', 'setTimeout', 'crypto', 'Blob']),
    );
    const exported = await script.instantiate(asynchronousHost(false));
    expect((exported.default as Any)()).toEqual(['function', 1, 'function', 'object']);
  });
});

describe('require()', () => {
  it('gives k6’s modules, the script’s files and packages', async () => {
    const { host, iterate } = await start({
      'main.js': `const http = require('k6/http'); const { check } = require('k6'); const lib = require('./lib.js'); const { helper } = require('./esm.js');
        const data = require('./d.json'); const pkg = require('pkg');
        exports.default = () => { check(lib.go('a'), { ok: (x) => x === 'body of a' }); return [http.get('b').body, helper('c'), data.n, pkg(2)]; };`,
      'lib.js': `const http = require('k6/http'); exports.go = (x) => http.get(x).body;`,
      'esm.js': `import { get } from 'k6/http'; export const helper = (x) => get(x).body;`,
      'd.json': '{ "n": 5 }',
      'node_modules/pkg/package.json': '{ "name": "pkg", "main": "x.js" }',
      'node_modules/pkg/x.js': 'module.exports = (x) => x * 2;',
    });
    expect(await iterate()).toEqual(['body of b', 'body of c', 5, 4]);
    expect(host.trace).toEqual([
      'begin get a',
      'end get a',
      'check ok true',
      ...['begin get b', 'end get b', 'begin get c', 'end get c'],
    ]);
  });

  it('works beside a package.json that says otherwise, of which k6 knows nothing', async () => {
    const { iterate } = await start({
      'main.js': `const http = require('k6/http'); const { go } = require('./lib.cjs');
        module.exports.default = () => [http.get('a').body, go('b')];`,
      'package.json': '{ "type": "module" }',
      'lib.cjs': `const http = require('k6/http'); exports.go = (x) => http.get(x).body;`,
    });
    expect(await iterate()).toEqual(['body of a', 'body of b']);
  });

  it('is for init only', async () => {
    const { host, iterate, exported } = await start({
      'main.js': `export default () => require('./c.js'); export const late = () => require('k6/http'); export const esm = () => require('./e.js'); const k6 = require; export const odd = () => k6('');
        export const early = [require('./c.js').x, require('./e.js').e];`,
      'c.js': 'exports.x = 1;',
      'e.js': 'export const e = 2;',
    });
    expect(exported.early).toEqual([1, 2]);
    expect(() => (exported.odd as Any)()).toThrow("require() can't be used with an empty specifier");
    (host.vu as { initialised?: boolean }).initialised = true;
    const message = /^the "require" function is only available in the init stage/;
    for (const called of [iterate, exported.late, exported.esm]) expect(called as Any).toThrow(message);
  });

  it('throws for what k6 does not have', async () => {
    const { iterate } = await start(
      `export default () => ['lodash', './x.js'].map((name) => { try { require(name); } catch (e) { return e.name + ': ' + e.message; } });`,
    );
    expect(iterate()).toEqual([
      'GoError: The moduleSpecifier "lodash" couldn\'t be recognised as something k6 supports.',
      'GoError: The moduleSpecifier "./x.js" couldn\'t be found on local disk. Make sure that you\'ve specified the right path to the file, as a literal.',
    ]);
  });
});

it('import() gives files and k6’s modules', async () => {
  const { host, iterate } = await start({
    'main.js': `export default async () => { const { hit } = await import('./lib.js'); const http = await import('k6/http'); const a = hit('a'); const b = http.default.get('b').body;
      const c = await import('k6/http').then((m) => m.get('c').body); let d; try { const name = 'k6/none'; await import(name); } catch (e) { d = e.message; } return [a, b, c, d]; }`,
    'lib.js': `import http from 'k6/http'; export const hit = (x) => http.get(x).body;`,
  });
  expect(await iterate()).toEqual([
    'body of a',
    'body of b',
    'body of c',
    'The moduleSpecifier "k6/none" couldn\'t be recognised as something k6 supports.',
  ]);
  expect(host.trace.filter((each) => each.startsWith('begin'))).toEqual([
    'begin get a',
    'begin get b',
    'begin get c',
  ]);
});

it('import() is rejected as by k6 under strict rules', async () => {
  const files = {
    'main.js': `export default async () => { const all = []; for (const name of ['k6/http', './lib.js']) try { await import(name); } catch (e) { all.push(e); } try { await import('./lib.js'); } catch (e) { all.push(e); } return all; }`,
    'lib.js': 'export const a = 1;',
  };
  const script = await compileScript(scriptPath(files), modules, new Set(['console']), true);
  const exported = await script.instantiate(hostOf());
  const text = 'dynamic modules not enabled in the host program';
  expect(await (exported.default as Any)()).toEqual([text, text, text]);
});

it('import.meta has what k6 gives it', async () => {
  const { script, exported } = await start({
    'main.js': `import { inner } from './lib/a.js'; export const all = [JSON.stringify(import.meta), import.meta.url, import.meta.resolve('./x.js'), inner]; export default () => import.meta.resolve('k6/http');`,
    'lib/a.js': `export const inner = import.meta.resolve('../y.js');`,
  });
  const folder = pathToFileURL(path.dirname(script.files[0] ?? '')).href;
  expect(exported.all).toEqual(['{}', undefined, `${folder}/x.js`, `${folder}/y.js`]);
  expect(exported.default as Any).toThrow('The moduleSpecifier "k6/http" couldn\'t be recognised');
});

it('TypeScript may use what is more than types', async () => {
  const { iterate } = await start({
    'main.ts': `import type { Foo } from './none'; import { helper, type Bar } from './lib.ts';
      enum A { X = 1, Y } const enum B { Z = 'z' } namespace N { export const q = 5; } abstract class Base { abstract get(): number; }
      class P extends Base { constructor(private readonly z: number) { super(); } get() { return this.z; } }
      const s = { a: 1 } satisfies object; declare const nothing: Foo;
      export default function (this: void): unknown { return [A.Y, A[1], B.Z, N.q, new P(4).get(), s.a!, helper<string>('h' as Bar)]; }`,
    'lib.ts': `export type Bar = string; export function helper<T>(x: T): T { return x; }`,
  });
  expect(iterate()).toEqual([2, 'X', 'z', 5, 4, 1, 'h']);
});

describe('CommonJS and ES modules', () => {
  it('import each other', async () => {
    const { iterate } = await start({
      'main.js': `import c, { x, none } from './c.js'; import * as all from './c.js'; export default () => [c.x, x, none, Object.keys(all)];`,
      'c.js': `exports.x = 1; Object.defineProperty(exports, 'y', { enumerable: true, get: () => 2 });`,
    });
    expect(iterate()).toEqual([1, 1, undefined, ['x', 'y']]);
  });

  it('take what a CommonJS module exports as default for its default export, as k6 does', async () => {
    const { iterate } = await start({
      'main.js': `import c from './c.js'; import * as all from './c.js'; import f from './f.js'; export default () => [c, Object.keys(all).sort(), f(2)];`,
      'c.js': `exports.x = 1; exports.default = 7;`,
      'f.js': `module.exports = (x) => x * 2;`,
    });
    expect(iterate()).toEqual([7, ['default', 'x'], 4]);
  });

  it('export functions that the engine can call, whatever they are to the script', async () => {
    const { exported, iterate } = await start(
      `const http = require('k6/http'); const later = async (x) => http.get(x).body; exports.default = later; exports.setup = async () => { const p = later('s'); return [p instanceof Promise, await p]; };`,
    );
    expect(await iterate('a')).toBe('body of a');
    expect(await (exported.setup as Any)()).toEqual([true, 'body of s']);
  });

  it('may be re-exported with a k6 module', async () => {
    const { iterate } = await start({
      'main.js': `import * as lib from './lib.js'; export * from 'k6/http'; export default () => [lib.get('a').body, lib.own];`,
      'lib.js': `export * from 'k6/http'; export const own = 1;`,
    });
    expect(await iterate()).toEqual(['body of a', 1]);
  });
});

describe('https imports', () => {
  const asked: string[] = [];
  const files: Record<string, string> = {
    '/lib/a.js': `import http from 'k6/http'; import { b } from './b.ts'; import { c } from '/c.js'; export const hit = (x) => http.get(x + b + c).body; export const where = import.meta.resolve('./z.txt'); export function boom() { throw new Error('boom'); }`,
    '/lib/b.ts': 'export const b: string = "b";',
    '/c.js': 'export const c = "c"; export const each = (list, f) => list.forEach(f);',
    '/bad.js': 'export const x = ;',
    '/local.js': 'import x from "file:///etc/passwd"; export default x;',
    '/bare.js': 'import x from "lodash"; export default x;',
  };
  let base = '';
  let server: https.Server;

  beforeAll(async () => {
    const pem = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    });
    globalAgent.options.ca = pem.cert;
    server = https.createServer({ key: pem.private, cert: pem.cert }, (request, response) => {
      asked.push(request.url ?? '');
      const name = new URL(request.url ?? '', 'https://localhost').pathname;
      if (name === '/moved.js') response.writeHead(302, { location: '/c.js' });
      else if (name === '/plain.js') response.writeHead(302, { location: 'http://localhost/c.js' });
      else if (files[name] === undefined) response.writeHead(404);
      response.end(files[name]);
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    base = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    delete globalAgent.options.ca;
    globalAgent.destroy();
    server.close();
  });

  it('are fetched once, with what they import', async () => {
    const code = `import { hit, where, boom } from '${base}/lib/a.js'; import { c } from '${base}/moved.js'; export default () => [hit('x'), where, c]; export const fail = () => { boom(); };`;
    const { iterate, exported, script } = await start(code);
    expect(await iterate()).toEqual(['body of xbc', `${base}/lib/z.txt`, 'c']);
    expect(asked.sort()).toEqual([
      '/c.js',
      '/c.js?_k6=1',
      '/lib/a.js?_k6=1',
      '/lib/b.ts?_k6=1',
      '/moved.js?_k6=1',
    ]);
    await start(code);
    expect(asked.length).toBe(5);
    expect(script.files.length).toBe(1);
    const { fail } = exported as Record<string, Any>;
    const error = (() => {
      try {
        return fail?.();
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(script.originalStack(error as Error)).toContain(
      `    at boom (${base}/lib/a.js:1:220)\n    at fail (file://`,
    );
  });

  it.each([
    ['none.js', 'cannot fetch BASE/none.js: the server has no such module'],
    ['plain.js', 'cannot fetch BASE/plain.js: it redirects to http://localhost/c.js, which is not https'],
    ['bad.js', 'BASE/bad.js:1:18: Unexpected ";"'],
    ['local.js', 'BASE/local.js:1:15: BASE may not load the local file file:///etc/passwd'],
    ['bare.js', 'BASE/bare.js:1:15: cannot find the module lodash: install it, or correct its name'],
  ])('fail in one line: %s', async (name, text) => {
    const error = await start(`import x from '${base}/${name}'; export default x;`).catch(
      (thrown: Error) => thrown,
    );
    const message = (error as Error).message.replaceAll(base, 'BASE');
    expect(message).toContain(text);
    expect(error).toMatchObject({ exitCode: 107 });
  });

  it('are opaque when they use no k6 module', async () => {
    const error = await start(
      `import http from 'k6/http'; import { each } from '${base}/c.js'; export default () => each([1], (x) => http.get(x));`,
    ).catch((thrown: Error) => thrown);
    expect((error as Error).message).toContain('a package is given what blocks');
  });
});

it('standard input is a script, JavaScript or TypeScript', async () => {
  const folder = project({ 'lib.js': 'export const a = 1;' });
  const before = Object.getOwnPropertyDescriptor(process, 'stdin') as PropertyDescriptor;
  const run = async (input: string) => {
    Object.defineProperty(process, 'stdin', { value: Readable.from([input]), configurable: true });
    const script = await compileScript('-', modules);
    const exported = await script.instantiate(hostOf());
    return (exported.default as Any)();
  };
  try {
    const head = `import { a } from '${folder}/lib.js';`;
    expect(await run(`${head} export default () => a + (1 < 2 > (0));`)).toBe(2);
    expect(await run(`${head} export default (x?: number): number => a as number;`)).toBe(1);
    await expect(run(`export default () => {`)).rejects.toThrow(/^-:1:23: /);
  } finally {
    Object.defineProperty(process, 'stdin', before);
  }
});
