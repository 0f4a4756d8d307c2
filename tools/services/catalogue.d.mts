/** The heap of the broker that `npm run services` starts, in MiB. */
export const kafkaHeapMb: number;
