import { collapse } from './cycles.ts';
import type { Value } from './values.ts';

/** Someone who is told each value once. */
type Listener = { tell: (value: Value) => void; told: Uint32Array };

/**
 * A set of values that grows until nothing changes: what a variable, a property, a parameter or an expression may
 * hold. Values are numbered and sets are bits; only what is new travels along an edge, all of it at once (difference
 * propagation).
 */
export class Slot {
  readonly #flow: Flow;
  /** Slots that flow into each other hold the same: one of them stands for all. */
  #standsFor: Slot | undefined;
  #bits: Uint32Array = none;
  /** What is in the set, but has not been passed on yet. */
  #pending: Uint32Array = none;
  #isWaiting = false;
  #targets: Set<Slot> | undefined;
  #listeners: Listener[] | undefined;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  get isEmpty(): boolean {
    return this.one.#bits.length === 0;
  }

  get values(): Value[] {
    return this.#flow.valuesOf(this.one.#bits);
  }

  /** The slot that stands for this one. */
  get one(): Slot {
    let one: Slot = this;
    while (one.#standsFor) one = one.#standsFor;
    if (one !== this) this.#standsFor = one;
    return one;
  }

  add(value: Value): void {
    const word = value.id >>> 5;
    const bit = 1 << (value.id & 31);
    if (((this.one.#bits[word] ?? 0) & bit) !== 0) return;
    const bits = new Uint32Array(word + 1);
    bits[word] = bit;
    this.one.#merge(bits);
  }

  /** Everything in this slot is in `target` too. */
  to(target: Slot): void {
    const from = this.one;
    const into = target.one;
    if (into === from || from.#targets?.has(into)) return;
    from.#targets ??= new Set();
    from.#targets.add(into);
    into.#merge(from.#bits);
  }

  /** Calls `tell` once for each value that is or will be here. */
  each(tell: (value: Value) => void): void {
    const { one } = this;
    const listener = { tell, told: one.#bits.slice() };
    one.#listeners ??= [];
    one.#listeners.push(listener);
    for (const value of this.#flow.valuesOf(listener.told)) tell(value);
  }

  /** For `Flow`: passes on what is pending and tells along how many edges. */
  pass(): number {
    const pending = this.#pending;
    this.#pending = none;
    this.#isWaiting = false;
    for (const target of this.targets) target.one.#merge(pending);
    const listeners = this.#listeners ?? [];
    // A listener that one of these adds has been told everything.
    const count = listeners.length;
    for (let index = 0; index < count; index++) this.#tell(listeners[index], pending);
    return this.#targets?.size ?? 0;
  }

  #tell(listener: Listener | undefined, pending: Uint32Array): void {
    if (!listener) return;
    const { told } = listener;
    const news = pending.map((word, index) => word & ~(told[index] ?? 0));
    listener.told = united(told, pending);
    for (const value of this.#flow.valuesOf(news)) listener.tell(value);
  }

  get targets(): Iterable<Slot> {
    return this.#targets ?? [];
  }

  /** For `collapse`: `other` is one with this slot from now on. */
  absorb(other: Slot): void {
    this.#bits = united(this.#bits, other.#bits);
    this.#listeners = [...(this.#listeners ?? []), ...(other.#listeners ?? [])];
    this.#targets ??= new Set();
    for (const target of other.targets) this.#targets.add(target);
    other.#standsFor = this;
    other.#bits = none;
    other.#pending = none;
    other.#targets = undefined;
    other.#listeners = undefined;
  }

  /** For `collapse`, when the slot has absorbed all: leaves out edges to itself and passes on everything once. */
  tidy(): void {
    const targets = new Set<Slot>();
    for (const target of this.targets) if (target.one !== this) targets.add(target.one);
    this.#targets = targets;
    this.#pending = this.#bits.slice();
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#flow.changed(this);
  }

  #merge(bits: Uint32Array): void {
    let isNew = false;
    if (bits.length > this.#bits.length) {
      // Sets of more than a few values tend to become sets of most.
      this.#bits = grown(this.#bits, Math.max(bits.length, bits.length > 4 ? this.#flow.words : 0));
    }
    for (let index = 0; index < bits.length; index++) {
      const known = this.#bits[index] ?? 0;
      const fresh = (bits[index] ?? 0) & ~known;
      if (fresh === 0) continue;
      if (index >= this.#pending.length) this.#pending = grown(this.#pending, this.#bits.length);
      this.#bits[index] = known | fresh;
      this.#pending[index] = (this.#pending[index] ?? 0) | fresh;
      isNew = true;
    }
    if (!isNew || this.#isWaiting) return;
    this.#isWaiting = true;
    this.#flow.changed(this);
  }
}

const none = new Uint32Array(0);

function grown(bits: Uint32Array, length: number): Uint32Array {
  const wider = new Uint32Array(length);
  wider.set(bits);
  return wider;
}

function united(a: Uint32Array, b: Uint32Array): Uint32Array {
  const union = new Uint32Array(Math.max(a.length, b.length));
  union.set(a);
  for (let index = 0; index < b.length; index++) union[index] = (union[index] ?? 0) | (b[index] ?? 0);
  return union;
}

/** After so many passes along edges, cycles are looked for, and again whenever there were as many again. */
const firstLook = 200_000;

/** The slots and values that belong together, and what is left to do for them. */
export class Flow {
  readonly #values: Value[] = [];
  readonly #slots: Slot[] = [];
  #changed: Slot[] = [];

  slot(...values: Value[]): Slot {
    const slot = new Slot(this);
    this.#slots.push(slot);
    for (const value of values) slot.add(value);
    return slot;
  }

  /** How many words the bits of all values take. */
  get words(): number {
    return (this.#values.length + 31) >>> 5;
  }

  /** Gives a new value its number. */
  number(value: Value): number {
    return this.#values.push(value) - 1;
  }

  valuesOf(bits: Uint32Array): Value[] {
    const values: Value[] = [];
    for (let index = 0; index < bits.length; index++) {
      for (let word = bits[index] ?? 0; word !== 0; word &= word - 1) {
        const value = this.#values[index * 32 + 31 - Math.clz32(word & -word)];
        if (value) values.push(value);
      }
    }
    return values;
  }

  changed(slot: Slot): void {
    this.#changed.push(slot);
  }

  /** Until nothing changes, or until `budget` passes along edges are used up; tells whether it got through. */
  run(budget = Number.POSITIVE_INFINITY): boolean {
    let passed = 0;
    let nextLook = firstLook;
    // Round by round: what comes to a slot from several others in one round is passed on together.
    while (this.#changed.length > 0) {
      const round = this.#changed;
      this.#changed = [];
      for (const slot of round) passed += slot.pass();
      if (passed > budget) return false;
      if (passed < nextLook) continue;
      nextLook = 2 * passed;
      collapse(this.#slots);
    }
    return true;
  }
}
