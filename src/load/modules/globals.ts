import { scriptConsole } from '../console.ts';
import type { VU } from '../vu.ts';
import { globalNames, hidden, type ownGlobals } from './global-names.ts';
import { scriptOpen } from './open.ts';
import { scriptMath } from './random.ts';
import { timersModule } from './timers.ts';
import { scriptCrypto } from './web-crypto.ts';

/** What a script finds without importing it, each VU its own: made when the script uses it. */
const own: Record<(typeof ownGlobals)[number], (vu: VU) => unknown> = {
  console: (vu) =>
    // A script that caught its own interruption runs on to its next call, which k6's does not.
    scriptConsole((...line) => {
      if (!vu.interrupted) vu.session.log(...line);
    }),
  crypto: scriptCrypto,
  open: scriptOpen,
  Math: scriptMath,
  setTimeout: (vu) => timersModule(vu).setTimeout,
  clearTimeout: (vu) => timersModule(vu).clearTimeout,
  setInterval: (vu) => timersModule(vu).setInterval,
  clearInterval: (vu) => timersModule(vu).clearInterval,
  global: scriptGlobal,
  globalThis: scriptGlobal,
};

const makers: Record<string, (vu: VU) => unknown> = {
  ...own,
  ...Object.fromEntries(hidden.map((name) => [name, () => undefined])),
};

/** Holds a VU, and each global once the script has used it. The getters stand on the prototype, once for all VUs. */
class Globals {
  readonly #vu: VU;

  constructor(vu: VU) {
    this.#vu = vu;
  }

  static {
    for (const [name, make] of Object.entries(makers)) {
      Object.defineProperty(Globals.prototype, name, {
        get(this: Globals) {
          const value = make(this.#vu);
          Object.defineProperty(this, name, { value, configurable: true });
          return value;
        },
      });
    }
  }
}

const made = new WeakMap<VU, Record<string, unknown>>();

/** The globals of one VU by name. */
export function globalsOf(vu: VU): Record<string, unknown> {
  const globals = made.get(vu) ?? (new Globals(vu) as unknown as Record<string, unknown>);
  made.set(vu, globals);
  return globals;
}

/** The global object that a script sees: its own globals before the host's, and what it writes stays in its VU. */
function scriptGlobal(vu: VU): object {
  const globals = globalsOf(vu);
  const own: Record<string, unknown> = Object.create(globalThis);
  for (const name of globalNames) {
    const isSelf = name === 'global' || name === 'globalThis';
    Object.defineProperty(own, name, {
      configurable: true,
      get: () => (isSelf ? own : globals[name]),
      set: (value: unknown) => {
        Object.defineProperty(own, name, { value, writable: true, configurable: true, enumerable: true });
      },
    });
  }
  for (const name of ['global', 'globalThis']) {
    Object.defineProperty(globals, name, { value: own, configurable: true });
  }
  return own;
}
