import type { ModuleSurface } from '../script.ts';
import type { Flow, Slot } from './flow.ts';
import type { ClassNode, FunctionNode, InitialiserNode } from './syntax.ts';

/**
 * What flows: functions, objects by the place where they are made, and k6's exports. Strings and numbers do not
 * matter, but for the one value EXTERNAL that stands for everything that comes from outside the script's code.
 */
export type Value = ObjectValue | HostValue;

/**
 * `array` also for sets, iterators and generator objects: what matters is that they hold elements. `map` gives
 * pairs when iterated. `external` is what the engine and JavaScript itself give, `library` what opaque packages give.
 */
export type Shape = 'plain' | 'array' | 'map' | 'external' | 'library' | 'promise' | 'native';

export class ObjectValue {
  readonly kind: 'object' | 'function' = 'object';
  readonly shape: Shape;
  readonly fields = new Map<string, Slot>();
  /** What is stored under names that only the run tells; an array's elements. */
  readonly unknown: Slot;
  /** Everything stored in it. */
  readonly all: Slot;
  /** The prototype chain, and what was spread into it. */
  readonly parents: Slot;
  readonly #flow: Flow;

  constructor(flow: Flow, shape: Shape) {
    this.#flow = flow;
    this.shape = shape;
    this.unknown = flow.slot();
    this.all = flow.slot();
    this.parents = flow.slot();
    this.unknown.to(this.all);
  }

  /** The slot that a store under `key` goes to. */
  field(key: string | undefined): Slot {
    if (key === undefined || /^\d+$/.test(key)) return this.unknown;
    const known = this.fields.get(key);
    if (known) return known;
    const slot = this.#flow.slot();
    slot.to(this.all);
    this.fields.set(key, slot);
    return slot;
  }
}

/** JavaScript's own globals and what hangs below them by name: `Object`, `Object.assign`. */
export class NativeValue extends ObjectValue {
  readonly path: string;

  constructor(flow: Flow, path: string) {
    super(flow, 'native');
    this.path = path;
  }
}

/** What a function is beside a function, which decides how it is called and whether it can be awaited. */
export type Role =
  | 'function'
  | 'getter'
  | 'setter'
  | 'constructor'
  | 'class'
  /** The body of a CommonJS module. */
  | 'module';

/** A function or class of the script's own code. */
export class FunctionValue extends ObjectValue {
  override readonly kind = 'function';
  readonly node: FunctionNode | ClassNode;
  readonly name: string;
  role: Role;
  readonly params: Slot[] = [];
  /** What the rest parameter and `arguments` may hold. */
  readonly rest: Slot;
  readonly args: Slot;
  /** Flows to every parameter: for spread arguments, `apply` and callers that nobody knows. */
  readonly anyParam: Slot;
  readonly self: Slot;
  readonly result: Slot;
  /** The object in its `prototype` property, and what `new` makes of it. */
  readonly prototype: ObjectValue;
  readonly instance: ObjectValue;
  /** A class's own constructor, if it is written out. */
  construct: FunctionValue | undefined;

  constructor(flow: Flow, node: FunctionNode | ClassNode, name: string, role: Role) {
    super(flow, 'plain');
    this.node = node;
    this.name = name;
    this.role = role;
    this.rest = flow.slot();
    this.args = flow.slot();
    this.anyParam = flow.slot();
    this.anyParam.to(this.rest);
    this.anyParam.to(this.args);
    this.self = flow.slot();
    this.result = flow.slot();
    this.prototype = new ObjectValue(flow, 'plain');
    this.instance = new ObjectValue(flow, 'plain');
    this.field('prototype').add(this.prototype);
    this.field('prototype').to(this.instance.parents);
    this.prototype.field('constructor').add(this);
    const count = 'params' in node ? node.params.filter((each) => each.type !== 'RestElement').length : 0;
    for (let index = 0; index < count; index++) {
      const param = flow.slot();
      this.anyParam.to(param);
      this.params.push(param);
    }
  }

  /** Written `async` by the user. */
  get isAsync(): boolean {
    return 'async' in this.node && this.node.async;
  }

  get isGenerator(): boolean {
    return 'generator' in this.node && this.node.generator;
  }

  get isClass(): boolean {
    return this.role === 'class';
  }
}

/** A k6 module (no `name`) or one of its exports. */
export class HostValue {
  readonly kind = 'host';
  readonly module: string;
  readonly name: string | undefined;
  readonly surface: ModuleSurface;
  /** A blocking method of an object that the module gives. */
  readonly isMethod: boolean;

  constructor(module: string, name: string | undefined, surface: ModuleSurface, isMethod = false) {
    this.module = module;
    this.name = name;
    this.surface = surface;
    this.isMethod = isMethod;
  }

  get blocks(): boolean {
    return this.name !== undefined && (this.isMethod || this.surface.blocking.has(this.name));
  }

  get callsBack(): boolean {
    return this.name !== undefined && !this.isMethod && this.surface.callbacks.has(this.name);
  }

  get givesPromise(): boolean {
    return this.name !== undefined && !this.isMethod && (this.surface.promises?.has(this.name) ?? false);
  }

  get title(): string {
    return this.isMethod ? `${this.name}` : `${this.module}.${this.name}`;
  }
}

/** Where a call stands: in a function, in a class's initialiser, or at the top level. */
export type Owner = FunctionValue | { initialiser: InitialiserNode } | 'top level';
