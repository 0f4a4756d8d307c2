import type { AnyNode, MemberExpression } from 'acorn';
import type { Analysis, Frame, Site } from './analysis.ts';
import { read, readMember } from './expressions.ts';
import type { Slot } from './flow.ts';
import { callHost, callLibrary, callUnknown } from './foreign-calls.ts';
import { Counter } from './heap.ts';
import { callMethods } from './methods.ts';
import { callNative } from './natives.ts';
import { type CallNode, calleeOf, keyOf } from './syntax.ts';
import { FunctionValue, HostValue, NativeValue, type Value } from './values.ts';

/** One call while its targets become known. */
export type Call = {
  site: Site;
  isNew: boolean;
  args: Slot[];
  /** What `...spread` arguments hold; they may be any argument from `spreadFrom` on. */
  spread: Slot | undefined;
  result: Slot;
  /** How many functions it may call. */
  functions: Counter;
  /** What `this` is in the functions called. */
  self: Slot;
  /** The arrays and the like that one of JavaScript's own methods is called on. */
  receivers?: { containers: Slot; elements: Slot };
};

/** Reads a call: its targets, and what flows through them. */
export function readCall(node: CallNode, frame: Frame, analysis: Analysis): Slot {
  const { world } = analysis;
  const { flow } = world;
  const callee = calleeOf(node);
  const site: Site = {
    node,
    owner: frame.owner,
    targets: flow.slot(),
    callbacks: flow.slot(),
    callers: new Set(),
    args: [],
    later: flow.slot(),
  };
  analysis.sites.push(site);
  const isNew = node.type === 'NewExpression';
  const call: Call = {
    site,
    isNew,
    args: site.args,
    spread: undefined,
    result: flow.slot(),
    functions: new Counter(),
    self: world.nothing,
  };
  if (callee.type === 'Super') {
    readArguments(node, call, frame, analysis);
    call.self = frame.self;
    frame.parent?.each((parent) => construct(call, parent, frame.self, analysis));
    return call.result;
  }
  const functions = readCallee(callee, call, frame, analysis);
  readArguments(node, call, frame, analysis);
  functions.each((value) => invoke(call, value, analysis));
  if (callee.type === 'MemberExpression' && !isNew && site.receiver) {
    callMethods(call, site.receiver, analysis);
  }
  return call.result;
}

/** What is called; a method's receiver is kept with the site. */
function readCallee(callee: AnyNode, call: Call, frame: Frame, analysis: Analysis): Slot {
  if (callee.type !== 'MemberExpression') return read(callee, frame, analysis);
  const functions = analysis.remember(callee, readMember(callee, frame, analysis));
  const isSuper = callee.object.type === 'Super';
  call.site.receiver = isSuper ? (frame.home ?? analysis.world.nothing) : receiverOf(callee, analysis);
  call.site.key = keyOf(callee);
  call.self = isSuper ? frame.self : call.site.receiver;
  return functions;
}

function receiverOf(callee: MemberExpression, analysis: Analysis): Slot {
  return analysis.slotOf(callee.object);
}

function readArguments(node: CallNode, call: Call, frame: Frame, analysis: Analysis): void {
  if (node.type === 'TaggedTemplateExpression') {
    call.args.push(analysis.world.externalSlot);
    for (const each of node.quasi.expressions) call.args.push(read(each, frame, analysis));
    return;
  }
  const spread: Slot[] = [];
  for (const argument of node.arguments) {
    if (argument.type === 'SpreadElement') {
      spread.push(analysis.world.iterate(read(argument.argument, frame, analysis)));
    } else {
      const value = read(argument, frame, analysis);
      // What follows a spread argument may be any argument.
      if (spread.length > 0) spread.push(value);
      else call.args.push(value);
    }
  }
  if (spread.length > 0) call.spread = analysis.union(...spread);
}

/** Adds `value` to what `call` calls. */
export function invoke(call: Call, value: Value, analysis: Analysis): void {
  if (value instanceof HostValue) callHost(call, value, analysis);
  else if (value instanceof NativeValue) callNative(call, value.path, analysis);
  else if (value === analysis.world.library) callLibrary(call, analysis);
  else if (value === analysis.world.external) callUnknown(call, analysis);
  else if (call.isNew) construct(call, value, undefined, analysis);
  else if (value instanceof FunctionValue && !value.isClass) {
    call.site.targets.add(value);
    connect(call, value, call.self, analysis);
  }
}

/** Arguments to parameters, `this` and the result back. */
export function connect(call: Call, target: FunctionValue, self: Slot, analysis: Analysis): void {
  const { nothing, flow } = analysis.world;
  if (call.functions.more()) {
    const shared = flow.shared(target, call.args.length);
    call.args.forEach((arg, index) => {
      arg.to(shared.params[index] ?? nothing);
    });
    if (self !== nothing) self.to(shared.self);
    shared.result.to(call.result);
  } else {
    pass(target, call.args);
    if (self !== nothing) self.to(target.self);
    target.result.to(call.result);
  }
  call.spread?.to(target.anyParam);
}

/** What is in `args` reaches the parameters of `target`. */
export function pass(target: FunctionValue, args: readonly Slot[], spread?: Slot): void {
  args.forEach((arg, index) => {
    const { params, rest } = target;
    arg.to(params[index] ?? rest);
    arg.to(target.args);
  });
  spread?.to(target.anyParam);
}

/** `new value(...)`, or `super(...)` in a constructor whose `this` is `self`. */
function construct(call: Call, value: Value, self: Slot | undefined, analysis: Analysis): void {
  if (!(value instanceof FunctionValue)) return;
  if (!self) call.result.add(value.instance);
  const instance = self ?? analysis.world.flow.slot(value.instance);
  const target = value.isClass ? value.construct : value;
  if (!target) {
    // A class without a constructor hands the arguments to its parent's.
    value.parents.each((parent) => construct(call, parent, instance, analysis));
    return;
  }
  call.site.targets.add(target);
  connect(call, target, instance, analysis);
}

export function argumentsOf(call: Call): Slot[] {
  return call.spread ? [...call.args, call.spread] : call.args;
}
