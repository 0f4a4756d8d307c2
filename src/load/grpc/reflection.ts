import { GoError } from '../go-error.ts';
import type { VU } from '../vu.ts';
import type { Channel } from './channel.ts';
import { protobufLibrary, type Root } from './library.ts';
import { readProtoset } from './protos.ts';
import { CallSamples } from './samples.ts';
import { codeNames, OK } from './wire.ts';

const UNIMPLEMENTED = 12;
const versions = ['v1', 'v1alpha'];
/** Fields of the protocol's messages (grpc.reflection). */
const FILE_BY_NAME = 3;
const FILE_OF_SYMBOL = 4;
const LIST_SERVICES = 7;
const FILES = 4;
const SERVICES = 6;
const ERROR = 7;

type Answer = { readonly files: Buffer[]; readonly services: string[] };

/** What the server itself says of its services. Rejects with GoError in k6's words. */
export async function reflect(vu: VU, channel: Channel, metadata: Record<string, string[]>): Promise<Root> {
  for (const version of versions) {
    const isLast = version === versions.at(-1);
    const ask = (field: number, text: string) => askOnce(vu, channel, metadata, version, field, text);
    let services: string[];
    try {
      ({ services } = await ask(LIST_SERVICES, '*'));
    } catch (error) {
      if (!isLast && error instanceof RpcError && error.code === UNIMPLEMENTED) continue;
      throw new GoError(`can't list services: ${(error as Error).message}`, { cause: error });
    }
    return readProtoset(await collect(services, ask));
  }
  throw new GoError("can't list services");
}

/** The serialised FileDescriptorSet of the files of `services` and of all that they import. */
async function collect(
  services: readonly string[],
  ask: (field: number, text: string) => Promise<Answer>,
): Promise<Uint8Array> {
  const files = new Map<string, Buffer>();
  const add = async (found: readonly Buffer[]): Promise<void> => {
    for (const file of found) {
      const { name, imports } = describe(file);
      if (files.has(name)) continue;
      files.set(name, file);
      for (const each of imports) if (!files.has(each)) await add((await ask(FILE_BY_NAME, each)).files);
    }
  };
  for (const service of services) {
    try {
      await add((await ask(FILE_OF_SYMBOL, service)).files);
    } catch (error) {
      throw new GoError(
        `can't get method on service ${JSON.stringify(service)}: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
  }
  const { Writer } = protobufLibrary();
  const set = Writer.create();
  for (const file of files.values()) set.uint32((1 << 3) | 2).bytes(file);
  return set.finish();
}

/** A call that ended with another code than OK. */
export class RpcError extends Error {
  readonly code: number;

  constructor(code: number, text: string) {
    super(`rpc error: code = ${codeNames[code] ?? `Code(${code})`} desc = ${text}`);
    this.code = code;
  }
}

async function askOnce(
  vu: VU,
  channel: Channel,
  metadata: Record<string, string[]>,
  version: string,
  field: number,
  text: string,
): Promise<Answer> {
  const samples = new CallSamples(vu, channel.address);
  const got: Buffer[] = [];
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  const call = channel.call(path, {
    metadata,
    timeoutMs: undefined,
    onMessage: (message) => got.push(message),
  });
  call.write(
    protobufLibrary()
      .Writer.create()
      .uint32((field << 3) | 2)
      .string(text)
      .finish(),
  );
  call.finish();
  const { code, message } = await call.ended;
  samples.ended(code);
  if (code !== OK) throw new RpcError(code, message);
  const [first] = got;
  return readAnswer(first ?? Buffer.alloc(0));
}

/** The fields of a message that hold bytes, text or messages, and its numbers. */
function* fieldsOf(message: Uint8Array): Generator<{ field: number; bytes: Uint8Array; number: number }> {
  const reader = protobufLibrary().Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = tag >>> 3;
    if ((tag & 7) === 2) yield { field, bytes: reader.bytes(), number: 0 };
    else if ((tag & 7) === 0)
      yield { field, bytes: new Uint8Array(), number: Number(String(reader.int64())) };
    else reader.skipType(tag & 7);
  }
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

function readAnswer(message: Uint8Array): Answer {
  const answer: Answer = { files: [], services: [] };
  for (const { field, bytes } of fieldsOf(message)) {
    if (field === FILES) answer.files.push(...[...fieldsOf(bytes)].map((each) => Buffer.from(each.bytes)));
    if (field === SERVICES) {
      for (const service of fieldsOf(bytes)) {
        for (const name of fieldsOf(service.bytes))
          if (name.field === 1) answer.services.push(textOf(name.bytes));
      }
    }
    if (field === ERROR) {
      const parts = [...fieldsOf(bytes)];
      const text = parts.find((part) => part.field === 2);
      throw new RpcError(parts.find((part) => part.field === 1)?.number ?? 2, text ? textOf(text.bytes) : '');
    }
  }
  return answer;
}

function describe(file: Uint8Array): { name: string; imports: string[] } {
  let name = '';
  const imports: string[] = [];
  for (const { field, bytes } of fieldsOf(file)) {
    if (field === 1) name = textOf(bytes);
    if (field === 3) imports.push(textOf(bytes));
  }
  return { name, imports };
}

/** The status that a server's health service gives for `service`. Rejects with GoError. */
export async function checkHealth(vu: VU, channel: Channel, service: string): Promise<number> {
  const samples = new CallSamples(vu, channel.address);
  const got: Buffer[] = [];
  const call = channel.call('/grpc.health.v1.Health/Check', {
    metadata: {},
    timeoutMs: undefined,
    onMessage: (message) => got.push(message),
  });
  const { Writer } = protobufLibrary();
  call.write(
    service === ''
      ? new Uint8Array()
      : Writer.create()
          .uint32((1 << 3) | 2)
          .string(service)
          .finish(),
  );
  call.finish();
  const { code, message } = await call.ended;
  samples.ended(code);
  if (code !== OK) throw new GoError(new RpcError(code, message).message);
  const fields = [...fieldsOf(got[0] ?? Buffer.alloc(0))];
  return fields.find(({ field }) => field === 1)?.number ?? 0;
}
