import type { Analysis, Site } from './analysis.ts';
import { isArrayMethod } from './methods.ts';
import { FunctionValue, HostValue, ObjectValue, type Value } from './values.ts';

/** Which calls have to be awaited, and which functions thereby become asynchronous. */
export type Colours = {
  /** Each function that blocks, with the first call in it that does. */
  functions: Map<FunctionValue, Site>;
  /** Each call that blocks, with what blocks in it. */
  sites: Map<Site, Value>;
  /**
   * Functions whose own result may be a promise that belongs to the script. They hand it over in a box, since
   * awaiting the call would unwrap it.
   */
  boxed: Set<FunctionValue>;
  /** The module's top-level code blocks. */
  topLevel: boolean;
  /** Something that blocks may run while the script itself waits elsewhere. */
  concurrent: boolean;
};

/** The least set of calls and functions such that nothing that blocks is left unawaited. */
export function colour(analysis: Analysis): Colours {
  assumeArrays(analysis);
  const users = usersOf(analysis);
  const colours: Colours = {
    functions: new Map(),
    sites: new Map(),
    boxed: new Set(),
    topLevel: false,
    concurrent: false,
  };
  const pending: [Site, Value][] = [];
  for (const site of analysis.sites) {
    for (const value of calledBy(site)) {
      if (value instanceof HostValue && value.blocks) pending.push([site, value]);
    }
  }
  for (const [site, cause] of takeInOrder(pending)) {
    if (colours.sites.has(site)) continue;
    colours.sites.set(site, cause);
    const { owner } = site;
    if (owner === 'top level') colours.topLevel = true;
    const blocking = owner instanceof FunctionValue ? [owner] : [];
    // A promise among the possible results of a call that is awaited must come in a box too.
    for (const value of calledBy(site))
      if (value instanceof FunctionValue && givesPromise(value)) blocking.push(value);
    for (const each of blocking) {
      if (colours.functions.has(each)) continue;
      colours.functions.set(each, site);
      for (const user of users.get(each) ?? []) pending.push([user, each]);
    }
  }
  for (const each of colours.functions.keys()) {
    if (givesPromise(each) && users.has(each)) colours.boxed.add(each);
  }
  colours.concurrent = isConcurrent(analysis, colours);
  return colours;
}

/** Breadth first, while the list grows: so the chains that errors show are the shortest. */
function* takeInOrder<Item>(items: Item[]): Generator<Item> {
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (item !== undefined) yield item;
  }
}

/** What a call calls itself, and what is called for it and can be awaited. */
export function calledBy(site: Site): Value[] {
  return [...site.targets.values, ...site.callbacks.values];
}

function usersOf(analysis: Analysis): Map<Value, Set<Site>> {
  const users = new Map<Value, Set<Site>>();
  for (const site of analysis.sites) {
    for (const value of calledBy(site)) {
      const known = users.get(value) ?? new Set();
      known.add(site);
      users.set(value, known);
    }
  }
  return users;
}

/** `x.map(f)` with an `x` of which nothing is known is taken for an array. */
function assumeArrays(analysis: Analysis): void {
  for (const site of analysis.sites) {
    const { key, receiver, args } = site;
    if (key === undefined || !receiver?.isEmpty) continue;
    if (analysis.world.methods.keeping.has(key)) for (const arg of args) arg.to(site.later);
    if (!isArrayMethod(key)) continue;
    site.callers.add('array');
    args[0]?.to(site.callbacks);
  }
  analysis.world.flow.run();
}

function givesPromise(value: FunctionValue): boolean {
  for (const each of value.result.values) {
    if (!(each instanceof ObjectValue)) continue;
    if (each.shape === 'promise') return true;
    if (each.shape === 'plain' && each.fields.has('then')) return true;
  }
  return false;
}

function isConcurrent(analysis: Analysis, { functions, boxed }: Colours): boolean {
  for (const each of boxed) if (each.isAsync) return true;
  if (analysis.world.kept.values.some((value) => isBlocking(value, functions))) return true;
  return analysis.sites.some((site) => [...site.later.values].some((value) => isBlocking(value, functions)));
}

export function isBlocking(value: Value, functions: Colours['functions']): boolean {
  if (value instanceof FunctionValue) return functions.has(value);
  return value instanceof HostValue && value.blocks;
}
