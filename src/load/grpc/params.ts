import { parseDuration } from '../../units.ts';
import { GoError } from '../go-error.ts';
import type { VU } from '../vu.ts';
import { readTags } from '../ws/params.ts';

export type TlsParams = {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly password: string | undefined;
  readonly cacerts: string[] | undefined;
  readonly insecureSkipVerify: boolean;
};

export type ConnectParams = {
  readonly plaintext: boolean;
  readonly reflect: boolean;
  readonly reflectMetadata: Record<string, string[]>;
  readonly timeoutMs: number;
  readonly maxReceiveSize: number;
  readonly maxSendSize: number;
  readonly authority: string | undefined;
  readonly tls: TlsParams | undefined;
};

export type CallParams = {
  readonly metadata: Record<string, string[]>;
  readonly tags: Record<string, string>;
  readonly timeoutMs: number | undefined;
  readonly discards: boolean;
};

const CONNECT_TIMEOUT_MS = 60_000;
const CALL_TIMEOUT_MS = 120_000;
const MAX_RECEIVE = 4 * 1024 * 1024;
const MAX_SEND = 2 ** 31 - 1;

const connectNames = ['plaintext', 'reflect', 'reflectMetadata', 'timeout', 'maxReceiveSize', 'maxSendSize'];
const callNames = ['metadata', 'tags', 'timeout', 'discardResponseMessage'];

type Given = Record<string, unknown>;

function given(value: unknown, names: readonly string[], unknown: string): Given {
  if (typeof value !== 'object' || value === null) return {};
  const other = Object.keys(value).find((name) => !names.includes(name));
  if (other !== undefined) throw new GoError(`${unknown}: ${JSON.stringify(other)}`);
  return value as Given;
}

/** Throws GoError with k6's words for what cannot be used. */
export function readConnectParams(value: unknown, vu: VU): ConnectParams {
  const params = given(value, [...connectNames, 'authority', 'tls'], 'unknown connect param');
  return {
    plaintext: flag(params, 'plaintext'),
    reflect: flag(params, 'reflect'),
    reflectMetadata: readMetadata(params.reflectMetadata),
    timeoutMs: readTimeout(params.timeout) ?? CONNECT_TIMEOUT_MS,
    maxReceiveSize: size(params, 'maxReceiveSize', MAX_RECEIVE),
    maxSendSize: size(params, 'maxSendSize', MAX_SEND),
    authority: params.authority === undefined ? undefined : String(params.authority),
    tls: readTls(params.tls, vu),
  };
}

/** The same for a call; a stream has no timeout of its own. */
export function readCallParams(value: unknown, isStream: boolean): CallParams {
  const params = given(value, callNames, 'unknown param');
  return {
    metadata: readMetadata(params.metadata),
    tags: readTags(params.tags, 'metric tags'),
    timeoutMs: readTimeout(params.timeout) ?? (isStream ? undefined : CALL_TIMEOUT_MS),
    discards: flag(params, 'discardResponseMessage'),
  };
}

function flag(params: Given, name: string): boolean {
  const value = params[name] ?? false;
  if (typeof value === 'boolean') return value;
  throw new GoError(`invalid ${name} value: '${JSON.stringify(value)}', it needs to be boolean`);
}

function size(params: Given, name: string, otherwise: number): number {
  const value = params[name] ?? otherwise;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new GoError(`invalid ${name} value: '${JSON.stringify(value)}', it needs to be an integer`);
  }
  if (value < 0) throw new GoError(`invalid ${name} value: '${value}, it needs to be a positive integer`);
  return value;
}

/** Milliseconds. */
function readTimeout(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return value;
  try {
    return parseDuration(String(value)) * 1000;
  } catch (cause) {
    throw new GoError(`invalid timeout value: time: invalid duration ${JSON.stringify(value)}`, { cause });
  }
}

function readMetadata(value: unknown): Record<string, string[]> {
  if (value === undefined || value === null) return {};
  const wrong = 'invalid metadata param:';
  if (typeof value !== 'object') throw new GoError(`${wrong} must be an object with key-value pairs`);
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) => {
      const key = name.toLowerCase();
      if (!key.endsWith('-bin')) {
        if (typeof content === 'string') return [key, [content]];
        throw new GoError(`${wrong} ${JSON.stringify(name)} value must be a string`);
      }
      if (!ArrayBuffer.isView(content))
        throw new GoError(`${wrong} ${JSON.stringify(name)} value must be binary`);
      const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
      return [key, [bytes.toString('base64').replace(/=+$/, '')]];
    }),
  );
}

function readTls(value: unknown, vu: VU): TlsParams | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') throw new GoError('invalid tls value: it must be an object');
  const { cert, key, password, cacerts } = value as Given;
  const text = (one: unknown) => (one === undefined || one === null ? undefined : String(one));
  return {
    cert: text(cert),
    key: text(key),
    password: text(password),
    cacerts: cacerts === undefined ? undefined : [cacerts].flat().map(String),
    insecureSkipVerify: vu.session.options.insecureSkipTLSVerify,
  };
}
