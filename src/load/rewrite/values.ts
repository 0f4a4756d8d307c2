import type { ModuleSurface } from '../script.ts';
import type { Slot } from './flow.ts';
import type { Heap } from './heap.ts';
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

/** Elements of arrays have no slots of their own. */
export function isIndex(key: string): boolean {
  return /^\d+$/.test(key);
}

export class ObjectValue {
  readonly id: number;
  readonly kind: 'object' | 'function' = 'object';
  readonly shape: Shape;
  readonly fields = new Map<string, Slot>();
  /** What is stored under names that only the run tells; an array's elements. */
  readonly unknown: Slot;
  /** Everything stored in it. */
  readonly all: Slot;
  /** The prototype chain, and what was spread into it. */
  readonly parents: Slot;
  /** What its properties may hold, those of its prototypes included; without a name, any property. */
  readonly views = new Map<string | undefined, Slot>();
  /** The arrays and the like that it inherits from. */
  containers: Slot | undefined;
  /** A prototype's `constructor`. */
  maker: ObjectValue | undefined;
  readonly #heap: Heap;

  constructor(heap: Heap, shape: Shape) {
    this.#heap = heap;
    this.id = heap.number(this);
    this.shape = shape;
    this.unknown = heap.slot();
    this.all = heap.slot();
    this.parents = heap.slot();
    this.unknown.to(this.all);
    heap.join(this, undefined, this.unknown);
  }

  /** Made by the script, which may make many. */
  get isMade(): boolean {
    return this.shape === 'plain' || this.shape === 'array' || this.shape === 'map';
  }

  /** The slot that a store under `key` goes to. */
  field(key: string | undefined): Slot {
    if (key === undefined || isIndex(key)) return this.unknown;
    const known = this.fields.get(key);
    if (known) return known;
    const slot = this.#heap.slot();
    slot.to(this.all);
    this.fields.set(key, slot);
    this.#heap.join(this, key, slot);
    const view = this.views.get(key);
    if (view) slot.to(view);
    return slot;
  }
}

/** JavaScript's own globals and what hangs below them by name: `Object`, `Object.assign`. */
export class NativeValue extends ObjectValue {
  readonly path: string;

  constructor(heap: Heap, path: string) {
    super(heap, 'native');
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
  /** The object in its `prototype` property, what that property may hold, and what `new` makes of it. */
  readonly prototype: ObjectValue;
  readonly prototypes: Slot;
  readonly instance: ObjectValue;
  /** A class's own constructor, if it is written out. */
  construct: FunctionValue | undefined;

  constructor(heap: Heap, node: FunctionNode | ClassNode, name: string, role: Role) {
    super(heap, 'plain');
    this.node = node;
    this.name = name;
    this.role = role;
    this.rest = heap.slot();
    this.args = heap.slot();
    this.anyParam = heap.slot();
    this.anyParam.to(this.rest);
    this.anyParam.to(this.args);
    this.self = heap.slot();
    this.result = heap.slot();
    this.prototype = new ObjectValue(heap, 'plain');
    this.instance = new ObjectValue(heap, 'plain');
    this.prototype.maker = this;
    this.prototypes = heap.slot();
    this.prototypes.add(this.prototype);
    this.prototypes.to(this.instance.parents);
    const count = 'params' in node ? node.params.filter((each) => each.type !== 'RestElement').length : 0;
    for (let index = 0; index < count; index++) {
      const param = heap.slot();
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
  readonly id: number;
  readonly kind = 'host';
  readonly module: string;
  readonly name: string | undefined;
  readonly surface: ModuleSurface;
  /** A blocking method of an object that the module gives. */
  readonly isMethod: boolean;

  constructor(
    heap: Heap,
    module: string,
    name: string | undefined,
    surface: ModuleSurface,
    isMethod = false,
  ) {
    this.id = heap.number(this);
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

  /** It keeps the functions that it is given and calls them later. */
  get keeps(): boolean {
    if (this.name === undefined) return false;
    const { handlers, handlerMethods } = this.surface;
    return (this.isMethod ? handlerMethods : handlers)?.has(this.name) ?? false;
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
