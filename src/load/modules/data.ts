import type { VU } from '../vu.ts';

/**
 * `k6/data` for one VU. The elements of a SharedArray are kept once for the whole run, as JSON; each access decodes
 * a new, deeply frozen one.
 */
export function dataModule(vu: VU): Record<string, unknown> {
  const { sharedArrays } = vu.session;

  function elements(name: string, make: () => unknown): readonly string[] {
    const known = sharedArrays.get(name);
    if (known !== undefined) return known;
    const made = make();
    if (!Array.isArray(made)) throw new TypeError('only arrays can be made into SharedArray');
    const encoded = made.map((element) => JSON.stringify(element) ?? 'null');
    sharedArrays.set(name, encoded);
    return encoded;
  }

  function SharedArray(name: unknown, make: unknown): unknown {
    if (new.target === undefined) throw new TypeError('SharedArray must be called with new');
    if (vu.initialised) throw new TypeError('new SharedArray must be called in the init context');
    if (typeof name !== 'string' || name === '') throw new TypeError('empty name provided to SharedArray');
    if (typeof make !== 'function')
      throw new TypeError('a function is expected as the second argument of SharedArray');
    return sharedView(elements(name, make as () => unknown));
  }

  return { SharedArray };
}

function sharedView(encoded: readonly string[]): unknown[] {
  const decode = (index: number): unknown => deepFreeze(JSON.parse(encoded[index] as string));
  const indexOf = (key: string | symbol) =>
    typeof key === 'string' && /^(0|[1-9]\d*)$/.test(key) ? Number(key) : -1;
  const readOnly = (): never => {
    throw new TypeError('SharedArray is immutable');
  };
  // The target is an array so that Array.isArray, spread and the array methods work.
  return new Proxy([] as unknown[], {
    get(target, key, receiver) {
      if (key === 'length') return encoded.length;
      const index = indexOf(key);
      if (index < 0) return Reflect.get(target, key, receiver);
      return index < encoded.length ? decode(index) : undefined;
    },
    has: (target, key) => {
      const index = indexOf(key);
      return index < 0 ? key in target : index < encoded.length;
    },
    set: readOnly,
    deleteProperty: readOnly,
    defineProperty: readOnly,
  });
}

function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
