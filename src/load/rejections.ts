import { AsyncLocalStorage } from 'node:async_hooks';
import { Interrupted, type VU } from './vu.ts';

/** Stands for what a script's promise was rejected with when nobody in the script took notice. */
export class Uncaught extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super(`Uncaught (in promise) ${String(reason)}`, { cause: reason });
    this.reason = reason;
  }
}

type Owner = { readonly vu: VU; readonly iteration: number | undefined };

/** Whose promises those are that are being made. Following that costs, so it is done for scripts that make some. */
const owners = new AsyncLocalStorage<Owner>();

/** Calls a script's function; the promises that it and all that comes of it make are known to be the VU's. */
export function callOwned<A extends unknown[], R>(vu: VU, called: (...args: A) => R, ...args: A): R {
  if (!vu.script?.makesPromises) return called(...args);
  return owners.run({ vu, iteration: vu.iteration }, () => called(...args));
}

const own = new WeakSet<Promise<unknown>>();

/** The promise that a script's function made, rejected with `Uncaught` when it is rejected. */
export function ownPromise(made: Promise<unknown>): Promise<unknown> {
  const promise = made.catch((reason: unknown) => {
    throw new Uncaught(reason);
  });
  own.add(promise);
  return promise;
}

/**
 * What a call of a script's function gives: `result`, or what it resolves to, once the rejections until then have been
 * seen. A promise that the script made itself may never be settled: then this resolves when nothing is left that could
 * do it, as k6's event loop ends.
 */
export async function outcomeOf(vu: VU, result: unknown): Promise<unknown> {
  if (!(result instanceof Promise) || !own.has(result)) {
    const given = await result;
    await rejectionsSeen(vu);
    return given;
  }
  let value: unknown;
  let isSettled = false;
  result.then(
    (given) => {
      isSettled = true;
      value = given;
    },
    (error) => vu.fail(error),
  );
  // Twice, since what is seen to be idle may have been about to begin something.
  for (let idle = 0; idle < 2 && !isSettled && !vu.interrupted; ) {
    await new Promise(setImmediate);
    if (vu.unsettled || vu.blockedIn !== undefined) await vu.settled();
    else idle++;
  }
  return value;
}

/** Resolves once the rejections so far have been seen, for a script that makes promises. */
export function rejectionsSeen(vu: VU): Promise<void> | undefined {
  return vu.script?.makesPromises ? new Promise((resolve) => setImmediate(resolve)) : undefined;
}

/**
 * From now on a rejected promise of a script that nothing handles fails its VU's iteration, as in k6, instead of
 * ending the thread. Those that are no script's end it still. The result takes this back.
 */
export function watchRejections(): () => void {
  const unhandled = new Map<Promise<unknown>, () => void>();

  function seen(reason: unknown, promise: Promise<unknown>): void {
    const owner = owners.getStore();
    if (owner === undefined) throw reason;
    const { vu, iteration } = owner;
    // What is left of an iteration that was cut off concerns nobody.
    if (reason instanceof Interrupted || vu.interrupted || vu.iteration !== iteration) return;
    const release = vu.hold(() => unhandled.delete(promise));
    unhandled.set(promise, release);
    // While the script is blocked it may still come to handle it.
    if (vu.blockedIn === undefined) judge();
    else void vu.later(judge);

    function judge(): void {
      if (!unhandled.delete(promise)) return;
      vu.fail(new Uncaught(reason));
      release();
    }
  }

  function handled(promise: Promise<unknown>): void {
    const release = unhandled.get(promise);
    unhandled.delete(promise);
    release?.();
  }

  process.on('unhandledRejection', seen);
  process.on('rejectionHandled', handled);
  return () => {
    process.off('unhandledRejection', seen);
    process.off('rejectionHandled', handled);
  };
}
