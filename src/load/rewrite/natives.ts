import type { Analysis } from './analysis.ts';
import { argumentsOf, type Call, connect, pass } from './calls.ts';
import type { Slot } from './flow.ts';
import { keep } from './foreign-calls.ts';
import { callEach } from './methods.ts';
import { FunctionValue, HostValue, ObjectValue } from './values.ts';

type Model = (call: Call, analysis: Analysis, first: Slot, second: Slot) => void;

/** The result is, or holds what is in, the first argument. */
const pass1: Model = (call, _, first) => first.to(call.result);

const settled: Model = (call, { world }, first) => {
  world.settle(first).to(call.result);
  call.result.add(world.promise);
};

const together: Model = (call, { world }, first) => {
  const elements = world.settle(world.iterate(first));
  call.result.add(world.array(elements));
  elements.to(call.result);
  call.result.add(world.promise);
};

const container =
  (isMap: boolean): Model =>
  (call, { world }, first) => {
    const made = new ObjectValue(world.flow, isMap ? 'map' : 'array');
    const elements = world.iterate(first);
    (isMap ? world.iterate(elements) : elements).to(made.unknown);
    call.result.add(made);
  };

const arrayOf: Model = (call, { world }) => {
  const made = world.array();
  for (const arg of argumentsOf(call)) arg.to(made.unknown);
  call.result.add(made);
};

const assignInto: Model = (call, _, first) => {
  const [, ...sources] = argumentsOf(call);
  first.each((target) => {
    if (target instanceof ObjectValue) for (const source of sources) source.to(target.parents);
  });
  first.to(call.result);
};

const laterCall: Model = (call, analysis, first) => {
  keep(call, [first], analysis);
  call.result.add(analysis.world.external);
};

const refused =
  (what: string, index: 0 | 1): Model =>
  (call, analysis, first, second) => {
    call.result.add(analysis.world.external);
    const functions = index === 0 ? first : second;
    analysis.sinks.push({ node: call.site.node, functions, what });
  };

/** The bundler's helper around the body of a module that is run on demand, such as a CommonJS module: `(exports, module) => {...}` in an object. */
const commonJs: Model = (call, { world }, first) => {
  const module = world.object();
  const exports = module.field('exports');
  exports.add(world.object());
  first.each((holder) => {
    if (!(holder instanceof ObjectValue)) return;
    holder.all.each((body) => {
      if (!(body instanceof FunctionValue)) return;
      body.role = 'module';
      pass(body, [exports, world.flow.slot(module)]);
      exports.to(body.result);
      call.result.add(body);
    });
  });
};

/** The bundler's helper that makes a namespace of what a CommonJS module exports. */
const namespaceOf: Model = (call, { world }, first) => {
  const namespace = world.object();
  first.to(namespace.parents);
  first.to(namespace.field('default'));
  call.result.add(namespace);
};

/** The bundler's helper that gives a namespace its exports: `{ name: () => value }`. */
const exportAll: Model = (_, { world }, first, second) => {
  second.each((getters) => {
    if (!(getters instanceof ObjectValue)) return;
    for (const [name, slot] of getters.fields) world.store(first, name, world.results(slot));
  });
};

/** `require` of one of k6's modules. */
const required: Model = (call, { world }) => {
  const { node } = call.site;
  const [specifier] = node.type === 'CallExpression' ? node.arguments : [];
  const host = specifier?.type === 'Literal' ? world.host(String(specifier.value)) : undefined;
  if (host) call.result.add(host);
  else for (const each of world.hosts()) call.result.add(each);
};

