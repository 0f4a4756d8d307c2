import type { AnyNode, CallExpression, MemberExpression } from 'acorn';
import type { Analysis, Site } from './analysis.ts';
import { editChain } from './chains.ts';
import { type Colours, isBlocking } from './colour.ts';
import type { Edits } from './edit.ts';
import { reactions } from './edit-waits.ts';
import { calleeOf, keyOf } from './syntax.ts';
import { FunctionValue, type Value } from './values.ts';

/** How an awaited call is written: `open` before it, `close` after it, and what changes inside. */
export type Form = {
  open: string;
  close: string;
  /** Replaces the method's name and the parenthesis after it: the receiver becomes the first argument. */
  asArgument: boolean;
  /** Calls the variant of `group` or `check` that waits. */
  isVariant: boolean;
  inside: () => void;
};

export function editCalls(
  edits: Edits,
  analysis: Analysis,
  colours: Colours,
  parents: Map<AnyNode, AnyNode | undefined>,
): void {
  for (const site of analysis.sites) unboxHandlers(edits, site, analysis, colours);
  const forms = new Map<AnyNode, Form>();
  for (const site of colours.sites.keys()) forms.set(site.node, formOf(site, edits, colours));
  const chains = new Set<AnyNode>();
  for (const [node, form] of forms) {
    const chain = chainAround(node, parents);
    if (chain && mustBeSplit(chain, forms)) chains.add(chain);
    else
      edits.at(node, () => {
        form.inside();
        edits.before(node.start, form.open);
        edits.after(node.end, form.close);
      });
  }
  for (const chain of chains) editChain(edits, chain, forms);
}

/** Functions that are called later are called by those who know nothing of boxes. */
function unboxHandlers(edits: Edits, site: Site, analysis: Analysis, { boxed }: Colours): void {
  const isBoxed = (value: Value) => value instanceof FunctionValue && boxed.has(value);
  if (site.node.type === 'TaggedTemplateExpression' || !site.later.values.some(isBoxed)) return;
  // `edit-waits.ts` sees to those.
  if (site.key !== undefined && reactions.has(site.key)) return;
  for (const given of site.node.arguments) {
    if (given.type === 'SpreadElement' || !analysis.slotOf(given).values.some(isBoxed)) continue;
    edits.at(given, () => {
      edits.before(given.start, `${edits.reserved.runtime}.plain((`);
      edits.after(given.end, '))');
    });
  }
}

function formOf(site: Site, edits: Edits, colours: Colours): Form {
  const { runtime } = edits.reserved;
  const { node } = site;
  const callsBack = [...site.callbacks.values].some((value) => isBlocking(value, colours.functions));
  const awaited: Form = {
    open: '(await ',
    close: ')',
    asArgument: false,
    isVariant: false,
    inside: () => {},
  };
  if (node.type !== 'CallExpression' || !callsBack) return opened(site, awaited, edits, colours);
  if (site.callers.has('array') || site.callers.has('engine')) {
    const name = site.key ?? '';
    const called = site.callers.has('array') ? `arrays.${name}(` : `variant(${JSON.stringify(name)}, `;
    return {
      open: `(await ${runtime}.${called}`,
      close: ')',
      asArgument: true,
      isVariant: false,
      inside: () => replaceMethod(edits, node, ', '),
    };
  }
  if (site.callers.has('Array.from')) {
    const callee = calleeOf(node);
    return { ...awaited, inside: () => edits.replace(callee.start, callee.end, `${runtime}.arrays.from`) };
  }
  const variant = {
    ...awaited,
    isVariant: true,
    inside: () => edits.after(endOfCallee(edits, node), '.blocking'),
  };
  return opened(site, variant, edits, colours);
}

/** Takes the result out of its box when one of the functions called may put it in one. */
function opened(site: Site, form: Form, edits: Edits, { boxed }: Colours): Form {
  const values = [...site.targets.values, ...site.callbacks.values];
  if (!values.some((value) => value instanceof FunctionValue && boxed.has(value))) return form;
  return { ...form, open: `${edits.reserved.runtime}.open(${form.open}`, close: `${form.close})` };
}

/** Where the text of what is called ends, parentheses included. */
function endOfCallee(edits: Edits, node: CallExpression): number {
  let end = node.callee.end;
  while (/[\s)]/.test(edits.code.charAt(end))) end++;
  return end;
}

/** Where the parenthesis that opens the arguments ends. */
export function startOfArguments(edits: Edits, node: CallExpression): number {
  return edits.code.indexOf('(', endOfCallee(edits, node)) + 1;
}

/** Where the dot or bracket before a member's property begins, `?.` included. */
export function startOfAccess(edits: Edits, member: MemberExpression): number {
  const opener = member.computed ? '[' : '.';
  const at = edits.code.lastIndexOf(opener, member.property.start - 1);
  if (!member.optional) return at;
  return edits.code.lastIndexOf('?.', member.property.start - 1);
}

/** `.map(` becomes `text`. */
export function replaceMethod(edits: Edits, node: CallExpression, text: string): void {
  const callee = calleeOf(node);
  if (callee.type !== 'MemberExpression') return;
  edits.replace(startOfAccess(edits, callee), startOfArguments(edits, node), text);
}

/** The optional chain that `node` is a link of. */
function chainAround(node: AnyNode, parents: Map<AnyNode, AnyNode | undefined>): AnyNode | undefined {
  let inner = node;
  for (let outer = parents.get(node); outer; outer = parents.get(outer)) {
    if (outer.type === 'ChainExpression') return outer;
    const isLink =
      (outer.type === 'MemberExpression' && outer.object === inner) ||
      (outer.type === 'CallExpression' && outer.callee === inner);
    if (!isLink) return undefined;
    inner = outer;
  }
  return undefined;
}

/** The links of a chain from the last to the first. */
export function linksOf(chain: AnyNode): (MemberExpression | CallExpression)[] {
  const links: (MemberExpression | CallExpression)[] = [];
  let next: AnyNode = chain.type === 'ChainExpression' ? chain.expression : chain;
  while (next.type === 'MemberExpression' || next.type === 'CallExpression') {
    links.push(next);
    next = next.type === 'MemberExpression' ? next.object : next.callee;
  }
  return links;
}

/**
 * `a?.f().g`, with an `f` that is awaited, cannot be `(await a?.f()).g`: without an `a` nothing more is evaluated.
 * The same goes for a receiver that becomes an argument.
 */
function mustBeSplit(chain: AnyNode, forms: Map<AnyNode, Form>): boolean {
  const links = linksOf(chain);
  return links.some((link, index) => {
    const form = forms.get(link);
    const isPlainEnd = index === 0 && !form?.asArgument;
    return form !== undefined && !isPlainEnd && links.slice(index).some((each) => each.optional);
  });
}

/** The name of the method that `node` calls, if it is one. */
export function methodOf(node: CallExpression): MemberExpression | undefined {
  const callee = calleeOf(node);
  return callee.type === 'MemberExpression' && keyOf(callee) !== undefined ? callee : undefined;
}
