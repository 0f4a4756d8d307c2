/** The elements of a SharedArray as UTF-8 JSON, one copy for all threads: structured cloning shares the buffer. */
export type SharedElements = {
  readonly length: number;
  /** `length` + 1 offsets as 64-bit floats, then the bytes that they point into. */
  readonly buffer: SharedArrayBuffer;
};

/** Encodes `elements`. Throws what JSON.stringify throws: for cycles and BigInts. */
export function encodeShared(elements: readonly unknown[]): SharedElements {
  // What JSON has no form for is empty: reading it fails, as in k6.
  const texts = Array.from(elements, (element) => JSON.stringify(element) ?? '');
  const head = (texts.length + 1) * Float64Array.BYTES_PER_ELEMENT;
  const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text), head);
  const buffer = new SharedArrayBuffer(size);
  const offsets = new Float64Array(buffer, 0, texts.length + 1);
  const bytes = Buffer.from(buffer);
  let at = head;
  for (const [index, text] of texts.entries()) {
    offsets[index] = at;
    at += bytes.write(text, at);
  }
  offsets[texts.length] = at;
  return { length: texts.length, buffer };
}

/**
 * The array that a script sees: each access decodes a new, deeply frozen element, and nothing can be written. Throws
 * k6's messages.
 */
export function sharedView({ length, buffer }: SharedElements): unknown[] {
  const offsets = new Float64Array(buffer, 0, length + 1);
  const bytes = Buffer.from(buffer);
  const decode = (index: number): unknown => {
    const text = bytes.toString('utf8', offsets[index], offsets[index + 1]);
    if (text === '') throw new SyntaxError("invalid character 'u' looking for beginning of value");
    return deepFreeze(JSON.parse(text));
  };
  // The target is an array so that Array.isArray, spread and the array methods work.
  return new Proxy([] as unknown[], {
    get(target, key, receiver) {
      if (key === 'length') return length;
      const index = indexOf(key);
      if (index < 0) return Reflect.get(target, key, receiver);
      return index < length ? decode(index) : undefined;
    },
    has: (target, key) => (indexOf(key) < 0 ? key in target : indexOf(key) < length),
    ownKeys: () => [...Array.from({ length }, (_, index) => String(index)), 'length'],
    getOwnPropertyDescriptor(target, key) {
      if (key === 'length') return { ...Reflect.getOwnPropertyDescriptor(target, key), value: length };
      const index = indexOf(key);
      if (index < 0 || index >= length) return undefined;
      return { value: decode(index), writable: true, enumerable: true, configurable: true };
    },
    set: (_, key) => refuse(key, 'set'),
    defineProperty: (_, key) => refuse(key, 'define'),
    deleteProperty: (_, key) => (isElement(key, length) ? refuse(key, 'delete') : true),
    preventExtensions() {
      throw new TypeError('Cannot make a dynamic object non-extensible');
    },
  });
}

function indexOf(key: string | symbol): number {
  return typeof key === 'string' && /^(0|[1-9]\d*)$/.test(key) ? Number(key) : -1;
}

function isElement(key: string | symbol, length: number): boolean {
  const index = indexOf(key);
  return index >= 0 && index < length;
}

function refuse(key: string | symbol, what: string): never {
  if (key === 'length' || indexOf(key) >= 0) throw new TypeError('SharedArray is immutable');
  throw new TypeError(`Cannot ${what} property "${String(key)}" on a dynamic array`);
}

function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
