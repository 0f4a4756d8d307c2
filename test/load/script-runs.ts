import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import { build } from 'esbuild';
import { afterAll } from 'vitest';
import {
  type CompiledScript,
  compileScript,
  type ModuleSurface,
  type ScriptHost,
} from '../../src/load/script.ts';

/**
 * Runs a script twice: rewritten, on a host whose blocking functions are asynchronous, and as it is, on a host whose
 * functions really block. Both write down what happens when; the two traces must be the same.
 */
const surface = (names: string, blocking = '', callbacks = '', promises = ''): ModuleSurface => ({
  names: new Set(names.split(' ')),
  blocking: new Set(blocking.split(' ')),
  callbacks: new Set(callbacks.split(' ')),
  promises: new Set(promises.split(' ')),
});

export const modules = new Map([
  ['k6', surface('check group sleep fail', 'sleep', 'check group')],
  [
    'k6/http',
    surface(
      'get post request batch options asyncRequest url',
      'get post request batch options',
      '',
      'asyncRequest',
    ),
  ],
  ['k6/data', surface('SharedArray')],
  ['k6/execution', surface('vu scenario')],
  ['k6/metrics', surface('Counter Trend')],
]);

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Writes files to a new folder and gives its path. */
export function project(files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-script-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

export type Files = string | Record<string, string>;

/** The script in `files`, or in `main.js` of several. */
export function scriptPath(files: Files): string {
  const folder = project(typeof files === 'string' ? { 'main.js': files } : files);
  return path.join(folder, typeof files === 'string' ? 'main.js' : (Object.keys(files)[0] ?? ''));
}

export async function compile(files: Files): Promise<CompiledScript> {
  return compileScript(scriptPath(files), modules);
}

type AnyFunction = (...args: unknown[]) => unknown;
type Host = ScriptHost & { trace: string[] };

const answer = (url: unknown) => ({
  status: 200,
  url,
  body: `body of ${url}`,
  json: () => ({ list: [1, 2, 3] }),
});

function hostWith(trace: string[], blocking: (name: string) => AnyFunction, callers: unknown[]): Host {
  const [group, check, quiet] = callers;
  class SharedArray extends Array {
    static override get [Symbol.species]() {
      return Array;
    }
    constructor(_: string, make: () => unknown[]) {
      super();
      this.push(...make());
    }
  }
  class Metric {
    add(value: number) {
      trace.push(`metric ${value}`);
    }
  }
  const later = async (method: string, url: string) => {
    trace.push(`started ${method} ${url}`);
    await new Promise((resolve) => setImmediate(resolve));
    trace.push(`finished ${method} ${url}`);
    return answer(url);
  };
  const fail = (text: string) => {
    throw new Error(text);
  };
  const http = {
    get: blocking('get'),
    post: blocking('post'),
    request: blocking('request'),
    batch: blocking('batch'),
    options: quiet,
    asyncRequest: later,
  };
  const k6 = { group, check, fail, sleep: blocking('sleep') };
  const withDefault = (module: Record<string, unknown>) => ({ ...module, default: module });
  return {
    trace,
    modules: {
      k6: withDefault(k6),
      'k6/http': withDefault(http),
      'k6/data': withDefault({ SharedArray }),
      'k6/execution': withDefault({ vu: { idInTest: 1 }, scenario: { name: 'default' } }),
      'k6/metrics': withDefault({ Counter: Metric, Trend: Metric }),
    },
    env: { BASE: 'http://base' },
    globals: {
      console: { log: (...args: unknown[]) => trace.push(args.map((each) => show(each)).join(' ')) },
    },
    vu: { id: 7, iteration: 0 },
  };
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}

function finish(trace: string[], name: string, args: unknown[]): unknown {
  trace.push(`end ${name} ${args[0]}`);
  if (String(args[0]).includes('refused')) throw new Error(`refused ${args[0]}`);
  return name === 'sleep' ? undefined : answer(args[0]);
}

/**
 * Blocking functions take until the next turn of the event loop. One that begins while another is under way is what
 * the rewrite must prevent; in a `concurrent` script it waits for its turn.
 */
export function asynchronousHost(concurrent: boolean): Host {
  const trace: string[] = [];
  let queue: Promise<unknown> = Promise.resolve();
  let pending = 0;
  const waiting: (() => void)[] = [];
  const runWaiting = () => {
    if (pending > 0) return;
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(runWaiting);
  };
  const blocking =
    (name: string) =>
    async (...args: unknown[]) => {
      pending++;
      if (pending > 1 && !concurrent) trace.push(`${name} ${args[0]} was not awaited`);
      const before = queue;
      let done: (value?: unknown) => void = () => {};
      queue = new Promise((resolve) => {
        done = resolve;
      });
      if (pending > 1) await before;
      trace.push(`begin ${name} ${args[0]}`);
      await new Promise((resolve) => setImmediate(resolve));
      pending--;
      done();
      setImmediate(runWaiting);
      return finish(trace, name, args);
    };
  const group = Object.assign((name: unknown, called: AnyFunction) => traced(trace, name, called), {
    blocking: async (name: unknown, called: AnyFunction) => {
      trace.push(`group ${name}`);
      try {
        return await called();
      } finally {
        trace.push(`end group ${name}`);
      }
    },
  });
  const check = Object.assign(
    (value: unknown, sets: Record<string, AnyFunction>) => checked(trace, value, sets),
    {
      blocking: async (value: unknown, sets: Record<string, AnyFunction>) => {
        let all = true;
        for (const [name, condition] of Object.entries(sets)) {
          const ok = Boolean(await condition(value));
          trace.push(`check ${name} ${ok}`);
          all &&= ok;
        }
        return all;
      },
    },
  );
  // Blocks without a trace, for what is called as often as it takes, such as comparators.
  const quiet = async (text: string) => {
    pending++;
    await new Promise((resolve) => setImmediate(resolve));
    pending--;
    setImmediate(runWaiting);
    return { size: sizeOf(text) };
  };
  const host = hostWith(trace, blocking, [group, check, quiet]);
  host.vu.free = () => {
    setImmediate(runWaiting);
    return new Promise((resolve) => waiting.push(resolve));
  };
  return host;
}

function sizeOf(text: string): number {
  return [...text].reduce((sum, character) => sum + character.charCodeAt(0), 0);
}

/** Blocking functions block. */
export function blockingHost(): Host {
  const trace: string[] = [];
  const blocking =
    (name: string) =>
    (...args: unknown[]) => {
      trace.push(`begin ${name} ${args[0]}`);
      return finish(trace, name, args);
    };
  const group = (name: unknown, called: AnyFunction) => traced(trace, name, called);
  const check = (value: unknown, sets: Record<string, AnyFunction>) => checked(trace, value, sets);
  const quiet = (text: string) => ({ size: sizeOf(text) });
  return hostWith(trace, blocking, [group, check, quiet]);
}

function traced(trace: string[], name: unknown, called: AnyFunction): unknown {
  trace.push(`group ${name}`);
  try {
    return called();
  } finally {
    trace.push(`end group ${name}`);
  }
}

function checked(trace: string[], value: unknown, sets: Record<string, AnyFunction>): boolean {
  let all = true;
  for (const [name, condition] of Object.entries(sets)) {
    const ok = Boolean(condition(value));
    trace.push(`check ${name} ${ok}`);
    all &&= ok;
  }
  return all;
}

/** What a function has not waited for itself goes on after it; what blocks without a trace takes a turn each time. */
async function settle(trace: string[]): Promise<void> {
  for (let length = -1; length !== trace.length; ) {
    length = trace.length;
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Runs `setup`, `default` and `teardown` as an engine would and gives the trace, errors included. */
async function lifeOf(exported: Record<string, unknown>, trace: string[]): Promise<string[]> {
  const call = async (name: string, data?: unknown) => {
    const called = exported[name];
    if (typeof called !== 'function') return undefined;
    let outcome: string;
    let result: unknown;
    try {
      result = await called(data);
      outcome = `gives ${show(result)}`;
    } catch (error) {
      // Rejections come wrapped, for the engine to tell them from what is thrown.
      outcome = `throws ${show((error as Error).cause ?? error)}`;
    }
    await settle(trace);
    trace.push(`${name} ${outcome}`);
    return result;
  };
  const data = await call('setup');
  await call('default', data);
  await call('teardown', data);
  return trace;
}

export async function runRewritten(files: Files): Promise<string[]> {
  const script = await compile(files);
  const host = asynchronousHost(script.concurrent);
  return lifeOf(await script.instantiate(host), host.trace);
}

export async function runBlocking(files: Files): Promise<string[]> {
  const file = scriptPath(files);
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'node20',
    external: ['k6', 'k6/*'],
    logLevel: 'silent',
    tsconfigRaw: '{}',
  });
  const host = blockingHost();
  const module = { exports: {} as Record<string, unknown> };
  const require = (name: string) => ({ ...host.modules[name], __esModule: true });
  vm.runInThisContext(
    `(function (module, exports, require, __ENV, __VU, __ITER, console) {${outputFiles[0]?.text}\n})`,
  )(module, module.exports, require, host.env, host.vu.id, host.vu.iteration, host.globals.console);
  return lifeOf(module.exports, host.trace);
}

export const nodeRequire = createRequire(import.meta.url);
