import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FxscaleError } from '../../src/errors.ts';
import { compileScript, loadScript, transformScript } from '../../src/load/script.ts';
import { asynchronousHost, compile, type Files, modules, project, scriptPath } from './script-runs.ts';

async function failure(files: Files): Promise<FxscaleError> {
  const error = await compile(files).catch((thrown: unknown) => thrown);
  if (!(error instanceof FxscaleError)) throw error;
  error.message = error.message.replaceAll(/\S*fxscale-script-\w+\//g, '');
  return error;
}

/** An engine's view: one instance, its trace, and what the default function gives. */
async function run(files: Files) {
  const script = await compile(files);
  const host = asynchronousHost(script.concurrent);
  const exported = await script.instantiate(host);
  const iterate = exported.default as (data?: unknown) => unknown;
  return { script, host, exported, iterate };
}

describe('a script', () => {
  it('of the usual kind runs', async () => {
    const { script, exported, iterate, host } = await run(`
      import http from 'k6/http';
      import { check, group, sleep } from 'k6';
      import { SharedArray } from 'k6/data';
      import exec from 'k6/execution';
      import { Counter, Trend } from 'k6/metrics';
      export const options = { vus: 2, duration: '1s' };
      const users = new SharedArray('users', () => [{ name: 'ann' }, { name: 'bob' }]);
      const orders = new Counter('orders'), took = new Trend('took', true);
      export function setup() { return { token: http.post('login').body }; }
      export default function (data) {
        group('x', () => {
          const r = http.get(\`/\${users[exec.vu.idInTest].name}/\${data.token}/\${__VU}/\${__ITER}\`);
          check(r, { 'is 200': (r) => r.status === 200 });
          orders.add(1);
        });
        sleep(1);
      }`);
    expect(script.exports).toEqual(['default', 'options', 'setup']);
    expect(exported.options).toEqual({ vus: 2, duration: '1s' });
    const data = await (exported.setup as () => unknown)();
    host.vu.iteration = 4;
    await iterate(data);
    expect(host.trace).toEqual([
      'begin post login',
      'end post login',
      'group x',
      'begin get /bob/body of login/7/4',
      'end get /bob/body of login/7/4',
      'check is 200 true',
      'metric 1',
      'end group x',
      'begin sleep 1',
      'end sleep 1',
    ]);
  });

  it('gives each VU its own state from code that is compiled once', async () => {
    const script = await compile(
      `let count = 0; export let last; export default () => { count++; last = [count, __VU, __ITER, __ENV.BASE]; return last; };`,
    );
    const hosts = [1, 2].map((id) => ({
      ...asynchronousHost(false),
      vu: { id, iteration: 0 as number | undefined },
    }));
    const [a, b] = hosts.map((host) => script.instantiate(host) as Record<string, unknown>);
    const iterate = (exported: Record<string, unknown> = {}) => (exported.default as () => unknown)();
    expect(iterate(a)).toEqual([1, 1, 0, 'http://base']);
    if (hosts[0]) hosts[0].vu.iteration = 5;
    expect(iterate(a)).toEqual([2, 1, 5, 'http://base']);
    expect(iterate(b)).toEqual([1, 2, 0, 'http://base']);
    if (hosts[1]) hosts[1].vu.iteration = undefined;
    expect(iterate(b)).toEqual([2, 2, undefined, 'http://base']);
    // Exports are read live.
    expect(b?.last).toEqual([2, 2, undefined, 'http://base']);
  });

  it('is handed to a worker as plain data', async () => {
    const code = await transformScript(scriptPath(`export default () => 'x';`), modules, new Set());
    const script = loadScript(structuredClone(code));
    const exported = (await script.instantiate(asynchronousHost(false))) as Record<string, () => unknown>;
    expect(exported.default?.()).toBe('x');
  });

  it('says which of its files are the user’s own', async () => {
    const folder = project({
      'main.js': `import './b/c.js'; import a from './a.ts'; import x from 'pkg'; export default () => [a, x];`,
      'a.ts': `import d from './d.json'; export default d as number;`,
      'b/c.js': 'globalThis.sideEffect = 1;',
      'd.json': '3',
      'package.json': '{ "sideEffects": false }',
      'node_modules/pkg/package.json': '{ "name": "pkg", "main": "x.js" }',
      'node_modules/pkg/x.js': 'module.exports = 1;',
    });
    const { files } = await compileScript(path.join(folder, 'main.js'), modules);
    expect(files[0]).toBe(path.join(folder, 'main.js'));
    expect([...files].sort()).toEqual(
      ['a.ts', 'b/c.js', 'd.json', 'main.js'].map((each) => path.join(folder, each)),
    );
  });

  it('may be CommonJS', async () => {
    const { script, exported } = await run({
      'main.js': `exports.options = { vus: 3 }; module.exports.default = function () { return this === exports; };\nexports.setup = () => 1;`,
    });
    expect(script.exports.sort()).toEqual(['default', 'options', 'setup']);
    expect(exported.options).toEqual({ vus: 3 });
  });

  it('may end in anything, and imports by file URL, absolute path, JSON and package subpath', async () => {
    const folder = project({
      script: '',
      'a.js': 'export const a = 1;',
      'b.js': 'export const b = 2;',
      'node_modules/@s/pkg/package.json':
        '{ "name": "@s/pkg", "exports": { "./sub": { "import": "./s.mjs" } } }',
      'node_modules/@s/pkg/s.mjs': 'export default 4;',
    });
    const url = pathToFileURL(path.join(folder, 'a.js'));
    const files = {
      script: `#!/usr/bin/env k6\nimport { a } from '${url}'; import { b } from '${folder}/b.js'; import data from '${folder}/d.json'; import s from '@s/pkg/sub'; export default () => [a, b, data.c, s];`,
      'd.json': '{ "c": 3 }',
    };
    const more = project({ ...files, 'd.json': files['d.json'] });
    expect(more).not.toBe(folder);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path.join(folder, 'd.json'), files['d.json']);
    writeFileSync(path.join(folder, 'script'), files.script);
    const script = await compileScript(path.join(folder, 'script'), modules);
    const exported = (await script.instantiate(asynchronousHost(false))) as Record<string, () => unknown>;
    expect(exported.default?.()).toEqual([1, 2, 3, 4]);
  });
});

