import { healthConstants, statusConstants } from './statuses.ts';

/** What `k6/net/grpc` exports. */
export const grpcNames: readonly string[] = [
  'Client',
  'Stream',
  ...Object.keys(statusConstants),
  ...Object.keys(healthConstants),
];
