import { FxscaleError } from '../errors.ts';
import type { Sample } from '../run.ts';

/** What one instant was like: counters and gauges by name in base units, and histograms. */
export type Reading = Pick<Sample, 'values' | 'histograms'>;

/** A reading of the past. */
export type Moment = { t: Date; reading: Reading };

/** Reads one running system. */
export type Collector = {
  /** Names the series in the run file: `prometheus/host:port`, `postgres/host:port/database`, `process/name`. */
  source: string;
  /** Where it reads, without credentials. */
  url: string;
  /** One reading. Rejects when the system does not answer; a later call tries again from the start. */
  sample(): Promise<Reading>;
  /**
   * Of a system that keeps readings of its own: those between two times, in order. It is asked once, when the run is
   * over, and not sampled.
   */
  history?(from: Date, to: Date, signal: AbortSignal): Promise<Moment[]>;
  /** What could not be read although the system answered; each sentence is returned once. */
  remarks?(): string[];
  close(): Promise<void>;
};

/** The URL in `text`. Throws USAGE without repeating the text, which may hold a password. */
export function parseSourceUrl(text: string, example: string, given = '--collect was given a URL'): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw new FxscaleError('USAGE', `${given} that cannot be read: write for example ${example}`, {
      cause,
    });
  }
}

/** A URL for people: what names the place, and nothing that could open it. The query is left out whole. */
export function withoutCredentials(url: URL): string {
  const user = url.username === '' ? '' : `${url.username}${url.password === '' ? '' : ':***'}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname}`;
}
