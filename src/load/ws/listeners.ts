import { GoError } from '../go-error.ts';
import { open } from '../rewrite/gate.ts';
import type { VU } from '../vu.ts';

export type Listener = (event: object) => unknown;

const names = ['open', 'message', 'error', 'close', 'ping', 'pong'];

/** The functions that a script has for a socket's events: one property for each kind, and any number besides. */
export class Listeners {
  readonly #vu: VU;
  readonly #single = new Map<string, Listener>();
  readonly #more = new Map<string, Listener[]>();

  constructor(vu: VU) {
    this.#vu = vu;
  }

  /** What the property `on…` shows: a function even when the script has set none. */
  get(name: string): Listener {
    return this.#single.get(name) ?? (() => undefined);
  }

  /** Throws GoError for what cannot be called. */
  set(name: string, listener: unknown): void {
    if (listener === undefined || listener === null) this.#single.delete(name);
    else if (typeof listener === 'function') this.#single.set(name, listener as Listener);
    else throw new GoError(`a value for 'on${name}' should be callable`);
  }

  add(name: string, listener: unknown): void {
    if (listener !== undefined && typeof listener !== 'function') {
      throw new TypeError(
        `could not convert function call parameter 1: could not convert ${String(listener)} to func(sobek.Value) (sobek.Value, error)`,
      );
    }
    if (listener === undefined) {
      throw new GoError(`handler for event type ${JSON.stringify(name)} isn't a callable function`);
    }
    if (names.includes(name)) this.#more.set(name, [...this.#of(name), listener as Listener]);
    else this.#vu.session.log('warning', `can't add event handler: unknown event type: ${name}`);
  }

  #of(name: string): Listener[] {
    return this.#more.get(name) ?? [];
  }

  /** Calls them one after another; a promise only where one blocks. */
  call(name: string, event: object): Promise<void> | undefined {
    const own = this.#single.get(name);
    return this.#callAll(own === undefined ? this.#of(name) : [own, ...this.#of(name)], event);
  }

  #callAll(listeners: readonly Listener[], event: object): Promise<void> | undefined {
    for (const [index, listener] of listeners.entries()) {
      const result = listener(event);
      if (!(result instanceof Promise)) continue;
      const rest = listeners.slice(index + 1);
      // One that blocks nobody is the script's own async code: the next listener does not wait for it.
      if (this.#vu.blockedIn !== undefined) {
        return result.then(open).then(() => this.#callAll(rest, event));
      }
      return joined(result.then(open), this.#callAll(rest, event));
    }
    return undefined;
  }
}

async function joined(...all: (Promise<unknown> | undefined)[]): Promise<void> {
  await Promise.all(all);
}
