import { BadJson, shownJson } from './json-error.ts';
import { takesNull, wellKnown } from './json-known.ts';
import { readFloat, readWhole, showFloat, wholeKind } from './json-numbers.ts';
import { type Enum, type Field, protobufLibrary, type Type } from './library.ts';

type Path = readonly (string | number)[];
type Message = Record<string, unknown>;

/** A message type's form in JSON, by protobuf's own rules: what scripts write and read. */
export type Codec = {
  readonly type: Type;
  /** Throws a BadJson. */
  read(value: unknown, path?: Path): Message;
  /** With every field, also those that were not sent. */
  show(message: Message): unknown;
  /** Of another type, by its full name without the leading dot. */
  named(name: string): Codec | undefined;
};

const codecs = new WeakMap<Type, Codec>();

export function codecOf(type: Type): Codec {
  let codec = codecs.get(type);
  if (codec === undefined) {
    codec = makeCodec(type);
    codecs.set(type, codec);
  }
  return codec;
}

/** The name of a field in JSON. */
function jsonName(field: Field): string {
  const given = field.options?.json_name;
  return typeof given === 'string'
    ? given
    : field.name.replace(/_(.)/g, (_, next: string) => next.toUpperCase());
}

function makeCodec(type: Type): Codec {
  type.setup();
  const byName = new Map<string, Field>();
  for (const field of type.fieldsArray) {
    field.resolve();
    byName.set(field.name, field);
    byName.set(jsonName(field), field);
  }
  const codec: Codec = {
    type,
    read: (value, path = []) => readMessage(type, byName, value, path),
    show: (message) => showMessage(type, message),
    named: (name) => {
      try {
        return codecOf(type.root.lookupType(name));
      } catch {
        return undefined;
      }
    },
  };
  const special = wellKnown(type.fullName);
  if (special === undefined) return codec;
  return {
    ...codec,
    read: (value, path = []) => special.read(value, path, codec),
    show: (message) => special.show(message, codec),
  };
}

function readMessage(type: Type, byName: Map<string, Field>, value: unknown, path: Path): Message {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected(value, path);
  const message: Message = {};
  const chosen = new Set<string>();
  for (const [key, each] of Object.entries(value)) {
    const at = [...path, key];
    const field = byName.get(key);
    if (field === undefined) throw new BadJson(`unknown field ${JSON.stringify(key)}`, at, { atKey: true });
    if (each === undefined || (each === null && !takesNull(field.resolvedType?.fullName ?? ''))) continue;
    const choice = field.partOf?.name;
    if (choice !== undefined) {
      if (chosen.has(choice)) {
        const oneof = `${type.fullName.slice(1)}.${choice}`;
        const text = `error parsing ${JSON.stringify(key)}, oneof ${oneof} is already set`;
        throw new BadJson(text, at, { atKey: true });
      }
      chosen.add(choice);
    }
    message[field.name] = readField(field, each, at);
  }
  return message;
}

function readField(field: Field, value: unknown, path: Path): unknown {
  if (field.map) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected(value, path);
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, readOne(field, each, [...path, key])]),
    );
  }
  if (!field.repeated) return readOne(field, value, path);
  if (!Array.isArray(value)) throw unexpected(value, path);
  return value.map((each, index) => readOne(field, each, [...path, index]));
}

function unexpected(value: unknown, path: Path): BadJson {
  return new BadJson(`unexpected token ${shownJson(value)}`, path, { isSyntax: true });
}

function readOne(field: Field, value: unknown, path: Path): unknown {
  const { Type: MessageType, Enum: EnumType } = protobufLibrary();
  const { resolvedType, type } = field;
  if (resolvedType instanceof MessageType) return codecOf(resolvedType).read(value, path);
  const read = resolvedType instanceof EnumType ? readEnum(resolvedType, value) : readScalar(type, value);
  if (read !== undefined) return read;
  const kind = resolvedType instanceof EnumType ? 'enum' : (wholeKind(type) ?? type);
  throw new BadJson(`invalid value for ${kind} field ${jsonName(field)}: ${shownJson(value)}`, path);
}

function readEnum({ values }: Enum, value: unknown): number | undefined {
  if (typeof value === 'string') return Object.hasOwn(values, value) ? values[value] : undefined;
  return Number.isInteger(value) ? (value as number) : undefined;
}

function readScalar(type: string, value: unknown): unknown {
  const kind = wholeKind(type);
  if (kind !== undefined) return readWhole(kind, value);
  if (type === 'double' || type === 'float') return readFloat(value);
  if (type === 'bool') return typeof value === 'boolean' ? value : undefined;
  if (type === 'string') return typeof value === 'string' ? value : undefined;
  const isBase64 = typeof value === 'string' && /^[\w+/-]*={0,2}$/.test(value);
  return isBase64 ? Buffer.from(value, 'base64') : undefined;
}

function showMessage(type: Type, message: Message): Message {
  const shown: Message = {};
  for (const field of type.fieldsArray) {
    const isThere = Object.hasOwn(message, field.name) && message[field.name] !== null;
    if (field.partOf && !isThere) continue;
    shown[jsonName(field)] = isThere ? showField(field, message[field.name]) : absent(field);
  }
  return shown;
}

function absent(field: Field): unknown {
  const { Type: MessageType } = protobufLibrary();
  if (field.map) return {};
  if (field.repeated) return [];
  return field.resolvedType instanceof MessageType ? null : showOne(field, field.defaultValue);
}

function showField(field: Field, value: unknown): unknown {
  if (field.map) {
    return Object.fromEntries(
      Object.entries(Object(value)).map(([key, each]) => [key, showOne(field, each)]),
    );
  }
  return field.repeated ? (value as unknown[]).map((each) => showOne(field, each)) : showOne(field, value);
}

function showOne(field: Field, value: unknown): unknown {
  const { Type: MessageType, Enum: EnumType } = protobufLibrary();
  const { resolvedType, type } = field;
  if (resolvedType instanceof MessageType) return codecOf(resolvedType).show(value as Message);
  if (resolvedType instanceof EnumType) return resolvedType.valuesById[value as number] ?? value;
  if (type === 'bytes') return Buffer.from(value as Uint8Array).toString('base64');
  if (wholeKind(type)?.endsWith('64')) return String(value);
  return type === 'float' || type === 'double' ? showFloat(value as number, type === 'float') : value;
}
