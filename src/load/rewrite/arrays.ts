import { open } from './gate.ts';

/**
 * The methods of arrays that call a function, for functions that block: each call is awaited before the next begins.
 * As in JavaScript, the length is taken at the start, holes are left out where the method leaves them out, and
 * elements are read when their turn comes. What is no array is asked for its own method of the name.
 */
type Callback = (this: unknown, ...args: unknown[]) => unknown;
type Method = (receiver: unknown, ...args: unknown[]) => Promise<unknown>;
type List = ArrayLike<unknown> & Record<number, unknown>;
type Visit = (list: List, callback: Callback, self: unknown, args: unknown[]) => Promise<unknown>;

const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype);

function methodOf(receiver: unknown, name: string): unknown {
  // Throws what JavaScript throws when there is no receiver.
  return (receiver as Record<string, unknown>)[name];
}

/** `visit` for arrays and whatever borrowed their methods; other objects do it themselves. */
function method(name: string, visit: Visit): Method {
  return async (receiver, ...args) => {
    const own = methodOf(receiver, name);
    const [callback, self] = args;
    const isArrays = own === methodOf(Array.prototype, name) || own === methodOf(typedArray, name);
    if (isArrays && typeof callback === 'function') {
      return visit(receiver as List, callback as Callback, self, args.slice(1));
    }
    if (own === Map.prototype.forEach || own === Set.prototype.forEach) {
      return visitEntries(receiver as Map<unknown, unknown>, callback as Callback, self);
    }
    return open(await waiting(own).apply(receiver, args));
  };
}

/** The form of one of the engine's own methods that awaits the functions it calls; any other method as it is. */
function waiting(method: unknown): Callback {
  const { blocking } = Object(method) as { blocking?: unknown };
  return (typeof blocking === 'function' ? blocking : method) as Callback;
}

/** `receiver[name](...args)`, where the engine's objects have a method of that name that calls functions. */
export async function variant(name: string, receiver: unknown, ...args: unknown[]): Promise<unknown> {
  return open(await waiting(methodOf(receiver, name)).apply(receiver, args));
}

async function visitEntries(
  entries: Map<unknown, unknown> | Set<unknown>,
  callback: Callback,
  self: unknown,
): Promise<void> {
  for (const [key, value] of entries.entries()) await callback.call(self, value, key, entries);
}

/** Visits the indexes of `list` in order until `take` answers true. */
async function visitAll(
  list: List,
  callback: Callback,
  self: unknown,
  take: (answer: unknown, value: unknown, index: number) => boolean | undefined,
): Promise<void> {
  const { length } = list;
  for (let index = 0; index < length; index++) {
    if (!(index in list)) continue;
    const value = list[index];
    if (take(open(await callback.call(self, value, index, list)), value, index)) return;
  }
}

/** An array, or a typed array of the same kind, of that length. */
function sameKind(list: List, length: number): unknown[] {
  if (!ArrayBuffer.isView(list)) return new Array(length);
  const Kind = (list as unknown as { constructor: new (length: number) => unknown[] }).constructor;
  return new Kind(length);
}

async function map(list: List, callback: Callback, self: unknown): Promise<unknown> {
  const mapped = sameKind(list, list.length);
  await visitAll(list, callback, self, (answer, _, index) => {
    mapped[index] = answer;
    return false;
  });
  return mapped;
}

async function forEach(list: List, callback: Callback, self: unknown): Promise<undefined> {
  await visitAll(list, callback, self, () => false);
  return undefined;
}

async function filter(list: List, callback: Callback, self: unknown): Promise<unknown> {
  const kept: unknown[] = [];
  await visitAll(list, callback, self, (answer, value) => {
    if (answer) kept.push(value);
    return false;
  });
  if (!ArrayBuffer.isView(list)) return kept;
  const same = sameKind(list, kept.length);
  for (const [index, value] of kept.entries()) same[index] = value;
  return same;
}

async function flatMap(list: List, callback: Callback, self: unknown): Promise<unknown> {
  const flat: unknown[] = [];
  await visitAll(list, callback, self, (answer) => {
    if (Array.isArray(answer)) flat.push(...answer.flat(0));
    else flat.push(answer);
    return false;
  });
  return flat;
}

