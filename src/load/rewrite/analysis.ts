import type { AnyNode } from 'acorn';
import type { Variable } from 'eslint-scope';
import type { SupportedModules } from '../script.ts';
import type { Slot } from './flow.ts';
import { isModelled } from './natives.ts';
import type { Names } from './scopes.ts';
import type { CallNode } from './syntax.ts';
import { FunctionValue, type Owner } from './values.ts';
import { World } from './world.ts';

/** One call in the script, and what it may call. */
export type Site = {
  node: CallNode;
  owner: Owner;
  /** The script's own functions and k6's exports that this call calls. */
  targets: Slot;
  /** Functions that an array method, `group` or `check` calls for this call. */
  callbacks: Slot;
  /** Who calls them. A call can be of both kinds, as in `(test ? group : names.map)(...)`. */
  callers: Set<'array' | 'Array.from' | 'k6' | 'engine'>;
  args: Slot[];
  /** A method call's receiver and the method's name, where it is known. */
  receiver?: Slot;
  key?: string | undefined;
  /** Functions that are called later, such as those given to `then`; nobody waits for them here. */
  later: Slot;
};

/** A place from which functions are called by code that cannot wait for them. */
export type Sink = {
  node: AnyNode;
  functions: Slot;
  what: string;
  /** What the same call calls in the script itself; if there is something, that is what is meant. */
  unless?: Slot;
};

/** What surrounds the code that is being read. */
export type Frame = {
  owner: Owner;
  self: Slot;
  result: Slot;
  /** What `yield` gives to. */
  yields?: Slot;
  /** The function whose `arguments` these are. */
  arguments?: FunctionValue;
  /** Where `super.x` is looked up, and what `super()` calls. */
  home?: Slot;
  parent?: Slot;
};

/** Everything that is known about a script's own code. */
export class Analysis {
  readonly world: World;
  readonly names: Names;
  readonly functions: FunctionValue[] = [];
  readonly sites: Site[] = [];
  readonly sinks: Sink[] = [];
  readonly #slots = new Map<AnyNode, Slot>();
  readonly #titles = new Map<AnyNode, string>();
  readonly #variables = new Map<Variable, Slot>();

  constructor(names: Names, modules: SupportedModules) {
    this.names = names;
    this.world = new World(modules, isModelled);
    const { kept, external } = this.world;
    kept.each((value) => {
      if (value instanceof FunctionValue) value.anyParam.add(external);
    });
  }

  /** Remembers what a function or class that has no name of its own is known by. */
  call(node: AnyNode, name: string | undefined): void {
    if (name !== undefined) this.#titles.set(node, name);
  }

  titleOf(node: AnyNode): string | undefined {
    return this.#titles.get(node);
  }

  variable(variable: Variable): Slot {
    const slot = this.#variables.get(variable) ?? this.world.flow.slot();
    this.#variables.set(variable, slot);
    return slot;
  }

  /** What the expression `node` may give, once it has been read. */
  slotOf(node: AnyNode): Slot {
    return this.#slots.get(node) ?? this.world.nothing;
  }

  remember(node: AnyNode, slot: Slot): Slot {
    this.#slots.set(node, slot);
    return slot;
  }

  union(...slots: Slot[]): Slot {
    const full = slots.filter((slot) => slot !== this.world.nothing);
    if (full.length <= 1) return full[0] ?? this.world.nothing;
    const union = this.world.flow.slot();
    for (const slot of full) slot.to(union);
    return union;
  }
}
