import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds between two looks at the event loop. */
const RESOLUTION_MS = 10;

/** How the generator itself is doing: what it cannot keep up with it must not blame on the service. */
export class GeneratorHealth {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #cpu = process.cpuUsage();

  constructor() {
    this.#delay.enable();
  }

  /** Cores used and the event loop's 99th percentile delay since the last call, which was `seconds` ago. */
  take(seconds: number): { cpu: number; loopLag: number } {
    const used = process.cpuUsage(this.#cpu);
    this.#cpu = process.cpuUsage();
    // The histogram holds the times between two looks, of which the resolution is no delay.
    const between = this.#delay.count === 0 ? 0 : this.#delay.percentile(99) / 1e9;
    this.#delay.reset();
    return {
      cpu: (used.user + used.system) / 1e6 / seconds,
      loopLag: Math.max(0, between - RESOLUTION_MS / 1000),
    };
  }

  stop(): void {
    this.#delay.disable();
  }
}
