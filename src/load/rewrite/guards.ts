import type { AnyNode, CatchClause, Program } from 'acorn';
import type { Edits } from './edit.ts';
import { startOfBody } from './edit-functions.ts';
import { chunkLoop, isTight } from './guards-tight.ts';
import { isFunction, walk } from './syntax.ts';

type Parents = Map<AnyNode, AnyNode | undefined>;

/** A loop asks the VU whether it may go on each time it has turned so often; a power of 2. */
const turns = 1024;

/**
 * Lets a VU end what never waits. k6 interrupts its scripts from outside; here every loop of the script counts its
 * turns and asks now and then, and nothing of the script may catch the answer.
 */
export function editGuards(edits: Edits, statements: Program['body'], parents: Parents): void {
  const { count } = edits.reserved;
  const counters = new Map<AnyNode, Set<string>>();
  for (const statement of statements) {
    walk(statement, (node) => {
      if (isLoop(node)) {
        const isChunked = isTight(node) && parents.get(node)?.type !== 'LabeledStatement';
        if (isChunked) chunkLoop(edits, node);
        else guardLoop(edits, node.body);
        const scope = scopeOf(node, parents) ?? statement;
        counters.set(scope, (counters.get(scope) ?? new Set()).add(isChunked ? `${count}t` : count));
      }
      if (node.type === 'TryStatement') guardTry(edits, node.handler, node.finalizer);
      return true;
    });
  }
  const atTop = new Set<string>();
  for (const [scope, names] of counters) {
    const at = startOf(scope, edits);
    const variables = [...names].map((name) => `${name} = 0`);
    if (at === undefined) for (const each of variables) atTop.add(each);
    else edits.at(scope, () => edits.after(at, ` var ${variables.join(', ')};`));
  }
  edits.temporaries.push(...atTop);
}

function isLoop(node: AnyNode) {
  return (
    node.type === 'WhileStatement' ||
    node.type === 'DoWhileStatement' ||
    node.type === 'ForStatement' ||
    node.type === 'ForOfStatement'
  );
}

/** The function or static block that a loop stands in, whose counter it uses. */
function scopeOf(node: AnyNode, parents: Parents): AnyNode | undefined {
  for (let outer = parents.get(node); outer; outer = parents.get(outer)) {
    if (isFunction(outer) || outer.type === 'StaticBlock') return outer;
  }
  return undefined;
}

/** Where the code of a function or static block begins. */
function startOf(scope: AnyNode, edits: Edits): number | undefined {
  if (scope.type === 'StaticBlock') return edits.code.indexOf('{', scope.start) + 1;
  return isFunction(scope) && scope.body.type === 'BlockStatement' ? startOfBody(scope.body) : undefined;
}

function guardLoop(edits: Edits, body: AnyNode): void {
  const { count, vu } = edits.reserved;
  const check = ` if (!(${count} = ${count} + 1 & ${turns - 1})) ${vu}.guard?.();`;
  edits.at(body, () => beginBody(edits, body, check));
}

/** Puts `text` at the beginning of a statement, which becomes a block if it is none. */
function beginBody(edits: Edits, body: AnyNode, text: string): void {
  if (body.type === 'BlockStatement') edits.after(body.start + 1, text);
  else {
    edits.before(body.start, `{${text} `);
    edits.after(body.end, ' }');
  }
}

/** An iteration that is cut off runs none of the script's code any more, as in k6. */
function guardTry(
  edits: Edits,
  handler: CatchClause | null | undefined,
  finalizer: AnyNode | null | undefined,
): void {
  if (handler) edits.at(handler, () => guardCatch(edits, handler));
  if (!finalizer) return;
  edits.at(finalizer, () => {
    edits.after(finalizer.start + 1, ` if (!${edits.reserved.vu}.interrupted) {`);
    edits.before(finalizer.end - 1, '} ');
  });
}

function guardCatch(edits: Edits, { param, body }: CatchClause): void {
  const name = param?.type === 'Identifier' ? param.name : edits.localName();
  let bindings = '';
  if (!param) edits.after(body.start, `(${name}) `);
  else if (param.type !== 'Identifier') {
    bindings = ` let ${edits.text.slice(param.start, param.end)} = ${name};`;
    edits.replaceWhole(param.start, param.end, name);
  }
  edits.after(body.start + 1, ` if (${edits.reserved.vu}.interrupted) throw ${name};${bindings}`);
}
