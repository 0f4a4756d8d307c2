import type { MethodDefinition, PropertyDefinition } from 'acorn';
import type { Analysis, Frame } from './analysis.ts';
import { defineMember, read } from './expressions.ts';
import type { Slot } from './flow.ts';
import { assign } from './patterns.ts';
import { readStatement } from './statements.ts';
import { type ClassNode, type FunctionNode, type InitialiserNode, keyOf } from './syntax.ts';
import { FunctionValue, NativeValue, type ObjectValue, type Role, type Value } from './values.ts';

type Given = { role?: Role; name?: string | undefined; self?: ObjectValue };

/** Reads a function and what is in it. */
export function readFunction(
  node: FunctionNode,
  frame: Frame,
  analysis: Analysis,
  given: Given = {},
): FunctionValue {
  const { world } = analysis;
  const name = node.id?.name ?? given.name ?? analysis.titleOf(node) ?? '(anonymous)';
  const value = new FunctionValue(world.flow, node, name, given.role ?? 'function');
  analysis.functions.push(value);
  if (given.self) value.self.add(given.self);
  const inner: Frame = { ...frame, owner: value, result: value.result };
  if (node.type !== 'ArrowFunctionExpression') {
    inner.self = value.self;
    inner.arguments = value;
  }
  if (node.type === 'FunctionExpression' && node.id) {
    for (const variable of analysis.names.declaredAs(node.id)) analysis.variable(variable).add(value);
  }
  if (node.generator) {
    const generator = world.array();
    value.result.add(generator);
    inner.yields = generator.unknown;
    inner.result = generator.unknown;
  }
  if (node.async) value.result.add(world.promise);
  readParams(node, value, inner, analysis);
  if (node.body.type === 'BlockStatement') readStatement(node.body, inner, analysis);
  else read(node.body, inner, analysis).to(inner.result);
  return value;
}

function readParams(node: FunctionNode, value: FunctionValue, frame: Frame, analysis: Analysis): void {
  const { world } = analysis;
  node.params.forEach((param, index) => {
    if (param.type === 'RestElement') {
      assign(param.argument, world.flow.slot(world.array(value.rest)), frame, analysis);
    } else assign(param, value.params[index] ?? value.rest, frame, analysis);
  });
}

/** Reads a class: the value is its constructor, with the static members as properties. */
export function readClass(node: ClassNode, frame: Frame, analysis: Analysis): FunctionValue {
  const { world } = analysis;
  const name = node.id?.name ?? analysis.titleOf(node) ?? '(anonymous)';
  const value = new FunctionValue(world.flow, node, name, 'class');
  analysis.functions.push(value);
  value.self.add(value.instance);
  if (node.superClass) {
    read(node.superClass, frame, analysis).each((parent) => inherit(value, parent, analysis));
  }
  if (node.id) {
    for (const variable of analysis.names.declaredAs(node.id)) analysis.variable(variable).add(value);
  }
  for (const member of node.body.body) {
    if (member.type === 'StaticBlock') {
      const inner = initialiserFrame(value, true, member, frame, analysis);
      for (const statement of member.body) readStatement(statement, inner, analysis);
      continue;
    }
    if (member.computed) read(member.key, frame, analysis);
    if (member.type === 'MethodDefinition') readMethod(member, value, frame, analysis);
    else readField(member, value, frame, analysis);
  }
  return value;
}

function inherit(value: FunctionValue, parent: Value, { world }: Analysis): void {
  const { parents } = value.prototype;
  if (parent instanceof FunctionValue) {
    value.parents.add(parent);
    parent.prototypes.to(parents);
    // An instance has the fields of its parents' classes, whose `this` it is.
    value.instance.parents.add(parent.instance);
    value.self.to(parent.self);
  } else if (parent instanceof NativeValue) {
    // An Array, Map or Error of the user's own: it may hold elements.
    value.parents.add(parent);
    parents.add(world.array());
  } else if (parent.kind === 'host') parents.add(world.external);
  else {
    value.parents.add(parent);
    parents.add(parent);
  }
}

function homeFrame(value: FunctionValue, isStatic: boolean, frame: Frame): Frame {
  return { ...frame, home: isStatic ? value.parents : value.prototype.parents, parent: value.parents };
}

function initialiserFrame(
  value: FunctionValue,
  isStatic: boolean,
  node: InitialiserNode,
  frame: Frame,
  { world }: Analysis,
): Frame {
  const self: Slot = isStatic ? world.flow.slot(value) : value.self;
  return {
    ...homeFrame(value, isStatic, frame),
    owner: { initialiser: node },
    self,
    result: world.flow.slot(),
  };
}

function readMethod(member: MethodDefinition, value: FunctionValue, frame: Frame, analysis: Analysis): void {
  const roles = { get: 'getter', set: 'setter', constructor: 'constructor', method: 'function' } as const;
  const key = keyOf(member);
  const role = roles[member.kind];
  const method = readFunction(member.value, homeFrame(value, member.static, frame), analysis, {
    role,
    name: role === 'constructor' ? `new ${value.name}` : key,
    self: member.static ? value : value.instance,
  });
  if (role === 'constructor') value.construct = method;
  else defineMember(member.static ? value : value.prototype, key, method, analysis);
}

function readField(member: PropertyDefinition, value: FunctionValue, frame: Frame, analysis: Analysis): void {
  if (!member.value) return;
  const key = keyOf(member);
  analysis.call(member.value, key);
  const inner = initialiserFrame(value, member.static, member, frame, analysis);
  const held = read(member.value, inner, analysis);
  analysis.world.put(member.static ? value : value.instance, key, held);
}
