/** The remarks of one collector until the sampler takes them. */
export class Remarks {
  readonly #said = new Set<string>();
  #waiting: string[] = [];

  /** What happened just now. */
  add(text: string): void {
    this.#waiting.push(text);
  }

  /** What stays as it is: said the first time only. */
  once(text: string): void {
    if (!this.#said.has(text)) this.#waiting.push(text);
    this.#said.add(text);
  }

  take(): string[] {
    return this.#waiting.splice(0);
  }
}
