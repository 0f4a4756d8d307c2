import { GoError } from '../go-error.ts';
import { open } from '../rewrite/gate.ts';
import type { DomNode } from './document.ts';
import { type Element, elementOf } from './element.ts';
import { Selection } from './selection.ts';

type Callback = (index: number, each: Selection | Element) => unknown;
type Step = { readonly node: DomNode; readonly index: number };
type Loop = {
  /** What the function is given. */
  each(from: Selection, step: Step): Selection | Element;
  /** Throws for what is no function; a result stands for a call without one. */
  before(from: Selection, given: unknown): { result: unknown } | undefined;
  after(from: Selection, nodes: readonly DomNode[], results: readonly unknown[]): unknown;
};

const asSelection = (from: Selection, { node }: Step) => Selection.of([node], from);

/** A method in two forms: one that calls its function, and one that waits for each call. */
function looping({ each, before, after }: Loop) {
  function method(this: Selection, given?: unknown): unknown {
    const short = before(this, given);
    if (short !== undefined) return short.result;
    const nodes = Selection.nodesOf(this);
    const results: unknown[] = [];
    for (const [index, node] of nodes.entries()) {
      results.push((given as Callback)(index, each(this, { node, index })));
    }
    return after(this, nodes, results);
  }
  method.blocking = async function (this: Selection, given?: unknown): Promise<unknown> {
    const short = before(this, given);
    if (short !== undefined) return short.result;
    const nodes = Selection.nodesOf(this);
    const results: unknown[] = [];
    for (const [index, node] of nodes.entries()) {
      results.push(open(await (given as Callback)(index, each(this, { node, index }))));
    }
    return after(this, nodes, results);
  };
  return method;
}

function needFunction(name: string) {
  return (_: Selection, given: unknown): undefined => {
    if (typeof given !== 'function') throw new GoError(`the argument to ${name}() must be a function`);
  };
}

/** `matching` is what the method does with a selector or a selection. */
function testing(
  name: string,
  matching: (from: Selection, matches: (node: DomNode) => boolean) => unknown,
): Loop {
  const before = (from: Selection, given: unknown) => {
    if (typeof given === 'function') return undefined;
    if (typeof given !== 'string' && !(given instanceof Selection)) {
      throw new GoError(`the argument to ${name}() must be a function, a selector or a selection`);
    }
    return { result: matching(from, matcher(from, given)) };
  };
  const after = (from: Selection, nodes: readonly DomNode[], results: readonly unknown[]) =>
    matching(from, (node) => Boolean(results[nodes.indexOf(node)]));
  return { each: asSelection, before, after };
}

function matcher(from: Selection, given: string | Selection): (node: DomNode) => boolean {
  if (given instanceof Selection) {
    const nodes = new Set(Selection.nodesOf(given));
    return (node) => nodes.has(node);
  }
  return (node) => Selection.matches(from, node, given);
}

const kept = (from: Selection, wanted: (node: DomNode) => boolean) =>
  Selection.of(Selection.nodesOf(from).filter(wanted), from);

Object.assign(Selection.prototype, {
  each: looping({
    each: (from, { node }) => elementOf(node, from),
    before: needFunction('each'),
    after: (from) => from,
  }),
  map: looping({ each: asSelection, before: needFunction('map'), after: (_, __, results) => [...results] }),
  filter: looping(testing('filter', kept)),
  not: looping(testing('not', (from, matches) => kept(from, (node) => !matches(node)))),
  is: looping(testing('is', (from, matches) => Selection.nodesOf(from).some(matches))),
});
