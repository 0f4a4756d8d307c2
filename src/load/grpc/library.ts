import { createRequire } from 'node:module';
import type * as protobuf from 'protobufjs';

export type Protobuf = typeof protobuf;
export type { Enum, Field, Root, Type } from 'protobufjs';

let library: Protobuf | undefined;

/** The package `protobufjs` as `@grpc/proto-loader` has it, with Google's common types; loaded when first needed. */
export function protobufLibrary(): Protobuf {
  if (library === undefined) {
    const own = createRequire(import.meta.url);
    const ofLoader = createRequire(own.resolve('@grpc/proto-loader'));
    // It adds the common types that the package itself leaves out.
    own('@grpc/proto-loader');
    library = ofLoader('protobufjs') as Protobuf;
    ofLoader('protobufjs/ext/descriptor');
  }
  return library;
}

/** A whole number of 64 bits as protobufjs has it. */
export function longOf(text: string, unsigned = false): unknown {
  const { Long } = protobufLibrary().util as unknown as {
    Long: { fromString(text: string, unsigned: boolean): unknown };
  };
  return Long.fromString(text, unsigned);
}