const models: Record<string, Model> = {
  __require: required,
  __esm: commonJs,
  __commonJS: commonJs,
  __toESM: namespaceOf,
  __toCommonJS: pass1,
  __export: exportAll,
  __reExport: assignInto,
  __copyProps: assignInto,
  Array: arrayOf,
  'Array.of': arrayOf,
  'Array.from': (call, analysis, first, second) => {
    const elements = analysis.world.iterate(first);
    if (second !== analysis.world.nothing) call.site.callers.add('Array.from');
    const [, , self] = call.args;
    const mapped = callEach({ ...call, args: self ? [second, self] : [] }, second, [elements], analysis);
    call.result.add(analysis.world.array(analysis.union(elements, mapped)));
  },
  Map: container(true),
  WeakMap: container(true),
  Set: container(false),
  WeakSet: container(false),
  Object: pass1,
  'Object.assign': assignInto,
  'Object.freeze': pass1,
  'Object.seal': pass1,
  'Object.preventExtensions': pass1,
  'Object.getPrototypeOf': pass1,
  'Object.create': (call, analysis, first, second) => {
    const made = analysis.world.object();
    first.to(made.parents);
    call.result.add(made);
    describe(analysis.world.flow.slot(made), undefined, second, call, analysis);
  },
  'Object.setPrototypeOf': assignInto,
  'Object.values': (call, { world }, first) => {
    const values = world.array();
    world.load(first, undefined, values.unknown);
    call.result.add(values);
  },
  'Object.entries': (call, { world }, first) => {
    const pair = world.array();
    world.load(first, undefined, pair.unknown);
    call.result.add(world.array(world.flow.slot(pair)));
  },
  'Object.fromEntries': (call, { world }, first) => {
    const made = world.object();
    world.iterate(world.iterate(first)).to(made.unknown);
    call.result.add(made);
  },
  'Object.defineProperty': (call, analysis, first) => {
    const [, , descriptor = analysis.world.nothing] = call.args;
    describe(first, descriptor, undefined, call, analysis);
    first.to(call.result);
  },
  'Object.defineProperties': (call, analysis, first, second) => {
    describe(first, undefined, second, call, analysis);
    first.to(call.result);
  },
  Promise: refused('a promise’s executor', 0),
  'Promise.resolve': settled,
  'Promise.all': together,
  'Promise.allSettled': together,
  'Promise.any': together,
  'Promise.race': together,
  Proxy: (call, analysis, first, second) => {
    first.to(call.result);
    const traps = analysis.world.flow.slot();
    analysis.world.load(second, undefined, traps);
    analysis.sinks.push({ node: call.site.node, functions: traps, what: 'a proxy' });
  },
  'Reflect.get': (call, { world }, first) => world.load(first, undefined, call.result),
  'Reflect.apply': (call, analysis, first, second) => {
    const [, , list = analysis.world.nothing] = call.args;
    const spread = analysis.world.iterate(list);
    first.each((value) => {
      if (value instanceof HostValue) call.site.targets.add(value);
      if (!(value instanceof FunctionValue)) return;
      call.site.targets.add(value);
      connect({ ...call, args: [], spread }, value, second, analysis);
    });
  },
  'Reflect.construct': refused('Reflect.construct()', 0),
  'JSON.parse': refused('JSON.parse()', 1),
  'JSON.stringify': refused('JSON.stringify()', 1),
  'Object.groupBy': refused('Object.groupBy()', 1),
  'Map.groupBy': refused('Map.groupBy()', 1),
  setTimeout: laterCall,
  setInterval: laterCall,
  setImmediate: laterCall,
  queueMicrotask: laterCall,
};

/** Property descriptors: values are stored, accessors are called by the engine. */
function describe(
  target: Slot,
  descriptor: Slot | undefined,
  descriptors: Slot | undefined,
  call: Call,
  { world, sinks }: Analysis,
): void {
  const single = descriptor ?? world.flow.slot();
  if (descriptors) world.load(descriptors, undefined, single);
  const held = { value: world.flow.slot(), get: world.flow.slot(), set: world.flow.slot() };
  for (const key of ['value', 'get', 'set'] as const) world.load(single, key, held[key]);
  world.store(target, undefined, held.value);
  world.store(target, undefined, world.results(held.get));
  sinks.push({ node: call.site.node, functions: held.get, what: 'a getter' });
  sinks.push({ node: call.site.node, functions: held.set, what: 'a setter' });
}

/** Whether this function of JavaScript's own is one that passes on, or calls, what it is given. */
export function isModelled(path: string): boolean {
  return Object.hasOwn(models, path);
}

/** A call of one of JavaScript's own functions, or of the bundler's helpers. */
export function callNative(call: Call, path: string, analysis: Analysis): void {
  const { world } = analysis;
  const model = isModelled(path) ? models[path] : undefined;
  const [first = call.spread ?? world.nothing, second = call.spread ?? world.nothing] = call.args;
  if (path === 'Promise') call.result.add(world.promise);
  if (model) {
    model(call, analysis, first, second);
    return;
  }
  call.result.add(world.external);
  // JavaScript's other functions call none that they are given, except through `Array.prototype.map.call` and its like.
  if (!path.includes('.prototype.')) return;
  const given = analysis.union(...argumentsOf(call));
  given.to(call.result);
  const what = `a method of ${path.split('.')[0]}.prototype`;
  analysis.sinks.push({ node: call.site.node, functions: given, what });
}
