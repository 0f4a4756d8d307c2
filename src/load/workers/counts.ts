/** One worker's numbers stand apart from the others' by a line of the processor's cache. */
const STRIDE = 16;
const COMPLETED = 0;
const INTERRUPTED = 1;
const DROPPED = 2;
const ACTIVE = 3;
const INITIALISED = 4;

const places = {
  completed: COMPLETED,
  interrupted: INTERRUPTED,
  dropped: DROPPED,
  active: ACTIVE,
  initialised: INITIALISED,
} as const;

/**
 * Iterations and virtual users of one worker, in memory that every thread of the run can read at any time: also when
 * a worker is too busy to send a message.
 */
export class Counts {
  readonly #all: Uint32Array;
  readonly #at: number;

  constructor(memory: SharedArrayBuffer = countsMemory(1), worker = 0) {
    this.#all = new Uint32Array(memory);
    this.#at = worker * STRIDE;
  }

  get completed(): number {
    return this.#get(COMPLETED);
  }
  set completed(value: number) {
    this.#set(COMPLETED, value);
  }

  get interrupted(): number {
    return this.#get(INTERRUPTED);
  }
  set interrupted(value: number) {
    this.#set(INTERRUPTED, value);
  }

  get dropped(): number {
    return this.#get(DROPPED);
  }
  set dropped(value: number) {
    this.#set(DROPPED, value);
  }

  get active(): number {
    return this.#get(ACTIVE);
  }
  set active(value: number) {
    this.#set(ACTIVE, value);
  }

  get initialised(): number {
    return this.#get(INITIALISED);
  }
  set initialised(value: number) {
    this.#set(INITIALISED, value);
  }

  /** The sum over all workers. */
  total(name: keyof typeof places): number {
    let sum = 0;
    for (let at = places[name]; at < this.#all.length; at += STRIDE) sum += this.#all[at] as number;
    return sum;
  }

  #get(place: number): number {
    return this.#all[this.#at + place] as number;
  }

  #set(place: number, value: number): void {
    this.#all[this.#at + place] = value;
  }
}

/** Memory for the counts of so many workers, all 0. */
export function countsMemory(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(workers * STRIDE * Uint32Array.BYTES_PER_ELEMENT);
}
