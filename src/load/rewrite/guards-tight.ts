import type { AnyNode, ForStatement, WhileStatement } from 'acorn';
import type { Edits } from './edit.ts';
import { isFunction, walk } from './syntax.ts';

/** As often as other loops ask. */
const turns = 1024;

const unfit = new Set([
  ...['WhileStatement', 'DoWhileStatement', 'ForStatement', 'ForOfStatement', 'ForInStatement'],
  ...['AwaitExpression', 'YieldExpression', 'LabeledStatement', 'ClassExpression', 'ClassDeclaration'],
]);

/**
 * Whether a loop may do nothing but arithmetic. A call within it, even one that is hardly ever made, would have its
 * variables kept in memory instead of registers, which can make it four times as slow: such a loop is cut in chunks.
 */
export function isTight(loop: AnyNode): loop is ForStatement | WhileStatement {
  if (loop.type !== 'ForStatement' && loop.type !== 'WhileStatement') return false;
  let fits = true;
  walk(loop, (node) => {
    // Functions keep the loop's variables, of which each turn has its own; a `break` would have to leave both loops.
    if (node !== loop && (unfit.has(node.type) || isFunction(node))) fits = false;
    if (node.type === 'BreakStatement' && !node.label) fits = false;
    return fits;
  });
  return fits;
}

/** The loop becomes one of so many turns, inside of one that asks. */
export function chunkLoop(edits: Edits, loop: ForStatement | WhileStatement): void {
  const { count, vu } = edits.reserved;
  const left = `${count}t`;
  const begin = `for (;;) { ${left} = ${turns}; for (; ${left} !== 0`;
  const { test, body } = loop;
  const update = loop.type === 'ForStatement' ? loop.update : undefined;
  const init = loop.type === 'ForStatement' ? loop.init : undefined;
  edits.at(loop, () => {
    const parts: (AnyNode | string)[] = [init ? '{ ' : '{', ...(init ? [init, '; '] : []), begin];
    parts.push(...(test ? [' && (', test, '); '] : ['; ']), ...(update ? [update, ') '] : [') ']));
    write(edits, loop.start, [...parts, body]);
    if (body.type === 'BlockStatement') edits.after(body.start + 1, ` ${left}--;`);
    else {
      edits.before(body.start, `{ ${left}--; `);
      edits.after(body.end, ' }');
    }
    edits.after(body.end, ` if (${left} !== 0) break; ${vu}.guard?.(); } }`);
  });
}

/** Puts `parts`, texts and nodes in their order, in place of what stands before, between and after the nodes. */
function write(edits: Edits, start: number, parts: (AnyNode | string)[]): void {
  let from = start;
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') text += part;
    else {
      edits.replace(from, part.start, text);
      from = part.end;
      text = '';
    }
  }
}
