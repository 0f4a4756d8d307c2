import { Flow, type Slot } from './flow.ts';
import type { FunctionValue, ObjectValue } from './values.ts';

/**
 * From so many possible objects or functions on, the analysis no longer asks which one it is: a property then stands
 * for all properties of its name (field-based, as Feldthaus et al., ICSE 2013, do throughout), and a call for a call
 * of any function that is called so. Scripts stay below; libraries that put everything into one table do not.
 */
export const tooMany = 20;

/** How many values of one kind have come by. */
export class Counter {
  #count = 0;

  /** Counts one more and tells whether those are too many. */
  more(): boolean {
    return ++this.#count > tooMany;
  }
}

/** What the functions share that are called where too many could be. */
type Shared = { params: Slot[]; self: Slot; result: Slot; members: Set<FunctionValue> };

/** All objects: the properties of a name, whatever they belong to. */
export class Heap extends Flow {
  /** What any property of the name holds, and what may be stored in any; arrays' elements are without a name. */
  readonly #read = new Map<string | undefined, Slot>();
  readonly #stored = new Map<string | undefined, Slot>();
  /** What arrays and the like hold. */
  readonly elements = this.slot();
  /** What anything holds. */
  readonly everything = this.slot();
  readonly #shared: Shared = { params: [], self: this.slot(), result: this.slot(), members: new Set() };

  /** For `ObjectValue`: a property has come into being. */
  join(object: ObjectValue, key: string | undefined, slot: Slot): void {
    if (!object.isMade) return;
    this.anyStored(key).to(slot);
    slot.to(this.everything);
    if (key === undefined && object.shape === 'array') slot.to(this.elements);
    else slot.to(this.anyOf(key));
  }

  /** What a property `key` of any object may hold, without what is stored under names that only the run tells. */
  anyOf(key: string | undefined): Slot {
    const known = this.#read.get(key);
    if (known) return known;
    const slot = this.slot();
    this.#read.set(key, slot);
    this.anyStored(key).to(slot);
    return slot;
  }

  /** What is stored under `key` where the object may be any. */
  anyStored(key: string | undefined): Slot {
    const slot = this.#stored.get(key) ?? this.slot();
    this.#stored.set(key, slot);
    return slot;
  }

  /** The parameters, `this` and result of any function that is called where too many could be. */
  shared(target: FunctionValue, count: number): Shared {
    const shared = this.#shared;
    while (shared.params.length < count) this.#addParam();
    if (!shared.members.has(target)) {
      shared.members.add(target);
      shared.params.forEach((_, index) => {
        this.#connect(target, index);
      });
      shared.self.to(target.self);
      target.result.to(shared.result);
    }
    return shared;
  }

  #addParam(): void {
    const { params, members } = this.#shared;
    params.push(this.slot());
    for (const member of members) this.#connect(member, params.length - 1);
  }

  #connect(target: FunctionValue, index: number): void {
    const param = this.#shared.params[index];
    param?.to(target.params[index] ?? target.rest);
    param?.to(target.args);
  }
}
