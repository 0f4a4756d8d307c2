import type { SupportedModules } from '../script.ts';
import type { Slot } from './flow.ts';
import { Counter, Heap } from './heap.ts';
import { FunctionValue, HostValue, NativeValue, ObjectValue, type Value } from './values.ts';

/** Names under which JavaScript itself calls a function, where nothing can be awaited. */
export const implicitNames = new Set([
  'toString',
  'valueOf',
  'toJSON',
  '@@toPrimitive',
  '@@iterator',
  '@@hasInstance',
]);

/** Methods that every function has, which do not belong to the function's own kind. */
export const functionMethods = new Set(['call', 'apply', 'bind']);

/** The values that exist once, and how properties are read and written. */
export class World {
  readonly flow = new Heap();
  /** Always empty. */
  readonly nothing = this.flow.slot();
  readonly external = new ObjectValue(this.flow, 'external');
  readonly library = new ObjectValue(this.flow, 'library');
  /** Marks what may be a promise; what it resolves to flows beside it. */
  readonly promise = new ObjectValue(this.flow, 'promise');
  readonly externalSlot = this.flow.slot(this.external);
  readonly librarySlot = this.flow.slot(this.library);
  readonly thrown = this.flow.slot();
  /** Functions under `implicitNames`, by that name. */
  readonly implicit = new Map<string, Slot>();
  readonly #isModelled: (path: string) => boolean;
  readonly #modules: SupportedModules;
  readonly #hosts = new Map<string, HostValue>();
  readonly #natives = new Map<string, NativeValue>();
  /** What scripts put on the prototypes of JavaScript's own classes, by property. */
  readonly #patched = new Map<string, Slot>();
  readonly #setters = new Map<string, Slot>();
  readonly #elements = new Map<Slot, Slot>();

  /** `isModelled` says which of JavaScript's own functions the analysis knows, by path. */
  constructor(modules: SupportedModules, isModelled: (path: string) => boolean) {
    this.#isModelled = isModelled;
    this.#modules = modules;
    this.external.unknown.add(this.external);
    this.library.unknown.add(this.library);
  }

  object(): ObjectValue {
    return new ObjectValue(this.flow, 'plain');
  }

  array(elements?: Slot): ObjectValue {
    const array = new ObjectValue(this.flow, 'array');
    elements?.to(array.unknown);
    return array;
  }

  /** A k6 module, or its export `name`; a module's `default` is the module. */
  host(module: string, name?: string): HostValue | undefined {
    const surface = this.#modules.get(module);
    if (!surface) return undefined;
    const key = name === undefined || name === 'default' ? undefined : name;
    const id = `${module} ${key ?? ''}`;
    const host = this.#hosts.get(id) ?? new HostValue(this.flow, module, key, surface);
    this.#hosts.set(id, host);
    return host;
  }

  native(path: string): NativeValue {
    const native = this.#natives.get(path) ?? new NativeValue(this.flow, path);
    this.#natives.set(path, native);
    return native;
  }

  /** What is assigned to properties of this name anywhere, for setters. */
  stored(key: string): Slot {
    return slotIn(this.#setters, key, this.flow);
  }

  /** `to` gets what a property of the values in `from` may hold; without a key, any property. */
  load(from: Slot, key: string | undefined, to: Slot): void {
    if (key !== undefined) slotIn(this.#patched, key, this.flow).to(to);
    const seen = new Set<Value>();
    const objects = new Counter();
    from.each((value) => {
      const isOne = value.kind === 'host' || value.shape === 'native' || !objects.more();
      if (isOne) this.#loadFrom(value, key, to, seen);
      else this.#loadAny(key, to);
    });
  }

  #loadAny(key: string | undefined, to: Slot): void {
    if (key === undefined) this.flow.everything.to(to);
    else for (const slot of [this.flow.anyOf(key), this.flow.anyOf(undefined)]) slot.to(to);
  }

  #loadFrom(value: Value, key: string | undefined, to: Slot, seen: Set<Value>): void {
    if (seen.has(value)) return;
    seen.add(value);
    if (value.kind === 'host') {
      this.#loadHost(value, key, to);
      return;
    }
    if (key === undefined) value.all.to(to);
    else {
      value.field(key).to(to);
      if (value.shape !== 'array') value.unknown.to(to);
    }
    if (key === 'constructor' && value.maker) to.add(value.maker);
    if (key === 'prototype' && value instanceof FunctionValue) value.prototypes.to(to);
    if (value instanceof NativeValue) this.#loadNative(value, key, to);
    if (value === this.external && key !== undefined) this.#loadMethods(key, to);
    value.parents.each((parent) => this.#loadFrom(parent, key, to, seen));
  }

  #loadHost(host: HostValue, key: string | undefined, to: Slot): void {
    if (host.name !== undefined) {
      if (key === undefined || !functionMethods.has(key)) to.add(this.external);
      return;
    }
    for (const name of key === undefined ? host.surface.names : [key]) {
      const member = this.host(host.module, name);
      if (member && (name === 'default' || host.surface.names.has(name))) to.add(member);
    }
  }

