import type {
  AnonymousClassDeclaration,
  AnonymousFunctionDeclaration,
  AnyNode,
  ArrowFunctionExpression,
  CallExpression,
  ClassDeclaration,
  ClassExpression,
  FunctionDeclaration,
  FunctionExpression,
  MemberExpression,
  NewExpression,
  PropertyDefinition,
  StaticBlock,
  TaggedTemplateExpression,
} from 'acorn';

export type FunctionNode =
  | FunctionDeclaration
  | AnonymousFunctionDeclaration
  | FunctionExpression
  | ArrowFunctionExpression;
export type ClassNode = ClassDeclaration | AnonymousClassDeclaration | ClassExpression;
export type CallNode = CallExpression | NewExpression | TaggedTemplateExpression;
/** Code that runs while a class or an instance of it is made, where nothing can be awaited. */
export type InitialiserNode = PropertyDefinition | StaticBlock;

/** The nodes directly below `node`, in source order. */
export function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const item of value) if (isNode(item)) children.push(item);
    if (isNode(value)) children.push(value);
  }
  return children;
}

/** Calls `visit` for `node` and everything below it, each node after its parent; `false` leaves out what is below. */
export function walk(node: AnyNode, visit: (node: AnyNode, parent?: AnyNode) => boolean | undefined): void {
  const stack: [AnyNode, AnyNode | undefined][] = [[node, undefined]];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [current, parent] = next;
    if (visit(current, parent) === false) continue;
    // A shorthand property holds one identifier twice: as key and as value.
    const children = current.type === 'Property' && current.shorthand ? [current.value] : childrenOf(current);
    for (const child of children.reverse()) stack.push([child, current]);
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

export function isFunction(node: AnyNode): node is FunctionNode {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  );
}

type Keyed = { key: AnyNode; computed: boolean };

/** The name that a member, property, method or field is known by, or undefined when only the run tells. */
export function keyOf(node: MemberExpression | Keyed): string | undefined {
  const key = 'property' in node ? node.property : node.key;
  if (key.type === 'PrivateIdentifier') return `#${key.name}`;
  if (!node.computed && key.type === 'Identifier') return key.name;
  return constantKey(key);
}

function constantKey(key: AnyNode): string | undefined {
  if (key.type === 'Literal') return String(key.value);
  if (key.type === 'TemplateLiteral' && key.expressions.length === 0)
    return key.quasis[0]?.value.cooked ?? '';
  // Symbol.iterator and its like.
  if (key.type !== 'MemberExpression' || key.computed || key.object.type !== 'Identifier') return undefined;
  if (key.object.name !== 'Symbol' || key.property.type !== 'Identifier') return undefined;
  return `@@${key.property.name}`;
}

/** The expression itself, without the parentheses and optional chains around it. */
export function unwrap(node: AnyNode): AnyNode {
  if (node.type === 'ChainExpression' || node.type === 'ParenthesizedExpression')
    return unwrap(node.expression);
  return node;
}

/** What a call calls. */
export function calleeOf(node: CallNode): AnyNode {
  return unwrap(node.type === 'TaggedTemplateExpression' ? node.tag : node.callee);
}

/** The names in a pattern: those that it declares, and those in its default values. */
export function namesIn(pattern: AnyNode): Set<string> {
  const names = new Set<string>();
  walk(pattern, (node, parent) => {
    const isKey = parent?.type === 'Property' && parent.key === node && !parent.shorthand && !parent.computed;
    if (node.type === 'Identifier' && !isKey) names.add(node.name);
    return true;
  });
  return names;
}
