import { expect } from 'vitest';

/** Both agree to within a share of the expected value. */
export function close(actual: number, expected: number, relative = 1e-6): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));
}
