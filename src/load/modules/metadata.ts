import type { VU } from '../vu.ts';

/** `exec.vu.metrics.metadata`: what is written beside the VU's samples, from now on and in its later iterations. */
export function metadataObject(vu: VU): object {
  const of = (key: string | symbol) => (typeof key === 'string' ? vu.metadata.get(key) : undefined);
  return new Proxy({} as Record<string, unknown>, {
    get: (_, key) => of(key),
    has: (_, key) => of(key) !== undefined,
    ownKeys: () => [...vu.metadata.keys()],
    getOwnPropertyDescriptor: (_, key) => {
      const value = of(key);
      return value === undefined
        ? undefined
        : { value, enumerable: true, configurable: true, writable: true };
    },
    set: (_, key, value) => {
      if (!['string', 'number', 'boolean'].includes(typeof value)) {
        throw new TypeError(
          `invalid value for metric metadata '${String(key)}': only String, Boolean and Number types are accepted as a metric metadata value`,
        );
      }
      vu.note(String(key), String(value));
      return true;
    },
    deleteProperty: (_, key) => {
      vu.note(String(key), undefined);
      return true;
    },
  });
}
