import type { Analysis } from './analysis.ts';
import { argumentsOf, type Call, pass } from './calls.ts';
import type { Slot } from './flow.ts';
import { isArrayMethod } from './methods.ts';
import { calleeOf, keyOf } from './syntax.ts';
import { FunctionValue, type HostValue, NativeValue, ObjectValue, type Value } from './values.ts';

/** A call of an export of a k6 module. */
export function callHost(call: Call, host: HostValue, analysis: Analysis): void {
  const { site, result } = call;
  if (host.name === undefined) return;
  site.targets.add(host);
  result.add(analysis.world.external);
  if (host.givesPromise) result.add(analysis.world.promise);
  if (host.callsBack) callBack(call, analysis);
  else if (host.keeps) keep(call, argumentsOf(call), analysis);
  else if (!host.blocks) {
    const functions = analysis.union(...argumentsOf(call));
    analysis.sinks.push({ node: site.node, functions, what: host.title });
  }
}

/** `group` and `check` call the functions among their arguments, and those in objects among them. */
function callBack(call: Call, { world }: Analysis): void {
  const { site, result } = call;
  site.callers.add('k6');
  const functions = world.flow.slot();
  for (const arg of argumentsOf(call)) {
    arg.each((value) => {
      if (value instanceof FunctionValue) {
        functions.add(value);
        value.result.to(result);
      } else if (value instanceof ObjectValue && value.shape === 'plain') value.all.to(functions);
      else functions.add(value);
    });
  }
  functions.each((value) => {
    // An async function is the user's mistake, which the engine reports when it is called.
    if (value instanceof FunctionValue && !value.isAsync) {
      site.callbacks.add(value);
      pass(value, call.args);
    } else if (!(value instanceof ObjectValue)) site.callbacks.add(value);
  });
}

/**
 * The engine keeps the functions in `given`, and those in objects in it, and calls them later. What a timer is given
 * besides, from the third argument on, is for them.
 */
export function keep(call: Call, given: Slot[], { world }: Analysis): void {
  const { site } = call;
  const take = (value: Value) => {
    if (!(value instanceof ObjectValue) || value instanceof FunctionValue) site.later.add(value);
    if (!(value instanceof FunctionValue)) return;
    value.anyParam.add(world.external);
    pass(value, call.args.slice(2), call.spread);
  };
  for (const slot of given) {
    slot.each((value) => {
      take(value);
      if (value.kind === 'object' && value.shape === 'plain') value.all.each(take);
    });
  }
}

/** A call of an opaque package: it may call what it is given, and give back whatever it was given. */
export function callLibrary(call: Call, analysis: Analysis): void {
  const { world } = analysis;
  const callee = calleeOf(call.site.node);
  // The bundler writes `(0, imported.each)()` for `each()`.
  const imported = callee.type === 'SequenceExpression' ? callee.expressions.at(-1) : undefined;
  const named = imported ?? callee;
  const given = world.flow.slot();
  for (const arg of argumentsOf(call)) arg.to(given);
  given.each((value) => {
    if (value instanceof FunctionValue) {
      given.to(value.anyParam);
      value.anyParam.add(world.external);
      value.result.to(given);
    } else if (value instanceof ObjectValue && value.shape !== 'native') value.all.to(given);
  });
  given.to(call.result);
  call.result.add(world.library);
  const method = named.type === 'MemberExpression' ? keyOf(named) : undefined;
  const what = method === undefined ? 'a package' : `${method}() of a package`;
  analysis.sinks.push({ node: imported ?? call.site.node, functions: given, what });
}

/** Methods that call a function later, when nothing of the script is running. */
const laterMethods = new Set(['then', 'catch', 'finally']);
/** Methods that store or compare what they are given. */
const harmlessMethods = new Set([
  ...[
    'push',
    'unshift',
    'splice',
    'fill',
    'concat',
    'with',
    'set',
    'add',
    'has',
    'delete',
    'get',
    'includes',
    'bind',
  ],
  ...['indexOf', 'lastIndexOf', 'log', 'info', 'warn', 'error', 'debug'],
]);

/** A method of the engine's calls the functions in `given` before it returns. */
function callForEngine(call: Call, given: Slot[], { world }: Analysis): void {
  const { site } = call;
  site.callers.add('engine');
  for (const slot of given) {
    slot.each((value) => {
      site.callbacks.add(value);
      if (value instanceof FunctionValue) value.anyParam.add(world.external);
    });
  }
}

/** A call of something that the engine gave, or of a method that JavaScript itself has. */
export function callUnknown(call: Call, analysis: Analysis): void {
  const { site, result } = call;
  const { key } = site;
  const { external, methods, promise } = analysis.world;
  result.add(external);
  const given = argumentsOf(call);
  if (key !== undefined) {
    if (methods.promising.has(key)) result.add(promise);
    if (methods.keeping.has(key)) {
      keep(call, given, analysis);
      return;
    }
    if (methods.calling.has(key)) {
      callForEngine(call, given, analysis);
      return;
    }
    if (laterMethods.has(key)) for (const arg of given) arg.to(site.later);
    if (laterMethods.has(key) || harmlessMethods.has(key) || isArrayMethod(key)) return;
  }
  // `Object.keys(f)` and its like call nothing; those of JavaScript's own functions that do are modelled.
  if (site.receiver?.values.some((value) => value instanceof NativeValue)) return;
  const what = key === undefined ? 'code that is not the script’s own' : `${key}()`;
  const functions = analysis.union(...given);
  analysis.sinks.push({ node: site.node, functions, what, unless: site.targets });
}
