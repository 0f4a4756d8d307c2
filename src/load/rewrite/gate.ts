import { ownPromise } from '../rejections.ts';

/**
 * Holds a promise that is the result of a function that blocks. Awaiting the call would unwrap the promise itself;
 * in a box it arrives as the script wrote it, after the call has done what it does before it returns.
 */
class Box {
  held: unknown;
}

function isThenable(value: unknown): boolean {
  const mayHaveMethods = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return mayHaveMethods && typeof (value as { then?: unknown }).then === 'function';
}

/** The result of a function that blocks, in a box if it is a promise. */
export function box(value: unknown): unknown {
  if (!isThenable(value)) return value;
  const made = new Box();
  made.held = value;
  return made;
}

/** What is in the box, if it is one. */
export function open(value: unknown): unknown {
  return value instanceof Box ? value.held : value;
}

/** Through which the rewritten body of an async function says that it waits for something itself. */
type Handle = { wait(value: unknown): unknown };

/**
 * Runs the body of an async function that blocks. k6 blocks the caller until the body's first `await` or its end, so
 * that is when this resolves, to a box with the promise that the script sees.
 */
export function begin(body: (handle: Handle) => Promise<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    const made = new Box();
    const release = () => resolve(made);
    const wait = (value: unknown) => {
      release();
      return value;
    };
    made.held = run(body, { wait }, release);
  });
}

async function run(
  body: (handle: Handle) => Promise<unknown>,
  handle: Handle,
  release: () => void,
): Promise<unknown> {
  try {
    return await body(handle);
  } finally {
    release();
  }
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/**
 * The same function for callers that know nothing of boxes. With `isOwn` the promise that it gives is the script's own:
 * when that is rejected, nobody in the script took notice.
 */
export function plain(called: unknown, isOwn = false): unknown {
  if (typeof called !== 'function') return called;
  return function (this: unknown, ...args: unknown[]) {
    const result = (called as AnyFunction).apply(this, args);
    if (!(result instanceof Promise)) return open(result);
    const opened = result.then(open);
    return isOwn ? ownPromise(opened) : opened;
  };
}

/** What a CommonJS script exports, with the functions in `plains` as the engine calls them: see `plain`. */
export function commonJs(exported: unknown, plains: Record<string, boolean>): unknown {
  if ((typeof exported !== 'object' && typeof exported !== 'function') || exported === null) return exported;
  const given: object = Object.create(exported);
  const own = exported as Record<string, unknown>;
  for (const [name, isOwn] of Object.entries(plains)) {
    Object.defineProperty(given, name, { enumerable: true, get: () => plain(own[name], isOwn) });
  }
  return given;
}

/** What a VU tells those who must wait until nothing of its script is running. */
type Host = { free?(): Promise<void> };

/** What `value` resolves to, or is rejected with, once nothing else of the script is running. */
export async function rest(vu: Host, value: unknown): Promise<unknown> {
  try {
    return await value;
  } finally {
    await vu.free?.();
  }
}

/** The same function for promises, which call it as soon as they are settled: it waits as what is awaited does. */
export function patient(vu: Host, called: unknown): unknown {
  if (typeof called !== 'function') return called;
  const unboxed = plain(called) as AnyFunction;
  return (...args: unknown[]) => (vu.free ? vu.free().then(() => unboxed(...args)) : unboxed(...args));
}
