/**
 * The request of a pod in whole units (millicores, MiB), and the `averageUtilization` of its HPA in whole percent. What
 * the HPA holds a pod at is their product: a request that is changed alone changes how many pods there are.
 */
export type RequestAndTarget = { readonly request: number; readonly target: number };

/**
 * A target must be seen to be exceeded: on a full node a pod uses no more than its request, so the target and the
 * tolerance of 10 % above it have to be within that.
 */
export const HIGHEST_TARGET = 90;

/**
 * The smallest request of at least `wanted` with a target that together hold a pod at what `held` does: at the same
 * place, or above it by less than a unit where whole numbers do not allow the same. Applied to its own result it changes
 * nothing. Throws a RangeError unless all are whole and above zero.
 */
export function pairedWith(held: RequestAndTarget, wanted: number): RequestAndTarget {
  for (const value of [held.request, held.target, wanted])
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`${value} is not a whole number above 0`);
  let product = held.request * held.target;
  for (;;) {
    const target = Math.min(HIGHEST_TARGET, Math.floor(product / wanted));
    // Held below a hundredth of what is wanted: no whole percent is as little.
    if (target < 1) return { request: wanted, target: 1 };
    const request = Math.ceil(product / target);
    // Rounding the request up raises what is held, which may allow a higher target: until that is settled.
    if (request * target === product) return { request, target };
    product = request * target;
  }
}
