import type { Analysis, Sink } from './analysis.ts';
import { argumentsOf, type Call, connect, pass } from './calls.ts';
import type { Slot } from './flow.ts';
import { callHost } from './foreign-calls.ts';
import { Counter } from './heap.ts';
import { FunctionValue, HostValue, ObjectValue, type Value } from './values.ts';

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

/** What JavaScript's own methods do when `call` is a method call on one of `receiver`. */
export function callMethods(call: Call, receiver: Slot, analysis: Analysis): void {
  const { world } = analysis;
  const { key } = call.site;
  if (key === undefined) return;
  const containers = world.flow.slot();
  const objects = new Counter();
  receiver.each((value) => {
    if (value instanceof HostValue || value instanceof FunctionValue) {
      callFunctionMethod(call, key, value, analysis);
    } else if (value.shape !== 'plain' || !objects.more()) world.addContainers(value, containers);
  });
  containers.each((value) => {
    if (value instanceof ObjectValue) callMethod(call, key, value, analysis);
  });
}

function callMethod(call: Call, key: string, value: ObjectValue, analysis: Analysis): void {
  if (value.shape === 'promise' || value.shape === 'external') callPromise(call, key, analysis);
  if (value.shape !== 'array' && value.shape !== 'map' && value.shape !== 'external') return;
  const describe = isArrayMethod(key) ? describeArray : describeContainer;
  addReceiver(call, value, analysis, (all) => describe(call, key, all, analysis));
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
      : { ...call, args: [], spread: world.iterate(rest[0] ?? world.nothing) };
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

/** The arrays, maps and the like that a method is called on, and what is in them. */
type Receivers = { containers: Slot; elements: Slot };

/**
 * Adds `value` to the receivers of the call, and describes the call when it is the first. What a call makes is made
 * once for all receivers: a result may come back as a receiver, as in `list = list.map(f)`.
 */
function addReceiver(
  call: Call,
  value: ObjectValue,
  { world }: Analysis,
  describe: (all: Receivers) => void,
): void {
  const known = call.receivers;
  const receivers = known ?? { containers: world.flow.slot(), elements: world.flow.slot() };
  call.receivers = receivers;
  receivers.containers.add(value);
  value.unknown.to(receivers.elements);
  if (!known) describe(receivers);
}

function describeArray(
  call: Call,
  key: string,
  { containers, elements }: Receivers,
  analysis: Analysis,
): void {
  const { world } = analysis;
  const { site, result } = call;
  const [callback = world.nothing, initial = world.nothing] = call.args;
  const given = foldMethods.has(key)
    ? [result, elements, world.nothing, containers]
    : sortMethods.has(key)
      ? [elements, elements]
      : [elements, world.nothing, containers];
  site.callers.add('array');
  const returned = callEach(call, callback, given, analysis);
  if (foldMethods.has(key)) for (const each of [initial, elements, returned]) each.to(result);
  else if (key === 'map') result.add(world.array(returned));
  else if (key === 'flatMap') result.add(world.array(analysis.union(world.iterate(returned), returned)));
  else if (key === 'find' || key === 'findLast') elements.to(result);
  else if (key === 'filter' || sortMethods.has(key)) containers.to(result);
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
  ...['flat', 'copyWithin'],
]);

/** Methods that put elements in and give them back; others give strings and numbers. */
function describeContainer(
  call: Call,
  key: string,
  { containers, elements }: Receivers,
  analysis: Analysis,
): void {
  const { world } = analysis;
  const { result } = call;
  if (storing.has(key)) {
    const given = analysis.union(...argumentsOf(call));
    const stored = key === 'concat' ? analysis.union(given, world.iterate(given)) : given;
    containers.each((value) => {
      if (value instanceof ObjectValue) stored.to(value.unknown);
    });
  }
  if (givingSelf.has(key)) containers.to(result);
  else if (!takingOne.has(key)) result.add(world.external);
  if (key === 'flat') result.add(world.array(world.iterate(elements)));
  if (key === 'values' || key === 'keys') result.add(world.array(elements));
  if (key === 'entries') result.add(world.array(world.flow.slot(world.array(elements))));
  if (takingOne.has(key)) elements.to(result);
  if (key === 'next') {
    const step = world.object();
    elements.to(step.field('value'));
    result.add(step);
  }
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
