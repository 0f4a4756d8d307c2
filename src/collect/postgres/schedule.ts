import type { Part } from './part.ts';

/** Of its `every` seconds a part may come this much early, so that every fifth tick is not every sixth. */
const EARLY = 0.1;
/** How many times the duration of its reading must pass before the next: so a part takes at most a 200th of a core. */
const SHARE = 200;
/** Seconds until a part that failed is asked for again: every failure is a line in the server's log. */
const AFTER_FAILURE = 30;

/** When each part is to be read next. Times are seconds of one clock. */
export class Schedule {
  readonly #due = new Map<string, number>();
  readonly #lately = new Map<string, number>();

  isDue({ name }: Pick<Part, 'name'>, at: number): boolean {
    return at >= (this.#due.get(name) ?? Number.NEGATIVE_INFINITY);
  }

  /** A reading from `begun` to `ended`. One that was held up by a busy server, but not twice running, costs no more. */
  read({ name, every }: Pick<Part, 'name' | 'every'>, begun: number, ended: number): void {
    const took = ended - begun;
    const cost = Math.min(took, this.#lately.get(name) ?? took);
    this.#lately.set(name, took);
    this.#due.set(name, begun + Math.max(every * (1 - EARLY), cost * SHARE));
  }

  failed({ name }: Pick<Part, 'name'>, at: number): void {
    this.#due.set(name, at + AFTER_FAILURE);
  }
}