describe('fails in one line', () => {
  it.each<[string, Files, string, number, string]>([
    [
      'syntax',
      `export default function () {\n  const x = ;\n}`,
      'SCRIPT',
      107,
      'main.js:2:13: Unexpected ";"',
    ],
    [
      'syntax in an import',
      { 'main.js': `import './ä.ts';`, 'ä.ts': `const ü = 1; let x: number == 2;` },
      'SCRIPT',
      107,
      'ä.ts:1:28: Expected ";" but found "=="',
    ],
    [
      'a bad regular expression',
      `\nexport default () => /(/.test('');`,
      'SCRIPT',
      107,
      'main.js:2:22: Invalid regular expression',
    ],
    [
      'a file that is not there',
      `import { a } from './no/such.js'; export default a;`,
      'SCRIPT',
      107,
      'main.js:1:19: cannot find the module ./no/such.js',
    ],
    [
      'a package that is not there',
      `import _ from 'lodash-not-there';\nexport default _;`,
      'SCRIPT',
      107,
      'main.js:1:15: cannot find the module lodash-not-there: install it, or correct its name',
    ],
    [
      'a module of Node',
      `import fs from 'fs';\nexport default fs;`,
      'SCRIPT',
      107,
      'main.js:1:16: cannot find the module fs',
    ],
    [
      'a module that k6 does not have',
      `import x from 'k6/nothing';\nexport default x;`,
      'SCRIPT',
      107,
      'main.js:1:15: k6 has no module k6/nothing',
    ],
    [
      'a module of k6 that is not supported yet',
      `import ws from 'k6/ws';\nexport default ws;`,
      'SCRIPT',
      107,
      'main.js:1:16: k6/ws is not supported yet: run the script with --engine k6',
    ],
    [
      'the browser',
      `import { browser } from 'k6/browser';\nexport default browser;`,
      'SCRIPT',
      107,
      'main.js:1:25: k6/browser drives a browser, which needs the real k6: run the script with --engine k6',
    ],
    [
      'extensions',
      `import sql from 'k6/x/sql';\nexport default sql;`,
      'SCRIPT',
      107,
      'main.js:1:17: k6/x/sql is an extension, which needs the real k6',
    ],
    [
      'imports over http',
      `import { a } from 'http://127.0.0.1/a.js';\nexport default a;`,
      'SCRIPT',
      107,
      'main.js:1:19: http://127.0.0.1/a.js cannot be imported by http: give a file or an https URL',
    ],
    [
      'a missing export',
      { 'main.js': `import { no } from './a.js'; export default no;`, 'a.js': 'export const a = 1;' },
      'SCRIPT',
      107,
      'main.js:1:10: No matching export in "a.js" for import "no"',
    ],
  ])('for %s', async (_, files, code, exit, text) => {
    const error = await failure(files);
    expect([error.code, error.exitCode]).toEqual([code, exit]);
    expect(error.message.slice(0, text.length)).toBe(text);
    expect(error.message).not.toContain('\n');
  });

  it('for a script that cannot be read', async () => {
    const folder = project({ 'a.js': '' });
    mkdirSync(path.join(folder, 'dir'));
    const message = async (name: string) => {
      const error = await compileScript(path.join(folder, name), modules).catch((thrown) => thrown);
      expect([error.code, error.exitCode]).toEqual(['FILE', 2]);
      return error.message.replaceAll(`${folder}/`, '');
    };
    expect(await message('none.js')).toBe('cannot read the script none.js: there is no such file');
    expect(await message('a.js/b.js')).toBe('cannot read the script a.js/b.js: there is no such file');
    expect(await message('dir')).toBe('dir is a folder: give the path of a k6 script, .js or .ts');
  });
});

