import { Client } from '../grpc/client.ts';
import { protobufLibrary } from '../grpc/library.ts';
import { healthConstants, statusConstants } from '../grpc/statuses.ts';
import { Stream } from '../grpc/stream.ts';
import type { VU } from '../vu.ts';

/** `k6/net/grpc` for one VU. */
export function grpcModule(vu: VU): Record<string, unknown> {
  protobufLibrary();
  class VUClient extends Client {
    constructor() {
      super(vu);
    }
  }
  class VUStream extends Stream {
    constructor(client?: unknown, path?: unknown, params?: unknown) {
      super(vu, client, path, params);
    }
  }
  return { Client: VUClient, Stream: VUStream, ...statusConstants, ...healthConstants };
}
