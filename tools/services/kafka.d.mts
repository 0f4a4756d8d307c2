import type { Instance, Place } from './instance.d.mts';

export interface Kafka extends Instance {
  /** The bootstrap address, host:port. */
  readonly brokers: string;
}

/** The folder of the installed Kafka, or the reason why a broker cannot be started here. */
export function findKafka(): { folder: string; reason: undefined } | { folder: undefined; reason: string };

/** Installs Kafka's jars into the cache unless they are there. Resolves with their folder. */
export function installKafka(): Promise<string>;

/**
 * A broker of one's own, one node of KRaft, with a heap of `heapMb` MiB (256 unless given). `settings` gives, from the
 * usual settings, those it is told beside or instead of them.
 */
export function startKafka(
  place: Place & {
    heapMb?: number;
    settings?: (usual: Readonly<Record<string, string>>) => Record<string, string>;
  },
): Promise<Kafka>;

/** Whether a broker at 127.0.0.1:`port` answers requests. */
export function kafkaAnswers(port: number): Promise<boolean>;
