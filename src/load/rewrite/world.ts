import type { Slot } from './flow.ts';
import { Counter } from './heap.ts';
import { Known } from './known.ts';
import { FunctionValue, isIndex, NativeValue, ObjectValue, type Value } from './values.ts';

/** Names under which JavaScript itself calls a function, where nothing can be awaited. */
const implicitNames = new Set([
  ...['toString', 'valueOf', 'toJSON'],
  ...['@@toPrimitive', '@@iterator', '@@hasInstance'],
]);

/** How properties are read and written, and how things are iterated and called. */
export class World extends Known {
  readonly thrown = this.flow.slot();
  /** What scripts assign to properties of the engine's objects, such as `socket.onmessage`. */
  readonly kept = this.flow.slot();
  /** Functions under `implicitNames`, and iterators' `next`, by that name. */
  readonly implicit = new Map<string, Slot>();
  /** What scripts put on the prototypes of JavaScript's own classes, by property. */
  readonly #patched = new Map<string, Slot>();
  readonly #setters = new Map<string, Slot>();
  readonly #elements = new Map<Slot, Slot>();

  object(): ObjectValue {
    return new ObjectValue(this.flow, 'plain');
  }

  array(elements?: Slot): ObjectValue {
    const array = new ObjectValue(this.flow, 'array');
    elements?.to(array.unknown);
    return array;
  }

  /** What is assigned to properties of this name anywhere, for setters. */
  stored(key: string): Slot {
    return this.#slotIn(this.#setters, key);
  }

  /** `to` gets what a property of the values in `from` may hold; without a key, any property. */
  load(from: Slot, key: string | undefined, to: Slot): void {
    if (key !== undefined) this.#slotIn(this.#patched, key).to(to);
    const objects = new Counter();
    from.each((value) => {
      if (value.kind === 'host') this.addExport(value, key, to);
      else if (!value.isMade || !objects.more()) this.#view(value, key).to(to);
      else this.#loadAny(key, to);
    });
  }

  #loadAny(key: string | undefined, to: Slot): void {
    if (key === undefined) this.flow.everything.to(to);
    else for (const slot of [this.flow.anyOf(key), this.flow.anyOf(undefined)]) slot.to(to);
  }

  /** What a property of one object may hold, of its own or from its prototypes. */
  #view(value: ObjectValue, key: string | undefined): Slot {
    const known = value.views.get(key);
    if (known) return known;
    const view = this.flow.slot();
    value.views.set(key, view);
    if (key === undefined) value.all.to(view);
    else {
      value.fields.get(key)?.to(view);
      this.flow.anyStored(key).to(view);
      const holdsElements = value.shape === 'array' || value.shape === 'map';
      if (!holdsElements || isIndex(key)) value.unknown.to(view);
    }
    if (key === 'constructor' && value.maker) view.add(value.maker);
    if (key === 'prototype' && value instanceof FunctionValue) value.prototypes.to(view);
    if (value instanceof NativeValue) this.addMember(value, key, view);
    if (value === this.external && key !== undefined) this.addMethods(key, view);
    value.parents.each((parent) => {
      if (parent.kind === 'host') this.addExport(parent, key, view);
      else this.#view(parent, key).to(view);
    });
    return view;
  }

  /** What is in `value` may be stored under `key` of the values in `into`. */
  store(into: Slot, key: string | undefined, value: Slot): void {
    if (value === this.nothing) return;
    if (key !== undefined) value.to(this.stored(key));
    const objects = new Counter();
    into.each((target) => {
      if (target.kind === 'host') return;
      if (target.isMade && objects.more()) {
        value.to(this.flow.anyStored(key));
        return;
      }
      if (target instanceof NativeValue && target.path.endsWith('.prototype') && key !== undefined) {
        value.to(this.#slotIn(this.#patched, key));
      }
      this.put(target, key, value);
    });
  }

  /** The same for one known object. */
  put(target: ObjectValue, key: string | undefined, value: Slot): void {
    if (value === this.nothing) return;
    if (target === this.external) value.to(this.kept);
    value.to(key === 'prototype' && target instanceof FunctionValue ? target.prototypes : target.field(key));
    if (key !== undefined && implicitNames.has(key)) value.to(this.#slotIn(this.implicit, key));
  }

  /** The arrays and the like that one object is, or inherits from, added to `to`. */
  addContainers(value: Value, to: Slot): void {
    if (value.kind === 'host') return;
    if (value.shape !== 'plain') {
      to.add(value);
      return;
    }
    if (!value.containers) {
      const containers = this.flow.slot();
      value.containers = containers;
      value.parents.each((parent) => this.addContainers(parent, containers));
    }
    value.containers.to(to);
  }

  /** What iterating over the values in `from` gives. */
  iterate(from: Slot): Slot {
    const known = this.#elements.get(from);
    if (known) return known;
    const elements = this.flow.slot();
    this.#elements.set(from, elements);
    const containers = this.flow.slot();
    const objects = new Counter();
    from.each((value) => {
      if (value.kind !== 'host' && value.isMade && objects.more()) this.flow.elements.to(elements);
      else this.addContainers(value, containers);
    });
    let pairs: ObjectValue | undefined;
    containers.each((value) => {
      if (!(value instanceof ObjectValue)) return;
      if (value.shape === 'map') {
        pairs ??= this.array();
        value.unknown.to(pairs.unknown);
        elements.add(pairs);
      } else value.unknown.to(elements);
    });
    this.#iterateOwn(from, elements);
    return elements;
  }

  /** Iterables that the script makes itself: `[Symbol.iterator]() { return { next() {...} } }`. */
  #iterateOwn(from: Slot, elements: Slot): void {
    const plain = this.flow.slot();
    from.each((value) => {
      if (value.kind !== 'host' && value.shape === 'plain') plain.add(value);
    });
    const iterators = this.#resultsOf(plain, '@@iterator');
    iterators.each((value) => {
      if (value.kind === 'host') return;
      if (value.shape === 'array') value.unknown.to(elements);
      // A function that blocks under this name would be called by the loop itself.
      if (value.shape === 'plain') value.field('next').to(this.#slotIn(this.implicit, 'next'));
    });
    this.load(this.#resultsOf(iterators, 'next'), 'value', elements);
  }

  #resultsOf(objects: Slot, key: string): Slot {
    const methods = this.flow.slot();
    this.load(objects, key, methods);
    return this.results(methods);
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

  #slotIn(slots: Map<string, Slot>, key: string): Slot {
    const slot = slots.get(key) ?? this.flow.slot();
    slots.set(key, slot);
    return slot;
  }
}
