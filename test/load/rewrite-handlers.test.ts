import { expect, it } from 'vitest';
import { compileScript, type ModuleSurface, type ScriptHost } from '../../src/load/script.ts';
import { scriptPath } from './script-runs.ts';

const surface = (names: string, more: Record<string, string> = {}): ModuleSurface => ({
  names: new Set(names.split(' ')),
  blocking: new Set(),
  callbacks: new Set(),
  ...Object.fromEntries(Object.entries(more).map(([key, list]) => [key, new Set(list.split(' '))])),
});

const modules = new Map([
  ['k6/http', surface('get', { blocking: 'get' })],
  ['k6/timers', surface('setTimeout', { handlers: 'setTimeout' })],
  [
    'k6/ws',
    surface('connect', { blocking: 'connect', handlers: 'connect', handlerMethods: 'on setTimeout' }),
  ],
  ['k6/websockets', surface('WebSocket')],
  ['k6/html', surface('parseHTML', { callbackMethods: 'each map' })],
  ['k6/net/grpc', surface('Client', { methods: 'invoke', promiseMethods: 'asyncInvoke' })],
  ['k6/experimental/streams', surface('ReadableStream', { handlers: 'ReadableStream' })],
]);

type Any = (...args: unknown[]) => unknown;

/** An engine whose event loop calls, one after the other, what it was given, and waits for each. */
function engine() {
  const trace: unknown[] = [];
  const tasks: (() => unknown)[] = [];
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const later = (called: unknown, ...args: unknown[]) => {
    tasks.push(() => (called as Any)(...args));
  };
  const socket = {
    on: (name: string, called: unknown) => later(called, name),
    setTimeout: (called: unknown) => later(called),
  };
  class WebSocket {
    onmessage: Any | undefined;
    constructor() {
      later(() => this.onmessage?.({ data: 'hello' }));
    }
    addEventListener(name: string, called: unknown) {
      later(called, { type: name });
    }
  }
  class ReadableStream {
    constructor({ start }: { start: Any }) {
      later(start, 'controller');
    }
  }
  class Client {
    async invoke(name: string) {
      trace.push(`begin ${name}`);
      await turn();
      trace.push(`end ${name}`);
      return { message: name };
    }
    async asyncInvoke(name: string) {
      return { message: `later ${name}` };
    }
  }
  const each = Object.assign((called: Any) => ['p', 'q'].map((x, i) => called(i, x))[2], {
    async blocking(called: Any) {
      for (const [i, x] of ['p', 'q'].entries()) await called(i, x);
    },
  });
  const map = Object.assign((called: Any) => ['p', 'q'].map((x, i) => called(i, x)), {
    async blocking(called: Any) {
      return [await called(0, 'p'), await called(1, 'q')];
    },
  });
  const get = async (url: unknown) => {
    trace.push(`begin ${url}`);
    await turn();
    trace.push(`end ${url}`);
    return { body: `body of ${url}` };
  };
  const connect = async (_: unknown, called: Any) => {
    await called(socket);
    for (let next = tasks.shift(); next; next = tasks.shift()) await next();
  };
  const host: ScriptHost = {
    modules: {
      'k6/http': { default: { get } },
      'k6/timers': {
        setTimeout: (called: unknown, _: unknown, ...args: unknown[]) => later(called, ...args),
      },
      'k6/ws': { default: { connect } },
      'k6/websockets': { WebSocket },
      'k6/html': { parseHTML: () => ({ find: () => ({ each, map }) }) },
      'k6/net/grpc': { default: { Client } },
      'k6/experimental/streams': { ReadableStream },
    },
    env: {},
    globals: {
      console: { log: (...args: unknown[]) => trace.push(args.join(' ')) },
      setTimeout: (called: unknown) => later(called),
    },
    vu: { id: 1, iteration: 0 },
  };
  const run = async (exported: Record<string, unknown>) => {
    const result = await (exported.default as Any)();
    for (let next = tasks.shift(); next; next = tasks.shift()) await next();
    return result;
  };
  return { host, trace, run };
}

