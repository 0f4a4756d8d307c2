/** Time, for the stream: tests have one of their own and do not wait. */
export type Clock = {
  /** Milliseconds, of any start. */
  now(): number;
  /** Does `work` every so many milliseconds, until what it returns is called. */
  every(milliseconds: number, work: () => void): () => void;
};

export const realClock: Clock = {
  now: () => performance.now(),
  every(milliseconds, work) {
    const timer = setInterval(work, milliseconds);
    return () => clearInterval(timer);
  },
};
