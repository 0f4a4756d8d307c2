import type { Clock } from '../../src/load/clock.ts';

/** A clock that jumps from one waiting thing to the next, so that hours pass in milliseconds. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #waiting: { seconds: number; order: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  at(seconds: number, wake: () => void): () => void {
    const entry = { seconds: Math.max(seconds, this.#now), order: this.#order++, wake };
    this.#waiting.push(entry);
    return () => {
      const at = this.#waiting.indexOf(entry);
      if (at >= 0) this.#waiting.splice(at, 1);
    };
  }

  sleep(seconds: number): Promise<void> {
    return new Promise((resolve) => this.at(this.#now + seconds, resolve));
  }

  /** Runs until `work` is done. Throws when it waits for something that never comes. */
  async run(work: Promise<unknown>): Promise<void> {
    let done = false;
    const ended = work.finally(() => {
      done = true;
    });
    for (;;) {
      // Everything that can happen at this instant happens before time goes on.
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      if (done) break;
      this.#waiting.sort((a, b) => a.seconds - b.seconds || a.order - b.order);
      const next = this.#waiting.shift();
      if (next === undefined) throw new Error(`nothing more will happen after ${this.#now} s`);
      this.#now = next.seconds;
      next.wake();
    }
    await ended;
  }
}
