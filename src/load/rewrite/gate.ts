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
    let isReleased = false;
    const release = () => {
      isReleased = true;
      resolve(made);
    };
    const wait = (value: unknown) => {
      if (isReleased) return value;
      release();
      return afterCallers(value);
    };
    made.held = run(body, { wait }, release);
  });
}

/** All callers of an async function run on, each a microtask after the one it called, before the function does. */
async function afterCallers(value: unknown): Promise<unknown> {
  // Together, so that a rejected promise has its handler from the start.
  const [settled] = await Promise.all([value, new Promise(setImmediate)]);
  return settled;
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

/** The same function for callers that know nothing of boxes. */
export function plain(called: unknown): unknown {
  if (typeof called !== 'function') return called;
  return function (this: unknown, ...args: unknown[]) {
    const result = (called as AnyFunction).apply(this, args);
    return result instanceof Promise ? result.then(open) : open(result);
  };
}
