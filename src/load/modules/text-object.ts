/** Texts by name that live elsewhere: a VU's tags, its metadata. */
type Texts = {
  get(key: string): string | undefined;
  keys(): string[];
  /** Undefined takes it away. */
  set(key: string, value: string | undefined): void;
  /** What k6 says of a value that is neither text, a number nor a boolean. */
  refusal(key: string): string;
};

/** An object that a script reads and writes `texts` through. */
export function textObject(texts: Texts): object {
  const of = (key: string | symbol) => (typeof key === 'string' ? texts.get(key) : undefined);
  return new Proxy({} as Record<string, unknown>, {
    get: (_, key) => of(key),
    has: (_, key) => of(key) !== undefined,
    ownKeys: () => texts.keys(),
    getOwnPropertyDescriptor: (_, key) => {
      const value = of(key);
      return value === undefined
        ? undefined
        : { value, enumerable: true, configurable: true, writable: true };
    },
    set: (_, key, value) => {
      if (!['string', 'number', 'boolean'].includes(typeof value)) {
        throw new TypeError(texts.refusal(String(key)));
      }
      texts.set(String(key), String(value));
      return true;
    },
    deleteProperty: (_, key) => {
      texts.set(String(key), undefined);
      return true;
    },
  });
}
