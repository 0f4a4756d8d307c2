import type { VU } from '../vu.ts';
import { goRandomState } from './go-random-state.ts';

const LENGTH = 607;
const TAP = 273;
/** The modulus of the generator that spreads the seed. */
const SEEDS = 2n ** 31n - 1n;
const LOW_63_BITS = 2n ** 63n - 1n;

/**
 * The numbers in [0, 1) that Go's `math/rand` gives for a seed, of 64 bits with sign: k6 draws them from there. An
 * additive lagged Fibonacci generator (Knuth, TAOCP 2, 3.2.2), with the seed spread by Lehmer's generator.
 */
export class GoRandom {
  readonly #state: BigUint64Array;
  #tap = 0;
  #feed = LENGTH - TAP;

  constructor(seed: bigint) {
    this.#state = startingState();
    let spread = ((seed % SEEDS) + SEEDS) % SEEDS;
    if (spread === 0n) spread = 89_482_311n;
    const next = () => {
      spread = (spread * 48_271n) % SEEDS;
      return spread;
    };
    for (let skipped = 0; skipped < 20; skipped++) next();
    for (let at = 0; at < LENGTH; at++) {
      const word = (next() << 40n) ^ (next() << 20n) ^ next();
      this.#state[at] = (this.#state[at] ?? 0n) ^ BigInt.asUintN(64, word);
    }
  }

  next(): number {
    for (;;) {
      this.#tap = (this.#tap + LENGTH - 1) % LENGTH;
      this.#feed = (this.#feed + LENGTH - 1) % LENGTH;
      const sum = (this.#state[this.#feed] ?? 0n) + (this.#state[this.#tap] ?? 0n);
      this.#state[this.#feed] = sum;
      const number = Number(sum & LOW_63_BITS) / 2 ** 63;
      // Rounding can make it 1, which is drawn again.
      if (number < 1) return number;
    }
  }
}

function startingState(): BigUint64Array {
  const bytes = Buffer.from(goRandomState, 'base64');
  return BigUint64Array.from({ length: LENGTH }, (_, at) => bytes.readBigUInt64LE(at * 8));
}

/** The generators of VUs whose script has called `randomSeed`. */
const seeded = new WeakMap<VU, GoRandom>();

/** `Math` for one VU: what it makes of randomness is its own once the script has seeded it. */
export function scriptMath(vu: VU): Math {
  return Object.create(Math, {
    random: { value: () => seeded.get(vu)?.next() ?? Math.random(), writable: true, configurable: true },
  });
}

/** k6's `randomSeed`: from now on `Math.random` gives this VU the same numbers in every run. */
export function seedRandom(vu: VU, seed: unknown): void {
  seeded.set(vu, new GoRandom(integer64(Number(seed ?? 0))));
}

/** As k6 converts it: a number that does not fit is the least of all. */
function integer64(value: number): bigint {
  if (!Number.isFinite(value)) return 0n;
  if (Math.abs(value) >= 2 ** 63) return -(2n ** 63n);
  return BigInt(Math.trunc(value));
}
