import { types } from 'node:util';
import { GoError } from '../go-error.ts';
import { encodeShared, sharedView } from '../shared-array.ts';
import type { VU } from '../vu.ts';

/** `k6/data` for one VU. A SharedArray is made once in the whole run, by the first VU that asks for its name. */
export function dataModule(vu: VU): Record<string, unknown> {
  const { sharedArrays } = vu.session;

  // k6 takes the call without `new` too.
  function SharedArray(name: unknown, make: unknown): unknown[] {
    if (vu.initialised) throw new GoError('new SharedArray must be called in the init context');
    const key = String(name);
    if (key === '') throw new GoError("empty name provided to SharedArray's constructor");
    if (typeof make !== 'function')
      throw new GoError("a function is expected as the second argument of SharedArray's constructor");
    const known = sharedArrays.get(key);
    if (known !== undefined) return sharedView(known);
    const encoded = encodeShared(elementsOf((make as () => unknown)()));
    sharedArrays.set(key, encoded);
    return sharedView(encoded);
  }

  return { SharedArray };
}

function elementsOf(made: unknown): unknown[] {
  if (made === undefined || made === null) throw new TypeError('Cannot convert undefined or null to object');
  if (types.isPromise(made)) {
    made.catch(() => undefined);
    throw new GoError('SharedArray constructor does not support async functions as second argument');
  }
  if (!Array.isArray(made)) throw new GoError('only arrays can be made into SharedArray');
  return made;
}