async function runScript(body: string, isAsync = false) {
  const script = await compileScript(
    scriptPath(`import http from 'k6/http'; import { setTimeout as soon } from 'k6/timers'; import ws from 'k6/ws';
import { WebSocket } from 'k6/websockets'; import { parseHTML } from 'k6/html'; import grpc from 'k6/net/grpc';
import { ReadableStream } from 'k6/experimental/streams';
const hit = (name) => { console.log('hit', name); return http.get(name).body; };
export default ${isAsync ? 'async ' : ''}function () { ${body} }`),
    modules,
    new Set(['console', 'setTimeout']),
  );
  const { host, trace, run } = engine();
  const result = await run(await script.instantiate(host));
  return { trace: trace as string[], concurrent: script.concurrent, result };
}

const hits = (...names: string[]) => names.flatMap((name) => [`hit ${name}`, `begin ${name}`, `end ${name}`]);

it.each<[string, string, string[]]>([
  [
    'of timers',
    `soon((a, f) => { hit(a); f('g'); }, 10, 'a', hit); console.log('main');`,
    ['main', ...hits('a', 'g')],
  ],
  ['of the global timers', `setTimeout(() => hit('a'), 10); console.log('main');`, ['main', ...hits('a')]],
  [
    'in ws.connect, and in its callback',
    `ws.connect('url', function (socket) { hit('first'); socket.on('open', (x) => { hit(x); console.log('done'); }); socket.setTimeout(() => hit('t'), 1); }); console.log('main');`,
    [...hits('first', 'open'), 'done', ...hits('t'), 'main'],
  ],
  [
    'set as properties of the engine’s objects',
    `const s = new WebSocket('url'); s.onmessage = (e) => { hit(e.data); console.log('got'); }; hit('main');`,
    [...hits('main', 'hello'), 'got'],
  ],
  [
    'added as listeners, by name',
    `function opened(e) { hit(e.type); console.log('got'); } const s = new WebSocket('url'); s['addEventListener']('open', opened);`,
    [...hits('open'), 'got'],
  ],
  [
    'in objects that the engine is given',
    `new ReadableStream({ start(c) { hit(c); console.log('started'); } });`,
    [...hits('controller'), 'started'],
  ],
  [
    'that are async and called by the script too',
    `const f = async (x) => hit(x); soon(f, 1, 'later'); const p = f('now'); console.log(p instanceof Promise);`,
    [...hits('now'), 'true', ...hits('later')],
  ],
  [
    'called before a method of the engine’s returns',
    `parseHTML('').find('x').each((i, x) => { hit(x + i); }); console.log(parseHTML('').find('x').map((i, x) => hit(x)).join());`,
    [...hits('p0', 'q1', 'p', 'q'), 'body of p,body of q'],
  ],
  [
    'that hold promises of the engine’s',
    `const c = new grpc.Client(); const f = () => { c.invoke('m'); return c.asyncInvoke('n'); }; const p = f(); soon(() => p.then((r) => { hit(r.message); }), 1); console.log(p instanceof Promise);`,
    ['begin m', 'end m', 'true', ...hits('later n')],
  ],
])('waits in handlers %s', async (_, body, wanted) => {
  const { trace } = await runScript(body);
  expect(trace).toEqual(wanted);
});

it('lets two parts of a script block only where handlers do', async () => {
  const concurrent = async (body: string) => (await runScript(body)).concurrent;
  expect(await concurrent(`soon(() => console.log('a'), 10); hit('b');`)).toBe(false);
  expect(await concurrent(`soon(() => hit('a'), 10); hit('b');`)).toBe(true);
  expect(await concurrent(`new WebSocket('u').onmessage = () => hit('a');`)).toBe(true);
  expect(await concurrent(`const data = JSON.parse('{}'); data.list?.forEach((x) => hit(x));`)).toBe(false);
});

it('gives what `then` calls its own promise', async () => {
  const { result } = await runScript(
    `const f = async (x) => hit(x); await f('1'); return Promise.resolve('2').then(f).then((x) => x + '!');`,
    true,
  );
  expect(result).toBe('body of 2!');
});
