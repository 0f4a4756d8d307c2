import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds between two looks at the event loop. */
const RESOLUTION_MS = 10;

/** How late a thread's event loop is: what the generator cannot keep up with it must not blame on the service. */
export class LoopLag {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#delay.enable();
  }

  /** The 99th percentile of the delay since the last call, seconds. */
  take(): number {
    // The histogram holds the times between two looks, of which the resolution is no delay.
    const between = this.#delay.count === 0 ? 0 : this.#delay.percentile(99) / 1e9;
    this.#delay.reset();
    return Math.max(0, between - RESOLUTION_MS / 1000);
  }

  stop(): void {
    this.#delay.disable();
  }
}

/** What the whole process, all of its threads, used of the machine's cores since the last call. */
export class ProcessCpu {
  #used = process.cpuUsage();

  /** Cores, over the `seconds` since the last call. */
  take(seconds: number): number {
    const used = process.cpuUsage(this.#used);
    this.#used = process.cpuUsage();
    return (used.user + used.system) / 1e6 / seconds;
  }
}