  #loadNative(native: NativeValue, key: string | undefined, to: Slot): void {
    if (key === undefined) to.add(this.external);
    else if (native.path === 'globalThis') to.add(this.native(key));
    else to.add(this.#member(native.path, key));
  }

  /** Only what makes a difference has a value of its own, or each path of names would make more. */
  #member(path: string, key: string): ObjectValue {
    if (this.#isModelled(`${path}.${key}`)) return this.native(`${path}.${key}`);
    const isPrototype = key === 'prototype' && !path.includes('.');
    if (isPrototype) return this.native(`${path}.prototype`);
    return path.includes('.prototype')
      ? this.native(`${path.split('.')[0]}.prototype.method`)
      : this.external;
  }

  #loadMethods(key: string, to: Slot): void {
    for (const [module, surface] of this.#modules) {
      if (surface.methods?.has(key)) to.add(this.#method(module, key));
    }
  }

  #method(module: string, key: string): HostValue {
    const id = `${module} .${key}`;
    const surface = this.#modules.get(module);
    const known = this.#hosts.get(id);
    if (known || !surface) return known ?? this.#method(module, key);
    const method = new HostValue(this.flow, module, key, surface, true);
    this.#hosts.set(id, method);
    return method;
  }

  /** What is in `value` may be stored under `key` of the values in `into`. */
  store(into: Slot, key: string | undefined, value: Slot): void {
    if (value === this.nothing) return;
    if (key !== undefined) value.to(this.stored(key));
    const objects = new Counter();
    into.each((target) => {
      if (target.kind === 'host') return;
      if (target.shape !== 'native' && objects.more()) {
        value.to(this.flow.anyStored(key));
        return;
      }
      if (target instanceof NativeValue && target.path.endsWith('.prototype') && key !== undefined) {
        value.to(slotIn(this.#patched, key, this.flow));
      }
      this.put(target, key, value);
    });
  }

  /** The same for one known object. */
  put(target: ObjectValue, key: string | undefined, value: Slot): void {
    if (value === this.nothing) return;
    value.to(key === 'prototype' && target instanceof FunctionValue ? target.prototypes : target.field(key));
    if (key !== undefined && implicitNames.has(key)) value.to(slotIn(this.implicit, key, this.flow));
  }

  /** What iterating over the values in `from` gives. */
  iterate(from: Slot): Slot {
    const known = this.#elements.get(from);
    if (known) return known;
    const elements = this.flow.slot();
    this.#elements.set(from, elements);
    const seen = new Set<Value>();
    const objects = new Counter();
    const iterateOne = (value: Value): void => {
      if (seen.has(value) || value.kind === 'host') return;
      seen.add(value);
      if (objects.more()) this.flow.elements.to(elements);
      else if (value.shape === 'map') elements.add(this.array(value.unknown));
      else if (value.shape !== 'plain') value.unknown.to(elements);
      value.parents.each(iterateOne);
    };
    from.each(iterateOne);
    this.#iterateOwn(from, elements);
    return elements;
  }

  /** Iterables that the script makes itself: `[Symbol.iterator]() { return { next() {...} } }`. */
  #iterateOwn(from: Slot, elements: Slot): void {
    const makers = this.flow.slot();
    const seen = new Set<Value>();
    from.each((value) => {
      if (value.kind !== 'host' && value.shape === 'plain') this.#loadFrom(value, '@@iterator', makers, seen);
    });
    const iterators = this.results(makers);
    iterators.each((value) => {
      if (value.kind !== 'host' && value.shape === 'array') value.unknown.to(elements);
    });
    const next = this.flow.slot();
    this.load(iterators, 'next', next);
    this.load(this.results(next), 'value', elements);
    // A function that blocks under this name would be called by the loop itself.
    const named = slotIn(this.implicit, 'next', this.flow);
    iterators.each((value) => {
      if (value.kind !== 'host' && value.shape === 'plain') value.field('next').to(named);
    });
  }

  /** What the functions in `functions` return. */
  results(functions: Slot): Slot {
    const results = this.flow.slot();
    functions.each((value) => {
      if (value instanceof FunctionValue) value.result.to(results);
    });
    return results;
  }

  /** What awaiting the values in `from` gives. */
  settle(from: Slot): Slot {
    const settled = this.flow.slot();
    from.each((value) => {
      if (value !== this.promise) settled.add(value);
    });
    return settled;
  }
}

function slotIn(slots: Map<string, Slot>, key: string, flow: Heap): Slot {
  const slot = slots.get(key) ?? flow.slot();
  slots.set(key, slot);
  return slot;
}