describe('errors name the user’s places', () => {
  const files = {
    'main.ts': `import http from 'k6/http';
import { helper } from './lib/helper';
type Unused = { a: number };

export default function (): void {
  http.get('1');
  ['a'].map((x) => inner(x));
}

function inner(x: string) {
  http.get('2'); return helper(x as string);
}

export function direct() { helper('b'); }
export function host() {
  http.get('3');
  http.get('refused');
}
`,
    'lib/helper.ts': `interface Unused { b: string }
export const helper = (name: string) => {
  const text: string = name;   if (text) throw new TypeError('bad ' + text +
    '\\nin two lines');
};
`,
  };

  async function stackOf(name: string): Promise<string[]> {
    const { script, exported } = await run(files);
    const called = exported[name] as () => unknown;
    const error = await Promise.resolve()
      .then(called)
      .catch((thrown: Error) => thrown);
    const folder = pathToFileURL(path.dirname(script.files[0] ?? ''));
    return script
      .originalStack(error as Error)
      .replaceAll(`${folder}/`, '')
      .split('\n');
  }

  it('after something was awaited', async () => {
    expect(await stackOf('default')).toEqual([
      'TypeError: bad a',
      'in two lines',
      '    at helper (lib/helper.ts:3:48)',
      '    at inner (main.ts:11:25)',
      '    at main.ts:7:20',
      '    at default (main.ts:7:3)',
    ]);
  });

  it('without anything awaited', async () => {
    expect(await stackOf('direct')).toEqual([
      'TypeError: bad b',
      'in two lines',
      '    at helper (lib/helper.ts:3:48)',
      '    at direct (main.ts:14:28)',
    ]);
  });

  it('for errors of the engine', async () => {
    expect(await stackOf('host')).toEqual(['Error: refused refused', '    at host (main.ts:17:3)']);
  });

  it('where the script reads them itself, by k6’s names', async () => {
    const { script, iterate } = await run(`import http from 'k6/http';
class A { m() { this.#p(); } #p() { o.meth(); } static s() { new A().m(); } }
const o = { meth() { [1].map((x) => arrow(x)); }, fn: function () { throw new TypeError('bad'); }, stack: 'own' };
const arrow = (x) => { http.get(x); o.fn(); };
class B { constructor() { this.a = new A(); } }
export default function () {
  const b = new B(); const none = null;
  try { b.a.m(); } catch (e) { return [e.stack, (e, o).stack, none?.stack, o['stack'], e.stack.length > 9]; }
}`);
    const [stack, ...others] = (await iterate()) as string[];
    const folder = pathToFileURL(path.dirname(script.files[0] ?? '')).href;
    expect(stack?.replaceAll(`${folder}/`, '')).toMatch(
      /^TypeError: bad\n\tat fn \(main\.js:3:\d+\)\n\tat arrow \(main\.js:4:\d+\)\n/,
    );
    expect(stack).toMatch(/\n\tat #p \(.*\)\n\tat m \(.*:2:\d+\)\n\tat default \(.*:8:\d+\)\n$/);
    expect(others).toEqual(['own', undefined, 'own', true]);
  });

  it('at the top level', async () => {
    const script = await compile(`const a = 1;\nconst b = null;\n  b.c();\nexport default () => a;`);
    const error = (() => {
      try {
        return script.instantiate(asynchronousHost(false));
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(script.originalStack(error as Error)).toBe(
      `TypeError: Cannot read properties of null (reading 'c')\n    at ${pathToFileURL(script.files[0] ?? '')}:3:5`,
    );
  });

  it('for a place in the compiled code', async () => {
    const script = await compile(`export default () => {\n  missing();\n};`);
    const exported = (await script.instantiate(asynchronousHost(false))) as Record<string, () => unknown>;
    const error = await Promise.resolve()
      .then(() => exported.default?.())
      .catch((thrown: Error) => thrown);
    const [, line, column] = /:(\d+):(\d+)\)?$/m.exec((error as Error).stack ?? '') ?? [];
    expect(script.location(Number(line), Number(column))).toMatch(/main\.js:2:3$/);
    expect(script.location(1, 1)).toBeUndefined();
  });
});
