import type { VU } from '../vu.ts';

/**
 * A promise for the script of what `work` gives: until then it keeps the iteration open, and it is settled from the
 * event loop, as everything that k6 does in the background.
 */
export function promised<T>(vu: VU, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const release = vu.hold(() => undefined);
    const settle = (how: () => void) => {
      vu.run(() => {
        release();
        how();
      });
    };
    work.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
  });
}
