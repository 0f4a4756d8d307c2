/**
 * Instants are sums of decimal fractions, which doubles do not hold exactly, and the controller's windows are judged at
 * their very edge: two instants less than a microsecond apart are one.
 */
const SAME = 1e-6;

export function isAfter(a: number, b: number): boolean {
  return a - b > SAME;
}

export function isBefore(a: number, b: number): boolean {
  return b - a > SAME;
}
