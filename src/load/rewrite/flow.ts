import type { Value } from './values.ts';

/**
 * A set of values that grows until nothing changes: what a variable, a property, a parameter or an expression may
 * hold. Values are numbered and sets are bits; only what is new travels along an edge, all of it at once (difference
 * propagation).
 */
export class Slot {
  readonly #flow: Flow;
  #bits: Uint32Array = none;
  /** What is in the set, but has not been passed on yet. */
  #pending: Uint32Array = none;
  #isWaiting = false;
  #targets: Set<Slot> | undefined;
  #listeners: ((value: Value) => void)[] | undefined;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  get isEmpty(): boolean {
    return this.#bits.length === 0;
  }

  get values(): Value[] {
    return this.#flow.valuesOf(this.#bits);
  }

  has(value: Value): boolean {
    return ((this.#bits[value.id >>> 5] ?? 0) & (1 << (value.id & 31))) !== 0;
  }

  add(value: Value): void {
    if (this.has(value)) return;
    const bits = new Uint32Array((value.id >>> 5) + 1);
    bits[value.id >>> 5] = 1 << (value.id & 31);
    this.#merge(bits);
  }

  /** Everything in this slot is in `target` too. */
  to(target: Slot): void {
    if (target === this || this.#targets?.has(target)) return;
    this.#targets ??= new Set();
    this.#targets.add(target);
    target.#merge(this.#bits);
  }

  /** Calls `listener` once for each value that is or will be here. */
  each(listener: (value: Value) => void): void {
    this.#listeners ??= [];
    this.#listeners.push(listener);
    // Those that are pending come when they are passed on.
    const known = this.#bits.map((word, index) => word & ~(this.#pending[index] ?? 0));
    for (const value of this.#flow.valuesOf(known)) listener(value);
  }

  /** For `Flow`: passes on what is pending. */
  pass(): void {
    const pending = this.#pending;
    this.#pending = none;
    this.#isWaiting = false;
    if (this.#targets) for (const target of this.#targets) target.#merge(pending);
    if (!this.#listeners) return;
    const values = this.#flow.valuesOf(pending);
    // A listener that one of these adds has seen everything itself.
    const count = this.#listeners.length;
    for (let index = 0; index < count; index++) {
      for (const value of values) this.#listeners[index]?.(value);
    }
  }

  #merge(bits: Uint32Array): void {
    let isNew = false;
    if (bits.length > this.#bits.length) this.#bits = grown(this.#bits, bits.length);
    for (let index = 0; index < bits.length; index++) {
      const known = this.#bits[index] ?? 0;
      const fresh = (bits[index] ?? 0) & ~known;
      if (fresh === 0) continue;
      if (index >= this.#pending.length) this.#pending = grown(this.#pending, bits.length);
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

/** The slots and values that belong together, and what is left to do for them. */
export class Flow {
  readonly #values: Value[] = [];
  #changed: Slot[] = [];

  slot(...values: Value[]): Slot {
    const slot = new Slot(this);
    for (const value of values) slot.add(value);
    return slot;
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

  /** Until nothing changes. */
  run(): void {
    // Round by round: what comes to a slot from several others in one round is passed on together.
    while (this.#changed.length > 0) {
      const round = this.#changed;
      this.#changed = [];
      for (const slot of round) slot.pass();
    }
  }
}
