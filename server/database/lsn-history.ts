type Sample = { ms: number; lsn: bigint };

/** Some minutes of a busy primary, and any time of an idle one. */
const mostSamples = 1000;

export type LsnHistory = {
  /** The primary had written up to `lsn` at `ms`. */
  record(ms: number, lsn: bigint): void;
  /** Up to when a server that has `lsn` has everything; undefined when that is before all that is known. */
  coveredUntil(lsn: bigint): number | undefined;
  clear(): void;
};

/**
 * When a primary's WAL reached which length. It turns what a standby has replayed into a time, exactly also for one
 * that is cut off, and without taking an idle primary, which writes nothing to replay, for lag.
 */
export function createLsnHistory(): LsnHistory {
  let samples: Sample[] = [];
  return {
    record(ms, lsn) {
      const last = samples.at(-1);
      if (last?.lsn === lsn) last.ms = ms;
      else samples.push({ ms, lsn });
      // The older half becomes coarser, which overstates a long lag and never understates it.
      if (samples.length > mostSamples)
        samples = samples.filter((_, i) => i % 2 === 0 || i > mostSamples / 2);
    },
    coveredUntil: (lsn) => samples.findLast((sample) => sample.lsn <= lsn)?.ms,
    clear() {
      samples = [];
    },
  };
}
