import { FxscaleError } from '../../errors.ts';
import type { Analysis, Sink } from './analysis.ts';
import { type Colours, isBlocking } from './colour.ts';
import type { Origin } from './origin.ts';
import { calleeOf } from './syntax.ts';
import { FunctionValue, HostValue, type Value } from './values.ts';

type Refusal = { at: number; text: string };

const remedy = 'run it with --engine k6';

/** A SCRIPT error for the first call, in the order of the code, that blocks where nothing can be awaited. */
export function refusalOf(analysis: Analysis, colours: Colours, origin: Origin): FxscaleError | undefined {
  const [first] = refusalsOf(analysis, colours).sort((a, b) => a.at - b.at);
  return first && new FxscaleError('SCRIPT', `${origin.place(first.at)}: ${first.text}`);
}

function refusalsOf(analysis: Analysis, colours: Colours): Refusal[] {
  return [
    ...[...colours.functions.keys()].flatMap((each) => refuseFunction(each, colours)),
    ...refuseInitialisers(colours),
    ...refuseNew(colours),
    ...refuseMixed(colours),
    ...refuseImplicit(analysis, colours),
    ...analysis.sinks.flatMap((sink) => refuseSink(sink, colours)),
    ...refuseStored(analysis, colours),
  ];
}

const unawaitable: Partial<Record<FunctionValue['role'], string>> = {
  getter: 'a getter',
  setter: 'a setter',
  constructor: 'a constructor',
  module: 'the body of a module that require() or import() loads',
};

function refuseFunction(value: FunctionValue, colours: Colours): Refusal[] {
  const kind = value.isGenerator ? 'a generator' : unawaitable[value.role];
  return kind === undefined ? [] : [blocked(value.node.start, kind, value, colours)];
}

function refuseInitialisers(colours: Colours): Refusal[] {
  return [...colours.sites].flatMap(([{ owner }, cause]) => {
    if (typeof owner === 'string' || owner instanceof FunctionValue) return [];
    const what = owner.initialiser.type === 'StaticBlock' ? 'a static block' : 'a field of a class';
    return [message(owner.initialiser.start, what, chain(cause, colours))];
  });
}

function refuseNew(colours: Colours): Refusal[] {
  return [...colours.sites].flatMap(([site, cause]) => {
    const isNew = site.node.type === 'NewExpression';
    if (!isNew || !(cause instanceof FunctionValue) || cause.role !== 'function') return [];
    return [blocked(site.node.start, 'a constructor', cause, colours)];
  });
}

/** `group` has a form that waits, but nothing has one that is either `group` or something else. */
function refuseMixed(colours: Colours): Refusal[] {
  return [...colours.sites].flatMap(([site, cause]) => {
    const waits =
      site.callers.has('k6') && site.callbacks.values.some((each) => isBlocking(each, colours.functions));
    const isMixed = site.targets.values.some((each) => !(each instanceof HostValue && each.callsBack));
    const what = 'a call of group() or check() that may also call something else';
    return waits && isMixed ? [message(calleeOf(site.node).start, what, chain(cause, colours))] : [];
  });
}

function refuseImplicit(analysis: Analysis, colours: Colours): Refusal[] {
  return [...analysis.world.implicit].flatMap(([key, slot]) =>
    [...slot.values].flatMap((value) => {
      if (!(value instanceof FunctionValue) || !colours.functions.has(value)) return [];
      return [blocked(value.node.start, `${key.replace(/^@@(\w+)/, 'Symbol.$1')}()`, value, colours)];
    }),
  );
}

function refuseSink({ node, functions, what, unless }: Sink, colours: Colours): Refusal[] {
  if (unless && !unless.isEmpty) return [];
  for (const value of functions.values) {
    if (value instanceof FunctionValue && colours.functions.has(value)) {
      return [given(node.start, what, chain(value, colours))];
    }
    if (value instanceof HostValue && (value.blocks || isModuleThatBlocks(value))) {
      return [given(node.start, what, value.name === undefined ? value.module : value.title)];
    }
  }
  return [];
}

/** What is put on objects of opaque packages, which may call it. */
function refuseStored({ world }: Analysis, colours: Colours): Refusal[] {
  return world.library.all.values.flatMap((value) => {
    if (!(value instanceof FunctionValue) || !colours.functions.has(value)) return [];
    return [given(value.node.start, 'an object of a package', chain(value, colours))];
  });
}

function isModuleThatBlocks({ name, surface }: HostValue): boolean {
  return name === undefined && surface.blocking.size > 0;
}

function blocked(at: number, kind: string, value: FunctionValue, colours: Colours): Refusal {
  return message(at, kind, chain(value, colours));
}

function message(at: number, kind: string, calls: string): Refusal {
  return { at, text: `${kind} blocks (${calls}), and the embedded engine cannot wait there: ${remedy}` };
}

function given(at: number, what: string, calls: string): Refusal {
  return { at, text: `${what} is given what blocks (${calls}) and would not wait for it: ${remedy}` };
}

/** `token -> login -> k6/http.post`: the calls that make `value` block. */
function chain(value: Value, { functions, sites }: Colours): string {
  const names: string[] = [];
  const seen = new Set<Value>();
  let next: Value | undefined = value;
  while (next && !seen.has(next)) {
    seen.add(next);
    if (next instanceof HostValue) names.push(next.title);
    if (!(next instanceof FunctionValue)) break;
    names.push(next.name.replace(/^@@/, 'Symbol.'));
    const site = functions.get(next);
    next = site && sites.get(site);
  }
  return names.join(' -> ');
}
