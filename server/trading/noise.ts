/**
 * Noise that can be looked up at any point: a function of its seed and of the step, with no state to carry from one
 * step to the next. A walk that adds up steps would have to replay all of them when it is asked after an hour's
 * silence, or in a replica that was started again; here step ten million costs as much as step one.
 *
 * Only +, -, *, / and the square root of powers of two: the same bits on every machine.
 */

/** Uniform in [0, 1), one number for each pair of whole numbers: the finaliser of MurmurHash3, public domain. */
export function random(seed: number, index: number): number {
  let h = Math.imul(seed, 0x9e3779b1) ^ Math.imul(index, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/** A number in [-1, 1) at each whole place; zero at place 0, where every walk begins. */
function lattice(seed: number, place: number): number {
  return place === 0 ? 0 : 2 * random(seed, place) - 1;
}

/**
 * Looks like a random walk: the sum of octaves, of which octave k has a new value every 2^k steps, straight lines
 * between them, and a size that grows with the root of its period, as the way of a random walk grows with the root
 * of time. Zero at step 0.
 * @param octaves the first, and the one after the last
 */
export function wander(seed: number, step: number, [first, end]: readonly [number, number]): number {
  let sum = 0;
  for (let octave = first; octave < end; octave++) {
    const places = step / (1 << octave);
    const place = Math.floor(places);
    const before = lattice(seed + octave, place);
    const after = lattice(seed + octave, place + 1);
    sum += Math.sqrt(1 << octave) * (before + (after - before) * (places - place));
  }
  return sum;
}
