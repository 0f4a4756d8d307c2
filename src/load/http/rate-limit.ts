/**
 * k6's `rps`: a token bucket with room for one token. Requests start at least a period apart, in the order in which
 * they were asked for.
 */
export class RateLimit {
  readonly #periodMs: number;
  readonly #now: () => number;
  readonly #wait: (milliseconds: number) => Promise<unknown>;
  /** When the next token is there. */
  #nextMs = Number.NEGATIVE_INFINITY;

  /** `rate` is per second, above 0; `now` in milliseconds. */
  constructor(
    rate: number,
    now: () => number = () => performance.now(),
    wait: (milliseconds: number) => Promise<unknown> = (milliseconds) =>
      new Promise((resolve) => setTimeout(resolve, milliseconds)),
  ) {
    this.#periodMs = 1000 / rate;
    this.#now = now;
    this.#wait = wait;
  }

  /** Takes the next token: undefined when it is there already, else a promise of the moment when it is. */
  take(): Promise<void> | undefined {
    const now = this.#now();
    const at = Math.max(now, this.#nextMs);
    this.#nextMs = at + this.#periodMs;
    return at <= now ? undefined : this.#until(at);
  }

  /** Timers count whole milliseconds and may fire early. */
  async #until(at: number): Promise<void> {
    for (let left = at - this.#now(); left > 0; left = at - this.#now()) await this.#wait(left);
  }
}
