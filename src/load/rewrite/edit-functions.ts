import type { AnyNode, BlockStatement, Pattern } from 'acorn';
import type { Site } from './analysis.ts';
import type { Colours } from './colour.ts';
import type { Edits } from './edit.ts';
import { type FunctionNode, isFunction, namesIn, walk } from './syntax.ts';
import type { FunctionValue } from './values.ts';

type Parents = Map<AnyNode, AnyNode | undefined>;

/** Makes a function asynchronous in which something is awaited. */
export function editFunction(edits: Edits, value: FunctionValue, colours: Colours, parents: Parents): void {
  const { node } = value;
  if (!isFunction(node)) return;
  const isBoxed = colours.boxed.has(value);
  if (isBoxed && !node.async) boxReturns(edits, node);
  if (isBoxed && node.async) handOver(edits, node);
  edits.at(node, () => {
    const moved = moveParams(edits, value, colours);
    if (isBoxed && node.async) begin(edits, node, moved);
    else if (moved !== '') insertInBody(edits, node, moved);
    if (!node.async) edits.before(startOfSignature(edits, node, parents.get(node)), 'async ');
  });
}

/** Before `function`, the parameters of an arrow, or a method's name. */
function startOfSignature(edits: Edits, node: FunctionNode, parent: AnyNode | undefined): number {
  const isMethod =
    parent?.type === 'MethodDefinition' ||
    (parent?.type === 'Property' && parent.method && parent.value === node);
  if (!isMethod) return node.start;
  return parent.computed ? edits.code.lastIndexOf('[', parent.key.start) : parent.key.start;
}

/** The parts of a function's own body, without the functions in it. */
function ownParts(node: FunctionNode, visit: (node: AnyNode) => void): void {
  walk(node.body, (inner) => {
    visit(inner);
    return !isFunction(inner) && inner.type !== 'PropertyDefinition' && inner.type !== 'StaticBlock';
  });
}

function boxReturns(edits: Edits, node: FunctionNode): void {
  const box = (result: AnyNode) =>
    edits.at(result, () => {
      edits.before(result.start, `${edits.reserved.runtime}.box((`);
      edits.after(result.end, '))');
    });
  if (node.body.type !== 'BlockStatement') {
    box(node.body);
    return;
  }
  ownParts(node, (inner) => {
    if (inner.type === 'ReturnStatement' && inner.argument) box(inner.argument);
  });
}

/** The user's own `await`s in a function let its caller go on. */
function handOver(edits: Edits, node: FunctionNode): void {
  const wait = (waited: AnyNode) =>
    edits.at(waited, () => {
      edits.before(waited.start, `(${edits.reserved.handle}.wait((`);
      edits.after(waited.end, ')))');
    });
  ownParts(node, (inner) => {
    if (inner.type === 'AwaitExpression') wait(inner.argument);
    if (inner.type === 'ForOfStatement' && inner.await) wait(inner.right);
  });
}

/** The body of an async function goes on until its own first `await` before its caller does. */
function begin(edits: Edits, node: FunctionNode, moved: string): void {
  const { runtime, handle } = edits.reserved;
  const call = `${runtime}.begin(async (${handle}) =>`;
  if (node.body.type === 'BlockStatement') {
    const { body } = node;
    // In the function within, a `var` with a parameter's name would be another variable.
    const again = declaredAgain(node).map((name) => ({ name, kept: edits.localName() }));
    const keep = again.map(({ name, kept }) => `const ${kept} = ${name}; `).join('');
    const restore = again.map(({ name, kept }) => ` var ${name} = ${kept};`).join('');
    edits.after(startOfBody(body), `${restore} ${moved}`.trimEnd());
    edits.before(body.start, `{ ${keep}return ${call} `);
    edits.after(body.end, '); }');
    return;
  }
  const arrow = edits.code.lastIndexOf('=>', node.body.start) + 2;
  if (moved === '') {
    edits.after(arrow, ` ${call}`);
    edits.after(node.end, ')');
  } else {
    edits.after(arrow, ` ${call} { ${moved} return`);
    edits.after(node.end, '; })');
  }
}

/** Parameters that the body declares once more, with `var`. */
function declaredAgain(node: FunctionNode): string[] {
  const params = new Set(node.params.flatMap((param) => [...namesIn(param)]));
  const names = new Set<string>();
  ownParts(node, (inner) => {
    if (inner.type !== 'VariableDeclaration' || inner.kind !== 'var') return;
    for (const { id } of inner.declarations)
      for (const name of namesIn(id)) if (params.has(name)) names.add(name);
  });
  return [...names];
}

function insertInBody(edits: Edits, node: FunctionNode, moved: string): void {
  if (node.body.type === 'BlockStatement') {
    edits.after(startOfBody(node.body), ` ${moved}`);
    return;
  }
  const arrow = edits.code.lastIndexOf('=>', node.body.start) + 2;
  edits.after(arrow, ` { ${moved} return`);
  edits.after(node.end, '; }');
}

export function startOfBody(body: BlockStatement): number {
  const directive = body.body.findLast(
    (each) => each.type === 'ExpressionStatement' && each.directive !== undefined,
  );
  return directive?.end ?? body.start + 1;
}

/**
 * Nothing can be awaited in the parameters of an async function: from the first whose default value blocks on, they
 * are filled in the body. The function keeps its `length`. Returns the declarations for the body.
 */
function moveParams(edits: Edits, value: FunctionValue, colours: Colours): string {
  const { node } = value;
  if (!isFunction(node)) return '';
  const blocks = (param: Pattern) => [...colours.sites.keys()].some((site) => isInside(site, value, param));
  const first = node.params.findIndex(blocks);
  if (first < 0) return '';
  const moved: string[] = [];
  for (const param of node.params.slice(first)) moved.push(moveParam(edits, param));
  return `var ${moved.join(', ')};`;
}

function isInside({ node, owner }: Site, value: FunctionValue, param: Pattern): boolean {
  return owner === value && node.start >= param.start && node.end <= param.end;
}

function moveParam(edits: Edits, param: Pattern): string {
  const name = edits.localName();
  const text = edits.text.slice(param.start, param.end);
  if (param.type === 'RestElement') {
    const pattern = edits.text.slice(param.argument.start, param.argument.end);
    edits.replaceWhole(param.start, param.end, `...${name}`);
    return `${pattern} = ${name}`;
  }
  if (param.type !== 'AssignmentPattern') {
    edits.replaceWhole(param.start, param.end, name);
    return `${text} = ${name}`;
  }
  const pattern = edits.text.slice(param.left.start, param.left.end);
  const fallback = edits.text.slice(param.right.start, param.right.end);
  edits.replaceWhole(param.start, param.end, `${name} = void 0`);
  return `${pattern} = ${name} === void 0 ? (${fallback}) : ${name}`;
}
