/** What keeps an iteration open besides its function: each entry knows how to call itself off. */
export class Holds {
  readonly #held = new Set<() => void>();
  #wake: (() => void) | undefined;

  get any(): boolean {
    return this.#held.size > 0;
  }

  /** The result lets go of what `cancel` calls off. */
  add(cancel: () => void): () => void {
    const entry = () => cancel();
    this.#held.add(entry);
    return () => {
      if (this.#held.delete(entry) && !this.any) this.#wake?.();
    };
  }

  /** Resolves when the last of those that there are now, or join them, is let go of. */
  released(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  callOff(): void {
    for (const cancel of [...this.#held]) cancel();
    this.#held.clear();
    this.#wake?.();
  }
}
