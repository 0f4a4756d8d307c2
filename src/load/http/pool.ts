import type { Connection } from './connection.ts';
import type { Origin } from './target.ts';

/** The idle connections of one virtual user. The one used last is taken first; too many are closed, as in k6. */
export class Pool {
  readonly #perHost: number;
  readonly #total: number;
  /** In the order in which they were put here. They are few: k6's own limit is 20. */
  readonly #idle: Connection[] = [];

  constructor(perHost: number, total: number) {
    this.#perHost = perHost;
    this.#total = total;
  }

  take(origin: Origin): Connection | undefined {
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      const connection = this.#idle[i] as Connection;
      if (connection.origin !== origin) continue;
      if (i === this.#idle.length - 1) this.#idle.pop();
      else this.#idle.splice(i, 1);
      if (connection.usable) return connection;
    }
    return undefined;
  }

  put(connection: Connection): void {
    if (this.#idle.length >= this.#perHost && !this.#hasRoom(connection.origin)) {
      connection.destroy();
      return;
    }
    this.#idle.push(connection);
    if (this.#idle.length > this.#total) this.#idle.shift()?.destroy();
  }

  /** Forgets those that the server has closed, and tells whether one more for `origin` may stay. */
  #hasRoom(origin: Origin): boolean {
    const usable = this.#idle.filter((connection) => connection.usable);
    this.#idle.splice(0, this.#idle.length, ...usable);
    return usable.filter((connection) => connection.origin === origin).length < this.#perHost;
  }

  /** Closes all of them. */
  clear(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }
}
