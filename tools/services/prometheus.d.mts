import type { Instance, Place } from './instance.d.mts';

export interface Prometheus extends Instance {
  readonly url: string;
}

/**
 * A Prometheus of one's own that scrapes the metrics at the URLs `targets` every `scrapeSeconds` (5 unless given).
 * Without targets it scrapes a platform at its usual address.
 */
export function startPrometheus(
  place: Place & { targets?: string[]; scrapeSeconds?: number },
): Promise<Prometheus>;

/** Whether a Prometheus at 127.0.0.1:`port` is ready. */
export function prometheusAnswers(port: number): Promise<boolean>;

/** What every Prometheus here is told beside its address and folders. */
export const prometheusFlags: string[];
