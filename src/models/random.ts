/**
 * Seeded random numbers: the same seed gives the same numbers on every machine.
 *
 * The generator is xoshiro128** 1.1 (D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", 2021),
 * its state filled from the seed by splitmix32, as its authors advise.
 */
export class Random {
  readonly #state: Uint32Array;

  /** From a whole number, or on from a state of four words that are not all zero. Throws a RangeError otherwise. */
  constructor(seed: number | readonly [number, number, number, number]) {
    if (typeof seed === 'number') this.#state = expand(seed);
    else {
      if (seed.every((word) => word === 0)) throw new RangeError('a state of zeros only gives zeros');
      this.#state = Uint32Array.from(seed);
    }
  }

  /** A whole number from 0 to 2^32 - 1. */
  word(): number {
    const s = this.#state;
    const s0 = s[0] as number;
    const s1 = s[1] as number;
    const s2 = s[2] as number;
    const s3 = s[3] as number;
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    const a = s2 ^ s0;
    const b = s3 ^ s1;
    s[0] = s0 ^ b;
    s[1] = s1 ^ a;
    s[2] = a ^ (s1 << 9);
    s[3] = rotate(b, 11);
    return result;
  }

  /** Uniform in [0, 1), with 53 random bits. */
  uniform(): number {
    return ((this.word() >>> 5) * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
  }

  /** A whole number from 0 to `below` - 1. Throws a RangeError unless `below` is a whole number of 1 or more. */
  integer(below: number): number {
    if (!Number.isSafeInteger(below) || below < 1) throw new RangeError(`cannot draw below ${below}`);
    return Math.floor(this.uniform() * below);
  }

  /** Mean 0, standard deviation 1, by the transform of Box and Muller (1958). */
  normal(): number {
    // 1 - uniform() is never 0, whose logarithm is not finite.
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /**
   * A count with mean and variance `mean`: by the product of uniforms (D. Knuth, The Art of Computer Programming 2,
   * 3.4.1) up to 50, and by the normal distribution that it then is close to. Throws a RangeError for a negative mean.
   */
  poisson(mean: number): number {
    if (!(mean >= 0) || !Number.isFinite(mean)) throw new RangeError(`mean ${mean} is not zero or more`);
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const least = Math.exp(-mean);
    let count = 0;
    for (let product = this.uniform(); product > least; product *= this.uniform()) count++;
    return count;
  }
}

function expand(seed: number): Uint32Array {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed ${seed} is not a whole number`);
  // Seeds above 32 bits differ in their high word, which must count too.
  let word = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b9)) >>> 0;
  const next = () => {
    word = (word + 0x9e3779b9) >>> 0;
    let mixed = word ^ (word >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return Uint32Array.of(next(), next(), next(), next());
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
