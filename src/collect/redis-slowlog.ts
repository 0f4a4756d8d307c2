/**
 * New entries of SLOWLOG, which keeps the newest only. An entry is `[id, time, microseconds, …]`; ids rise by one from
 * the start of the server on, also when the log is cleared. https://redis.io/docs/latest/commands/slowlog-get/
 */
export class SlowLog {
  #begun = false;
  #seen: number | undefined;
  #count = 0;

  /** How many entries are new, given how many there are and the id of the newest. The first call finds none new. */
  fresh(length: number, newest: number | undefined): number {
    const known = this.#seen;
    const first = !this.#begun;
    this.#begun = true;
    if (newest === undefined) return 0;
    this.#seen = newest;
    if (first) return 0;
    // The log was empty until now, or the server has begun anew.
    const fresh = known === undefined ? length : newest < known ? newest + 1 : newest - known;
    this.#count += fresh;
    return fresh;
  }

  /** Entries since the first call. */
  get count(): number {
    return this.#count;
  }
}

/** The id of the newest entry; undefined when there is none. Throws when the answer is none of SLOWLOG GET. */
export function newestId(entries: unknown): number | undefined {
  return entriesOf(entries)[0]?.id;
}

/** The longest of the first `fresh` entries, seconds; 0 without one. */
export function longestOf(entries: unknown, fresh: number): number {
  return entriesOf(entries)
    .slice(0, fresh)
    .reduce((longest, { seconds }) => Math.max(longest, seconds), 0);
}

/** Id and duration only: the arguments that follow may be secrets. */
function entriesOf(entries: unknown): { id: number; seconds: number }[] {
  if (!Array.isArray(entries)) throw new Error('the answer to SLOWLOG GET is not a list');
  return entries.map((entry: unknown) => {
    const [id, , usec] = Array.isArray(entry) ? entry : [];
    if (typeof id !== 'number' || typeof usec !== 'number') {
      throw new Error('the answer to SLOWLOG GET is not a list of entries');
    }
    return { id, seconds: Number((usec * 1e-6).toFixed(6)) };
  });
}
