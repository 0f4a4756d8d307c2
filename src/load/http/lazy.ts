/** Stands for an object until somebody looks at it. */
class Later<T> {
  readonly #make: (from: T) => object;
  readonly #from: T;
  #made: object | undefined;

  constructor(make: (from: T) => object, from: T) {
    this.#make = make;
    this.#from = from;
  }

  get made(): object {
    this.#made ??= this.#make(this.#from);
    return this.#made;
  }
}

type Made = { readonly made: object };

const handler: ProxyHandler<Made> = {
  get: ({ made }, key) => Reflect.get(made, key),
  set: ({ made }, key, value) => Reflect.set(made, key, value),
  has: ({ made }, key) => Reflect.has(made, key),
  deleteProperty: ({ made }, key) => Reflect.deleteProperty(made, key),
  ownKeys: ({ made }) => Reflect.ownKeys(made),
  getOwnPropertyDescriptor: ({ made }, key) => Reflect.getOwnPropertyDescriptor(made, key),
  defineProperty: ({ made }, key, descriptor) => Reflect.defineProperty(made, key, descriptor),
  getPrototypeOf: ({ made }) => Reflect.getPrototypeOf(made),
};

/**
 * `make(from)`, made when it is first looked at. A response has such properties, which k6 lists with the others, and
 * most scripts never read them: making one costs as much as a dozen of these.
 */
export function lazily<T, R extends object>(make: (from: T) => R, from: T): R {
  return new Proxy<Made>(new Later(make, from), handler) as unknown as R;
}
