import type { Value } from './values.ts';

/**
 * A set of values that grows until nothing changes: what a variable, a property, a parameter or an expression may
 * hold. Only what is new travels along an edge (difference propagation), so the work is in the order of the
 * answer's size.
 */
export class Slot {
  readonly values = new Set<Value>();
  readonly #flow: Flow;
  readonly #targets = new Set<Slot>();
  readonly #listeners: ((value: Value) => void)[] = [];

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  add(value: Value): void {
    if (this.values.has(value)) return;
    this.values.add(value);
    this.#flow.changed(this, value);
  }

  /** Everything in this slot is in `target` too. */
  to(target: Slot): void {
    if (target === this || this.#targets.has(target)) return;
    this.#targets.add(target);
    for (const value of this.values) target.add(value);
  }

  /** Calls `listener` once for each value that is or will be here. */
  each(listener: (value: Value) => void): void {
    this.#listeners.push(listener);
    for (const value of [...this.values]) listener(value);
  }

  /** For `Flow`: passes one new value on. */
  spread(value: Value): void {
    for (const target of this.#targets) target.add(value);
  }

  /** For `Flow`: how many listeners there are, and their call. */
  get listeners(): readonly ((value: Value) => void)[] {
    return this.#listeners;
  }
}

/** The slots that belong together, and what is left to do for them. */
export class Flow {
  readonly #pending: [Slot, Value, number][] = [];

  slot(...values: Value[]): Slot {
    const slot = new Slot(this);
    for (const value of values) slot.add(value);
    return slot;
  }

  changed(slot: Slot, value: Value): void {
    // A listener that comes later sees this value by itself.
    this.#pending.push([slot, value, slot.listeners.length]);
  }

  /** Until nothing changes. */
  run(): void {
    for (let next = this.#pending.pop(); next; next = this.#pending.pop()) {
      const [slot, value, listeners] = next;
      slot.spread(value);
      for (const listener of slot.listeners.slice(0, listeners)) listener(value);
    }
  }
}
