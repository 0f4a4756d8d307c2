import { expect } from 'vitest';

/** Equal within a share of the expected value. */
export function close(actual: number | null | undefined, expected: number, relative = 1e-6): void {
  expect(Math.abs(Number(actual ?? Number.NaN) - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    relative * Math.abs(expected),
  );
}
