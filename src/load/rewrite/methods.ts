import type { Analysis, Sink } from './analysis.ts';
import { argumentsOf, type Call, connect, pass } from './calls.ts';
import type { Slot } from './flow.ts';
import { callHost } from './foreign-calls.ts';
import { FunctionValue, HostValue, type ObjectValue, type Value } from './values.ts';

/** Methods of arrays that call a function for each element. */
const elementMethods = new Set([
  ...['map', 'forEach', 'filter', 'some', 'every', 'flatMap'],
  ...['find', 'findIndex', 'findLast', 'findLastIndex'],
]);
const foldMethods = new Set(['reduce', 'reduceRight']);
const sortMethods = new Set(['sort', 'toSorted']);

/** Methods of arrays that call a function, for which there is a form that awaits it. */
export function isArrayMethod(key: string): boolean {
  return elementMethods.has(key) || foldMethods.has(key) || sortMethods.has(key);
}

/** What JavaScript's own methods do when `call` is a method call on `value`. */
export function callMethod(call: Call, value: Value, analysis: Analysis, seen = new Set<Value>()): void {
  const { key } = call.site;
  if (key === undefined || seen.has(value)) return;
  seen.add(value);
  if (value instanceof HostValue || value instanceof FunctionValue) {
    callFunctionMethod(call, key, value, analysis);
    return;
  }
  if (value.shape === 'plain') value.parents.each((parent) => callMethod(call, parent, analysis, seen));
  else if (value.shape === 'promise') callPromise(call, key, analysis);
  else if (value.shape !== 'native' && value.shape !== 'library') {
    if (isArrayMethod(key)) callArray(call, key, value, analysis);
    else callContainer(call, key, value, analysis);
    if (value.shape === 'external') callPromise(call, key, analysis);
  }
}

/** `f.call(...)`, `f.apply(...)`, `f.bind(...)`. */
function callFunctionMethod(call: Call, key: string, value: Value, analysis: Analysis): void {
  const { world } = analysis;
  if (key === 'bind') {
    call.result.add(value);
    if (value instanceof FunctionValue) bind(call, value);
    return;
  }
  if (key !== 'call' && key !== 'apply') return;
  const [self = world.nothing, ...rest] = call.args;
  const given: Call =
    key === 'call'
      ? { ...call, args: rest }
      : { ...call, args: [], spread: world.iterate(analysis.union(...rest)) };
  if (value instanceof HostValue) {
    if (value.callsBack) analysis.sinks.push(sinkOf(call, `${value.title}.${key}()`, analysis));
    else callHost(given, value, analysis);
  }
  if (value instanceof FunctionValue && !value.isClass) {
    call.site.targets.add(value);
    connect(given, value, self, analysis);
  }
}

function sinkOf(call: Call, what: string, analysis: Analysis): Sink {
  return { node: call.site.node, functions: analysis.union(...argumentsOf(call)), what };
}

function bind(call: Call, value: FunctionValue): void {
  const [self, ...bound] = call.args;
  self?.to(value.self);
  if (bound.length === 0 && !call.spread) return;
  // Bound arguments move the later ones along: any argument may reach any parameter.
  for (const arg of [...bound, ...(call.spread ? [call.spread] : [])]) arg.to(value.anyParam);
  for (const param of value.params) param.to(value.anyParam);
}

function callArray(call: Call, key: string, value: ObjectValue, analysis: Analysis): void {
  const { world } = analysis;
  const { site, result } = call;
  const [callback = world.nothing, initial = world.nothing] = call.args;
  const whole = world.flow.slot(value);
  const elements = value.unknown;
  const given = foldMethods.has(key)
    ? [result, elements, world.nothing, whole]
    : sortMethods.has(key)
      ? [elements, elements]
      : [elements, world.nothing, whole];
  site.callers.add('array');
  const returned = callEach(call, callback, given, analysis);
  if (foldMethods.has(key)) for (const each of [initial, elements, returned]) each.to(result);
  else if (key === 'map') result.add(world.array(returned));
  else if (key === 'flatMap') result.add(world.array(analysis.union(world.iterate(returned), returned)));
  else if (key === 'find' || key === 'findLast') elements.to(result);
  else if (key === 'filter' || sortMethods.has(key)) result.add(value);
}

/** Something calls the functions in `callback` for `call`; the answer is what they return. */
export function callEach(call: Call, callback: Slot, given: Slot[], { world }: Analysis): Slot {
  const returned = world.flow.slot();
  const [, self] = call.args;
  callback.each((value) => {
    if (value instanceof FunctionValue) {
      pass(value, given);
      self?.to(value.self);
      value.result.to(returned);
    } else returned.add(world.external);
    call.site.callbacks.add(value);
  });
  return returned;
}

const storing = new Set(['push', 'unshift', 'add', 'set', 'splice', 'fill', 'with', 'concat']);
const takingOne = new Set(['pop', 'shift', 'at', 'get', 'next']);
const givingSelf = new Set([
  ...['add', 'set', 'fill', 'with', 'concat', 'slice', 'splice', 'reverse', 'toReversed', 'toSpliced'],
  ...['values', 'keys', 'flat', 'copyWithin'],
]);

/** Methods that put elements in and give them back; others give strings and numbers. */
function callContainer(call: Call, key: string, value: ObjectValue, analysis: Analysis): void {
  const { world } = analysis;
  const { result } = call;
  if (storing.has(key)) {
    for (const arg of argumentsOf(call))
      (key === 'concat' ? concatenated(arg, analysis) : arg).to(value.unknown);
  }
  const isMap = value.shape === 'map' && (key === 'values' || key === 'keys');
  if (isMap) result.add(world.array(value.unknown));
  else if (givingSelf.has(key)) result.add(value);
  else result.add(world.external);
  if (key === 'flat') result.add(world.array(world.iterate(value.unknown)));
  if (key === 'entries') result.add(world.array(world.flow.slot(world.array(value.unknown))));
  if (takingOne.has(key)) value.unknown.to(result);
  if (key === 'next') {
    const step = world.object();
    value.unknown.to(step.field('value'));
    result.add(step);
  }
}

function concatenated(arg: Slot, analysis: Analysis): Slot {
  return analysis.union(arg, analysis.world.iterate(arg));
}

/** `then`, `catch` and `finally`: called later, with what the promise holds. */
function callPromise(call: Call, key: string, analysis: Analysis): void {
  const { world } = analysis;
  const { site, result, args } = call;
  if (key !== 'then' && key !== 'catch' && key !== 'finally') return;
  const held = world.settle(site.receiver ?? world.nothing);
  const given = key === 'then' ? held : world.externalSlot;
  for (const callback of args) {
    callback.to(site.later);
    callback.each((value) => {
      if (!(value instanceof FunctionValue)) return;
      pass(value, [given]);
      value.result.to(result);
    });
  }
  held.to(result);
  result.add(world.promise);
}
