import { messageOf } from '../errors.ts';
import type { Collector, Reading } from './collector.ts';
import { Restarts } from './restarts.ts';

export type SamplingEvents = {
  /** Called at the instant the reading arrived, `took` seconds after it was asked for. */
  sample(source: string, reading: Reading, took: number): void;
  note(source: string, text: string): void;
};

export type SamplingOptions = {
  /** Seconds between two samples of one source. */
  intervalSeconds: number;
  /** A clock in seconds; only differences are used. */
  now(): number;
};

/** Of the interval, what a collector may take to answer. */
const ANSWER_WITHIN = 0.9;

/**
 * Samples every collector at once and then at every interval, all on one clock. A collector that fails, or does not
 * answer within nine tenths of the interval, leaves a gap and one note for each reason; when it answers again, for the first time, or
 * never, that is noted too, as is a restart of what it reads. `stop` waits for the samples under way, closes the
 * collectors, and throws only what a callback in `on` threw.
 */
export function startSampling(
  collectors: Collector[],
  on: SamplingEvents,
  options: SamplingOptions,
): { stop(): Promise<void> } {
  const { intervalSeconds } = options;
  const began = options.now();
  const now = () => options.now() - began;
  const sources = collectors.map(
    (collector) => new Source(collector, intervalSeconds * ANSWER_WITHIN * 1000),
  );
  let ticks = 0;
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<unknown> = Promise.resolve();
  const faults: unknown[] = [];

  const tick = () => {
    underWay = Promise.all(
      sources.map((source) =>
        source.sample(on, now).catch((fault: unknown) => {
          faults.push(fault);
        }),
      ),
    );
    // Ticks are counted from the start, so that a late one does not shift those after it; those missed are skipped.
    ticks = Math.max(ticks, Math.floor(now() / intervalSeconds)) + 1;
    timer = setTimeout(tick, Math.round((ticks * intervalSeconds - now()) * 1000));
  };
  tick();

  return {
    async stop() {
      clearTimeout(timer);
      await underWay;
      try {
        for (const source of sources) source.end(on);
      } catch (fault) {
        faults.push(fault);
      }
      await Promise.allSettled(collectors.map((collector) => collector.close()));
      if (faults.length > 0) throw faults[0];
    },
  };
}

/** One collector under sampling: whether it is failing, and whether it still owes an answer. */
class Source {
  readonly #collector: Collector;
  readonly #limit: number;
  #owing: Promise<unknown> | undefined;
  #missed = 0;
  /** Why there have been no samples since the last one, without figures: each is noted once. */
  readonly #reasons = new Set<string>();
  /** Seconds since the start, of the last reading. */
  #answeredAt: number | undefined;
  readonly #restarts = new Restarts();

  constructor(collector: Collector, limitMilliseconds: number) {
    this.#collector = collector;
    this.#limit = limitMilliseconds;
  }

  async sample(on: SamplingEvents, now: () => number): Promise<void> {
    const { source } = this.#collector;
    // A late answer is dropped: nobody knows which instant it describes. Until it is here no further one is asked for.
    if (this.#owing) {
      this.#missed++;
      return;
    }
    const asked = now();
    const outcome = await this.#ask();
    for (const remark of this.#collector.remarks?.() ?? []) on.note(source, remark);
    if ('reading' in outcome) {
      if (this.#missed > 0) on.note(source, `${this.#again()} after ${samples(this.#missed)} missed`);
      this.#missed = 0;
      this.#reasons.clear();
      this.#answeredAt = now();
      for (const told of this.#restarts.see(outcome.reading.values)) on.note(source, told);
      on.sample(source, outcome.reading, now() - asked);
    } else {
      this.#missed++;
      const kind = outcome.why.replace(/\d+/g, 'N');
      if (this.#reasons.has(kind)) return;
      this.#reasons.add(kind);
      on.note(source, `no sample: ${outcome.why}`);
    }
  }

  /** Of a single sample that was missed at the end everything has been said. */
  end(on: SamplingEvents): void {
    if (this.#missed < 2) return;
    const missed = `${samples(this.#missed)} missed`;
    const text =
      this.#answeredAt === undefined
        ? `never answered: ${missed}`
        : `stopped answering at ${this.#answeredAt.toFixed(1)} s and did not come back: ${missed}`;
    on.note(this.#collector.source, text);
  }

  #again(): string {
    return this.#answeredAt === undefined ? 'answers for the first time' : 'answers again';
  }

  #ask(): Promise<{ reading: Reading } | { why: string }> {
    return new Promise((resolve) => {
      const why = `no answer within ${Math.round(this.#limit)} ms`;
      // When this process was too busy to look in time, the answer may be here: timers come before what has arrived.
      const timer = setTimeout(() => setImmediate(() => resolve({ why })), this.#limit);
      const answer = Promise.resolve()
        .then(() => this.#collector.sample())
        .then(
          (reading) => resolve({ reading }),
          (thrown: unknown) => resolve({ why: reasonOf(thrown) }),
        )
        .finally(() => {
          clearTimeout(timer);
          this.#owing = undefined;
        });
      this.#owing = answer;
    });
  }
}

function samples(count: number): string {
  return count === 1 ? '1 sample' : `${count} samples`;
}

/** Node reports a name with several addresses as an AggregateError without a message of its own. */
function reasonOf(thrown: unknown): string {
  const first = thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown;
  const code = first instanceof Error && 'code' in first ? String(first.code) : 'it failed without a reason';
  return (messageOf(first) || code).split('\n', 1).join('');
}
