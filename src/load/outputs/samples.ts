import type { Metric, Tags, Tap } from '../metrics.ts';
import { type Instant, instantNow } from './instant.ts';

/** One format that samples are written in. */
export type SampleFormat = {
  /** What introduces a metric before its first sample; empty when nothing does. */
  readonly definition: (metric: Metric) => string;
  /** The line of a sample, with its line feed, for a metric and its tags, whose part of the line is made only once. */
  readonly line: (metric: Metric, tags: Tags) => (at: Instant, value: number) => string;
};

/** Text that belongs together: whole lines. `definition` names the metric that they introduce. */
export type SampleChunk = { readonly text: Uint8Array; readonly definition?: string };

/** Lines are handed over when this many characters have come together. */
const FULL = 1 << 16;

const encoder = new TextEncoder();

/**
 * Turns samples into the lines of one format and hands them over in chunks of whole lines; `tap` goes to
 * `registry.tapInto`. What introduces a metric is a chunk of its own and always comes before the metric's samples,
 * so that whoever puts the chunks of several workers together can leave out repetitions.
 */
export class SampleWriter {
  readonly #format: SampleFormat;
  readonly #deliver: (chunk: SampleChunk) => void;
  readonly #now: () => Instant;
  readonly #defined = new Set<Metric>();
  #lines = '';

  constructor(format: SampleFormat, deliver: (chunk: SampleChunk) => void, now: () => Instant = instantNow) {
    this.#format = format;
    this.#deliver = deliver;
    this.#now = now;
  }

  readonly tap: Tap = (metric, tags) => {
    const line = this.#format.line(metric, tags);
    return {
      add: (value) => {
        if (!this.#defined.has(metric)) this.#define(metric);
        this.#lines += line(this.#now(), value);
        if (this.#lines.length >= FULL) this.flush();
      },
    };
  };

  /** Hands over what there is; to be called every 200 ms, which is k6's period, and at the end. */
  flush(): void {
    if (this.#lines === '') return;
    const text = encoder.encode(this.#lines);
    this.#lines = '';
    this.#deliver({ text });
  }

  #define(metric: Metric): void {
    this.#defined.add(metric);
    const text = this.#format.definition(metric);
    if (text !== '') this.#deliver({ text: encoder.encode(text), definition: metric.name });
  }
}
