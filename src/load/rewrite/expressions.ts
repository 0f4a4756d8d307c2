import type {
  AnyNode,
  ArrayExpression,
  Identifier,
  MemberExpression,
  ObjectExpression,
  YieldExpression,
} from 'acorn';
import type { Analysis, Frame } from './analysis.ts';
import { readCall } from './calls.ts';
import type { Slot } from './flow.ts';
import { readClass, readFunction } from './functions.ts';
import { assign } from './patterns.ts';
import { childrenOf, keyOf } from './syntax.ts';

/** Reads an expression: adds its flows to the analysis and returns what it may give. */
export function read(node: AnyNode, frame: Frame, analysis: Analysis): Slot {
  return analysis.remember(node, readNew(node, frame, analysis));
}

function readNew(node: AnyNode, frame: Frame, analysis: Analysis): Slot {
  const { world } = analysis;
  switch (node.type) {
    case 'Identifier':
      return readName(node, frame, analysis);
    case 'Literal':
      return typeof node.value === 'string' || node.regex ? world.externalSlot : world.nothing;
    case 'ThisExpression':
      return frame.self;
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return world.flow.slot(readFunction(node, frame, analysis));
    case 'ClassExpression':
      return world.flow.slot(readClass(node, frame, analysis));
    case 'CallExpression':
    case 'NewExpression':
    case 'TaggedTemplateExpression':
      return readCall(node, frame, analysis);
    case 'MemberExpression':
      return readMember(node, frame, analysis);
    case 'ObjectExpression':
      return readObject(node, frame, analysis);
    case 'ArrayExpression':
      return readArray(node, frame, analysis);
    case 'ChainExpression':
    case 'ParenthesizedExpression':
      return read(node.expression, frame, analysis);
    case 'YieldExpression':
      return readYield(node, frame, analysis);
    default:
      return readOperator(node, frame, analysis);
  }
}

function readOperator(node: AnyNode, frame: Frame, analysis: Analysis): Slot {
  const { world } = analysis;
  switch (node.type) {
    case 'AssignmentExpression': {
      if (node.left.type === 'Identifier') analysis.call(node.right, node.left.name);
      const right = read(node.right, frame, analysis);
      assign(node.left, right, frame, analysis);
      if (node.operator === '=') return right;
      // `a ||= b`: what a held, or b. `a += b` may make a string.
      const held =
        node.left.type === 'Identifier' ? read(node.left, frame, analysis) : analysis.slotOf(node.left);
      return analysis.union(held, right, world.externalSlot);
    }
    case 'LogicalExpression':
      return analysis.union(read(node.left, frame, analysis), read(node.right, frame, analysis));
    case 'ConditionalExpression':
      read(node.test, frame, analysis);
      return analysis.union(read(node.consequent, frame, analysis), read(node.alternate, frame, analysis));
    case 'SequenceExpression':
      return node.expressions.map((each) => read(each, frame, analysis)).at(-1) ?? world.nothing;
    case 'ImportExpression': {
      read(node.source, frame, analysis);
      const name = node.source.type === 'Literal' ? String(node.source.value) : undefined;
      const hosts = name === undefined ? world.hosts() : [world.host(name)];
      return world.flow.slot(world.promise, world.external, ...hosts.filter((host) => host !== undefined));
    }
    case 'AwaitExpression':
      return world.settle(read(node.argument, frame, analysis));
    default:
      // Operators, templates and the like give strings and numbers.
      for (const child of childrenOf(node)) read(child, frame, analysis);
      return node.type === 'UpdateExpression' ? world.nothing : world.externalSlot;
  }
}

const k6Globals = new Set(['__ENV', '__VU', '__ITER']);

