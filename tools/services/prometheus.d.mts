import type { Instance, Place } from './instance.d.mts';

export interface Prometheus extends Instance {
  readonly url: string;
}

/**
 * A Prometheus of one's own that scrapes the metrics at the URLs `targets` every `scrapeSeconds` (5 unless given).
 * Without targets it scrapes a platform at its usual address. `flags` are added to its own, and `login`
 * (`user:password`) is what it asks for when they make it.
 */
export function startPrometheus(
  place: Place & { targets?: string[]; scrapeSeconds?: number; flags?: string[]; login?: string },
): Promise<Prometheus>;

/** Whether a Prometheus at 127.0.0.1:`port` is ready for who logs in as `login`. */
export function prometheusAnswers(port: number, login?: string): Promise<boolean>;

/** What every Prometheus here is told beside its address and folders. */
export const prometheusFlags: string[];
