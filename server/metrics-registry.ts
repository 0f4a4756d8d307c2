import { Registry } from 'prom-client';

/** Milliseconds, a little less than five readings of once a second. */
const KEPT_FOR = 4500;

/**
 * The families of the Node.js runtime itself: the delay of its event loop, its heap, its open handles. They are two fifths
 * of the page, and the delay's percentiles are looked for in a large histogram.
 */
const isOfRuntime = (name: string) => name.startsWith('nodejs_');

/**
 * A registry whose page may be asked for every second: the families of the runtime are worked out at most every fifth
 * second, and their text is told again in between. The event loop's delay covers the time since it was last worked out,
 * so that nothing is lost.
 */
export class MetricsRegistry extends Registry {
  readonly #kept = new Map<string, Promise<string>>();
  #keptSince = Number.NEGATIVE_INFINITY;

  override async metrics(): Promise<string> {
    const now = performance.now();
    if (now - this.#keptSince >= KEPT_FOR) {
      this.#keptSince = now;
      this.#kept.clear();
    }
    const families = await Promise.all(this.getMetricsAsArray().map(({ name }) => this.#family(name)));
    return `${families.join('\n\n')}\n`;
  }

  #family(name: string): Promise<string> {
    const kept = this.#kept.get(name);
    if (kept) return kept;
    const text = this.getSingleMetricAsString(name);
    if (isOfRuntime(name)) this.#kept.set(name, text);
    return text;
  }
}
