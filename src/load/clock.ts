/** Time as the driver sees it: seconds since the start of the load, and a way to be called at one of them. */
export type Clock = {
  now(): number;
  /** Calls `wake` at `seconds`, or as soon as possible when that has passed; the result cancels it. */
  at(seconds: number, wake: () => void): () => void;
};

/** The machine's monotonic clock, 0 at `zero` milliseconds of it. */
export function clockFrom(zero: number): Clock {
  const now = () => (performance.now() - zero) / 1000;
  return {
    now,
    at(seconds, wake) {
      // A timer of more than 2^31 ms would fire at once.
      const timer = setTimeout(wake, Math.min(2 ** 31 - 1, Math.max(0, (seconds - now()) * 1000)));
      return () => clearTimeout(timer);
    },
  };
}