function readName(node: Identifier, frame: Frame, analysis: Analysis): Slot {
  const { world, names } = analysis;
  if (node.name === 'arguments' && frame.arguments) {
    return world.flow.slot(world.array(frame.arguments.args));
  }
  const binding = names.bindingOf(node);
  if (binding === 'library') return world.librarySlot;
  if (binding === 'data') return world.externalSlot;
  if ('helper' in binding) return world.flow.slot(world.native(binding.helper));
  if ('references' in binding) return analysis.variable(binding);
  if (binding.global === 'undefined') return world.nothing;
  if (k6Globals.has(binding.global)) return world.externalSlot;
  const slot = world.flow.slot(world.native(binding.global));
  // Globals that the script makes: `globalThis.f = ...; f()`.
  world.native('globalThis').field(binding.global).to(slot);
  return slot;
}

/** Reads `object.property`; what the object may be is remembered under its own node. */
export function readMember(node: MemberExpression, frame: Frame, analysis: Analysis): Slot {
  const { world } = analysis;
  if (node.computed) read(node.property, frame, analysis);
  const isSuper = node.object.type === 'Super';
  const object = isSuper ? (frame.home ?? world.nothing) : read(node.object, frame, analysis);
  if (object === world.nothing) return world.nothing;
  const property = world.flow.slot();
  world.load(object, keyOf(node), property);
  return property;
}

/** Long literals of nothing but data, in characters: no object in them is told from another. */
const long = 10_000;

function isTable(node: AnyNode): boolean {
  return node.end - node.start > long && isData(node);
}

function isData(node: AnyNode): boolean {
  if (node.type === 'Literal') return true;
  const isPart =
    node.type === 'ArrayExpression' || node.type === 'ObjectExpression' || node.type === 'UnaryExpression';
  if (node.type === 'Property')
    return !node.computed && !node.shorthand && !node.method && isData(node.value);
  return isPart && childrenOf(node).every(isData);
}

function readObject(node: ObjectExpression, frame: Frame, analysis: Analysis): Slot {
  const { world } = analysis;
  const object = world.object();
  if (isTable(node)) {
    object.unknown.add(world.external);
    return world.flow.slot(object);
  }
  const home: Frame = { ...frame, home: object.parents };
  for (const property of node.properties) {
    if (property.type === 'SpreadElement') {
      read(property.argument, frame, analysis).to(object.parents);
      continue;
    }
    if (property.computed) read(property.key, frame, analysis);
    const key = keyOf(property);
    const { value } = property;
    const isMethod = property.method || property.kind !== 'init';
    if (isMethod && value.type === 'FunctionExpression') {
      const role = property.kind === 'get' ? 'getter' : property.kind === 'set' ? 'setter' : 'function';
      const method = readFunction(value, home, analysis, { role, name: key, self: object });
      defineMember(object, key, method, analysis);
    } else if (key === '__proto__' && !property.computed && !property.shorthand) {
      read(value, frame, analysis).to(object.parents);
    } else {
      analysis.call(value, key);
      world.put(object, key, read(value, frame, analysis));
    }
  }
  return world.flow.slot(object);
}

/** Puts a method or accessor under `key` of `object`. */
export function defineMember(
  object: Parameters<Analysis['world']['put']>[0],
  key: string | undefined,
  method: ReturnType<typeof readFunction>,
  { world }: Analysis,
): void {
  if (method.role === 'getter') method.result.to(object.field(key));
  else if (method.role === 'setter') {
    const stored = key === undefined ? object.unknown : world.stored(key);
    stored.to(method.params[0] ?? method.rest);
  } else world.put(object, key, world.flow.slot(method));
}

function readArray(node: ArrayExpression, frame: Frame, analysis: Analysis): Slot {
  const { world } = analysis;
  const array = world.array();
  if (isTable(node)) {
    array.unknown.add(world.external);
    return world.flow.slot(array);
  }
  for (const element of node.elements) {
    if (element?.type === 'SpreadElement') {
      world.iterate(read(element.argument, frame, analysis)).to(array.unknown);
    } else if (element) {
      world.put(array, undefined, read(element, frame, analysis));
    }
  }
  return world.flow.slot(array);
}

function readYield(node: YieldExpression, frame: Frame, analysis: Analysis): Slot {
  const { world } = analysis;
  const given = node.argument ? read(node.argument, frame, analysis) : world.nothing;
  if (frame.yields) (node.delegate ? world.iterate(given) : given).to(frame.yields);
  return world.externalSlot;
}
