import type { Codec } from './json.ts';
import { BadJson, shownJson } from './json-error.ts';
import { longOf } from './library.ts';

type Path = readonly (string | number)[];
type Message = Record<string, unknown>;
type WellKnown = {
  read(value: unknown, path: Path, codec: Codec): Message;
  show(message: Message, codec: Codec): unknown;
};

const bad = (type: string, value: unknown, path: Path) =>
  new BadJson(`invalid google.protobuf.${type} value ${shownJson(value)}`, path);

/** Seconds and nanoseconds with no more digits than three, six or nine. */
function fraction(nanos: number): string {
  if (nanos === 0) return '';
  return `.${String(nanos)
    .padStart(9, '0')
    .replace(/(?:000){1,2}$/, '')}`;
}

const timestamp: WellKnown = {
  read(value, path) {
    const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(String(value));
    const ms = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
    if (typeof value !== 'string' || Number.isNaN(ms)) throw bad('Timestamp', value, path);
    return { seconds: longOf(String(ms / 1000)), nanos: Number((match?.[2] ?? '').padEnd(9, '0')) };
  },
  show({ seconds = 0, nanos = 0 }) {
    const date = new Date(Number(String(seconds)) * 1000).toISOString();
    return date.replace(/\.\d+Z$/, `${fraction(Number(nanos))}Z`);
  },
};

const duration: WellKnown = {
  read(value, path) {
    const match = /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(String(value));
    if (typeof value !== 'string' || match === null) throw bad('Duration', value, path);
    const [, sign = '', seconds = '0', digits = ''] = match;
    const nanos = Number(digits.padEnd(9, '0'));
    return { seconds: longOf(sign + seconds), nanos: sign === '' ? nanos : -nanos };
  },
  show({ seconds = 0, nanos = 0 }) {
    const whole = String(seconds);
    const sign = whole.startsWith('-') || Number(nanos) < 0 ? '-' : '';
    return `${sign}${whole.replace('-', '')}${fraction(Math.abs(Number(nanos)))}s`;
  },
};

/** A message around one value, which stands for it. */
const wrapper: WellKnown = {
  read: (value, path, codec) => codec.read({ value }, path.slice(0, -1)),
  show: (message, codec) => (codec.show(message) as Message).value,
};

type Value = Record<
  'nullValue' | 'numberValue' | 'stringValue' | 'boolValue' | 'structValue' | 'listValue',
  unknown
>;

function valueFrom(value: unknown): Partial<Value> {
  if (value === null) return { nullValue: 0 };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(valueFrom) } };
  return { structValue: structFrom(value as object) };
}

function structFrom(value: object): Message {
  return { fields: Object.fromEntries(Object.entries(value).map(([key, each]) => [key, valueFrom(each)])) };
}

function plain(value: Partial<Value>): unknown {
  const { structValue, listValue } = value;
  if (structValue) return plainStruct(structValue as Message);
  if (listValue) return plainList(listValue as Message);
  for (const kind of ['numberValue', 'stringValue', 'boolValue'] as const) {
    if (Object.hasOwn(value, kind)) return value[kind];
  }
  return null;
}

const plainList = ({ values = [] }: Message) => (values as Partial<Value>[]).map(plain);
const plainStruct = ({ fields = {} }: Message) =>
  Object.fromEntries(
    Object.entries(fields as Record<string, Partial<Value>>).map(([key, each]) => [key, plain(each)]),
  );

const struct: WellKnown = {
  read(value, path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('Struct', value, path);
    return structFrom(value);
  },
  show: plainStruct,
};
const list: WellKnown = {
  read(value, path) {
    if (!Array.isArray(value)) throw bad('ListValue', value, path);
    return { values: value.map(valueFrom) };
  },
  show: plainList,
};
const anyValue: WellKnown = { read: valueFrom as WellKnown['read'], show: plain };

const fieldMask: WellKnown = {
  read(value, path) {
    if (typeof value !== 'string') throw bad('FieldMask', value, path);
    const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return { paths: value === '' ? [] : value.split(',').map(snake) };
  },
  show: ({ paths = [] }) =>
    (paths as string[])
      .map((each) => each.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()))
      .join(','),
};

const TYPE = '@type';

/** A message of any type, with its type's name beside its fields. */
const any: WellKnown = {
  read(value, path, codec) {
    const { [TYPE]: url, ...rest } = Object(value) as Message;
    if (url === undefined && Object.keys(rest).length === 0) return {};
    const inner = codec.named(String(url).replace(/^.*\//, ''));
    if (inner === undefined) throw new BadJson(`unable to resolve ${shownJson(url)}: "not found"`, path);
    const content = isWellKnown(inner.type.fullName) ? rest.value : rest;
    const message = inner.read(content, path);
    return { type_url: url, value: inner.type.encode(message).finish() };
  },
  show({ type_url: url = '', value = new Uint8Array() }, codec) {
    const inner = codec.named(String(url).replace(/^.*\//, ''));
    if (inner === undefined) return url === '' ? {} : { [TYPE]: url };
    const shown = inner.show(inner.type.decode(value as Uint8Array) as unknown as Message);
    return isWellKnown(inner.type.fullName)
      ? { [TYPE]: url, value: shown }
      : { [TYPE]: url, ...(shown as object) };
  },
};

const wrappers = ['Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes'];
const known: Record<string, WellKnown> = {
  ...{ Timestamp: timestamp, Duration: duration, Struct: struct, ListValue: list, Value: anyValue },
  ...{ FieldMask: fieldMask, Any: any },
  ...Object.fromEntries(wrappers.map((name) => [`${name}Value`, wrapper])),
};

/** How a type of Google's is written in JSON, where that is not field by field. */
export function wellKnown(fullName: string): WellKnown | undefined {
  const [, name = ''] = /^\.google\.protobuf\.(\w+)$/.exec(fullName) ?? [];
  return Object.hasOwn(known, name) ? known[name] : undefined;
}

function isWellKnown(fullName: string): boolean {
  return wellKnown(fullName) !== undefined;
}

/** `null` is a value of these types, and no absence. */
export function takesNull(fullName: string): boolean {
  return fullName === '.google.protobuf.Value';
}
