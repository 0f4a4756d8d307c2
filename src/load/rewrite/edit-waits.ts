import type { AnyNode } from 'acorn';
import type { Analysis, Site } from './analysis.ts';
import type { Edits } from './edit.ts';
import { isFunction, walk } from './syntax.ts';
import { FunctionValue } from './values.ts';

type Parents = Map<AnyNode, AnyNode | undefined>;

export const reactions = new Set(['then', 'catch', 'finally']);

/**
 * What follows an `await` of the script's own, and what is given to `then`, runs when nothing else of the script does.
 * In k6 a function that blocks is running until it returns: here the rest has to wait for that.
 */
export function editWaits(edits: Edits, analysis: Analysis, parents: Parents): void {
  const { runtime, vu } = edits.reserved;
  const rest = (waited: AnyNode, prefix: string) =>
    edits.at(waited, () => {
      edits.before(waited.start, `${prefix}${runtime}.rest(${vu}, (`);
      edits.after(waited.end, '))');
    });
  for (const statement of analysis.names.statements) {
    walk(statement, (node) => {
      if (node.type === 'AwaitExpression' && isInFunction(node, parents)) rest(node.argument, '');
      if (node.type === 'ForOfStatement' && node.await && isInFunction(node, parents)) {
        rest(node.right, 'await ');
      }
      return true;
    });
  }
  for (const site of analysis.sites) editReaction(edits, site);
}

function isInFunction(node: AnyNode, parents: Parents): boolean {
  for (let outer = parents.get(node); outer; outer = parents.get(outer)) if (isFunction(outer)) return true;
  return false;
}

function editReaction(edits: Edits, { node, key, targets }: Site): void {
  if (node.type !== 'CallExpression' || key === undefined || !reactions.has(key)) return;
  // A method of the script's own calls what it is given itself.
  if (targets.values.some((value) => value instanceof FunctionValue)) return;
  const { runtime, vu } = edits.reserved;
  for (const given of node.arguments) {
    if (given.type === 'SpreadElement') continue;
    edits.at(given, () => {
      edits.before(given.start, `${runtime}.patient(${vu}, (`);
      edits.after(given.end, '))');
    });
  }
}