/** `some` ends with true at the first true answer, `every` with false at the first false one. */
function until(end: boolean): Visit {
  return async (list, callback, self) => {
    let result = !end;
    await visitAll(list, callback, self, (answer) => {
      if (Boolean(answer) === end) result = end;
      return result === end;
    });
    return result;
  };
}

/** `find` and its like visit holes too. */
function finder(fromEnd: boolean, pick: (value: unknown, index: number) => unknown, none: unknown): Visit {
  return async (list, callback, self) => {
    const { length } = list;
    for (let step = 0; step < length; step++) {
      const index = fromEnd ? length - 1 - step : step;
      const value = list[index];
      if (open(await callback.call(self, value, index, list))) return pick(value, index);
    }
    return none;
  };
}

function folder(fromEnd: boolean): Visit {
  return async (list, callback, _, args) => {
    const { length } = list;
    let started = args.length > 0;
    let result = args[0];
    for (let step = 0; step < length; step++) {
      const index = fromEnd ? length - 1 - step : step;
      if (!(index in list)) continue;
      if (started) result = open(await callback(result, list[index], index, list));
      else result = list[index];
      started = true;
    }
    // Nothing to start from: JavaScript says so.
    return started ? result : [].reduce(callback as () => never);
  };
}

/** Stable; holes and then undefined elements come last, and the comparison never sees them. */
async function sorted(list: List, compare: Callback): Promise<{ values: unknown[]; holes: number }> {
  const values: unknown[] = [];
  let missing = 0;
  for (let index = 0; index < list.length; index++) {
    if (!(index in list)) continue;
    if (list[index] === undefined) missing++;
    else values.push(list[index]);
  }
  const ordered = [...(await mergeSort(values, compare)), ...new Array(missing).fill(undefined)];
  return { values: ordered, holes: list.length - ordered.length };
}

async function mergeSort(values: unknown[], compare: Callback): Promise<unknown[]> {
  if (values.length < 2) return values;
  const middle = values.length >> 1;
  const left = await mergeSort(values.slice(0, middle), compare);
  const right = await mergeSort(values.slice(middle), compare);
  const merged: unknown[] = [];
  let taken = 0;
  for (const value of left) {
    while (taken < right.length && Number(open(await compare(value, right[taken]))) > 0)
      merged.push(right[taken++]);
    merged.push(value);
  }
  return [...merged, ...right.slice(taken)];
}

async function sort(list: List, compare: Callback): Promise<unknown> {
  const { values, holes } = await sorted(list, compare);
  for (const [index, value] of values.entries()) list[index] = value;
  for (let index = values.length; index < values.length + holes; index++) delete list[index];
  return list;
}

async function toSorted(list: List, compare: Callback): Promise<unknown> {
  const { values, holes } = await sorted(list, compare);
  return [...values, ...new Array(holes).fill(undefined)];
}

/** `Array.from(source, callback, self)`. */
async function from(source: unknown, callback: unknown, self: unknown): Promise<unknown[]> {
  if (typeof callback !== 'function') return Array.from(source as Iterable<unknown>, callback as never);
  const made: unknown[] = [];
  const isIterable = source !== null && source !== undefined && Symbol.iterator in Object(source);
  const values = isIterable ? (source as Iterable<unknown>) : indexed(source as List);
  for (const value of values) made.push(open(await (callback as Callback).call(self, value, made.length)));
  return made;
}

function* indexed(list: List): Generator<unknown> {
  const length = Math.max(0, Math.trunc(Number(list.length)) || 0);
  for (let index = 0; index < length; index++) yield list[index];
}

export const arrays = {
  map: method('map', map),
  forEach: method('forEach', forEach),
  filter: method('filter', filter),
  flatMap: method('flatMap', flatMap),
  some: method('some', until(true)),
  every: method('every', until(false)),
  find: method(
    'find',
    finder(false, (value) => value, undefined),
  ),
  findIndex: method(
    'findIndex',
    finder(false, (_, index) => index, -1),
  ),
  findLast: method(
    'findLast',
    finder(true, (value) => value, undefined),
  ),
  findLastIndex: method(
    'findLastIndex',
    finder(true, (_, index) => index, -1),
  ),
  reduce: method('reduce', folder(false)),
  reduceRight: method('reduceRight', folder(true)),
  sort: method('sort', sort),
  toSorted: method('toSorted', toSorted),
  from,
};
