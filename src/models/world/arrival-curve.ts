/** How many have come by when: straight between the points that were added, and nothing before the first. */
export class ArrivalCurve {
  readonly #times: number[] = [];
  readonly #counts: number[] = [];
  /** Points before this one are forgotten. */
  #first = 0;
  /** All that have come. */
  count = 0;

  /** `more` have come evenly since the last point, by `time`. */
  add(time: number, more: number): void {
    this.count += more;
    this.#times.push(time);
    this.#counts.push(this.count);
  }

  /** How many had come by `time`. */
  at(time: number): number {
    return this.#interpolate(this.#times, this.#counts, time);
  }

  /** When `count` had come: the earliest such time. */
  timeOf(count: number): number {
    return this.#interpolate(this.#counts, this.#times, count);
  }

  /** Points that are not needed to tell of more than `count`. */
  forget(count: number): void {
    while (this.#first < this.#counts.length - 2 && (this.#counts[this.#first + 1] as number) < count)
      this.#first++;
    if (this.#first < 1000) return;
    this.#times.splice(0, this.#first);
    this.#counts.splice(0, this.#first);
    this.#first = 0;
  }

  #interpolate(from: readonly number[], to: readonly number[], value: number): number {
    let [low, high] = [this.#first, from.length - 1];
    if (high < low) return 0;
    if (value <= (from[low] as number)) return to[low] as number;
    if (value >= (from[high] as number)) return to[high] as number;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((from[middle] as number) < value) low = middle;
      else high = middle;
    }
    const [a, b] = [from[low] as number, from[high] as number];
    const share = b > a ? (value - a) / (b - a) : 1;
    return (to[low] as number) + share * ((to[high] as number) - (to[low] as number));
  }
}
