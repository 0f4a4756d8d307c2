export const kafkaVersion: string;

/** Every setting of a broker at `port` whose controller listens at `controllerPort`, both on 127.0.0.1. */
export function brokerSettings(place: {
  data: string;
  port: number;
  controllerPort: number;
}): Record<string, string>;

/** Flags for a small JVM that starts fast, with a heap of `heapMb` MiB. */
export function jvmFlags(heapMb: number): string[];
