import { parseDuration } from '../../units.ts';
import { type Algorithm, readCompression } from './bodies/compression.ts';
import { type Expectation, readExpectation } from './callback.ts';
import type { Jar } from './cookies/cookie-jar.ts';
import { jarOf } from './cookies/cookie-script.ts';
import { RequestFailure } from './failure.ts';
import { goText, goType } from './go-text.ts';
import { canonicalHeader } from './headers.ts';

const DEFAULT_TIMEOUT_MS = 60_000;

export type ResponseType = 'text' | 'binary' | 'none';

/** A cookie for one request; `replace` leaves out those of that name in the jar. */
export type OwnCookie = { readonly name: string; readonly value: string; readonly replace: boolean };

/** The parameters of one request, checked. Times in milliseconds. */
export type Params = {
  /** By canonical name. */
  headers: Record<string, string>;
  cookies: readonly OwnCookie[];
  /** Undefined for the VU's own. */
  jar: Jar | undefined;
  tags: Record<string, string> | undefined;
  timeoutMs: number;
  /** Undefined for the limit in the options. */
  redirects: number | undefined;
  responseType: ResponseType;
  throws: boolean;
  auth: string;
  compression: readonly Algorithm[];
  /** Undefined for the VU's own. */
  expected: Expectation | undefined;
};

type Given = Record<string, unknown>;
type Reader = (params: Params, value: unknown) => void;

const readers: Record<string, Reader> = {
  headers: (params, value) => {
    if (value === null || value === undefined) return;
    for (const [name, content] of Object.entries(value))
      params.headers[canonicalHeader(name)] = String(content);
  },
  cookies: (params, value) => {
    if (value === null || value === undefined) return;
    params.cookies = Object.entries(value).flatMap(([name, cookie]) => ownCookie(name, cookie));
  },
  jar: (params, value) => {
    params.jar = jarOf(value);
  },
  tags: (params, value) => {
    params.tags = readTags(value);
  },
  timeout: (params, value) => {
    params.timeoutMs = readTimeout(value);
  },
  redirects: (params, value) => {
    params.redirects = Math.max(0, Math.trunc(Number(value)) || 0);
  },
  responseType: (params, value) => {
    if (value !== 'text' && value !== 'binary' && value !== 'none')
      throw bad(`${String(value)} does not belong to ResponseType values`);
    params.responseType = value;
  },
  responseCallback: (params, value) => {
    params.expected = readExpectation(value);
  },
  compression: (params, value) => {
    params.compression = readCompression(String(value));
  },
  auth: (params, value) => {
    params.auth = String(value);
  },
  throw: (params, value) => {
    params.throws = Boolean(value);
  },
};

/** What is wrong with what a script passed: told in the response, and no request is made or counted. */
function bad(message: string): RequestFailure {
  return new RequestFailure(message, 0, { bare: true });
}

/** Reads what a script passed as params; k6 does not look at names that it does not know. Throws a RequestFailure. */
export function readParams(given: unknown, defaults: { discard: boolean; throws: boolean }): Params {
  const params: Params = {
    headers: {},
    cookies: [],
    jar: undefined,
    tags: undefined,
    timeoutMs: DEFAULT_TIMEOUT_MS,
    redirects: undefined,
    responseType: defaults.discard ? 'none' : 'text',
    throws: defaults.throws,
    auth: '',
    compression: [],
    expected: undefined,
  };
  if (typeof given !== 'object' || given === null) return params;
  for (const name in given) readers[name]?.(params, (given as Given)[name]);
  return params;
}

function ownCookie(name: string, given: unknown): OwnCookie[] {
  if (given === null || given === undefined) return [];
  if (typeof given !== 'object') return [{ name, value: String(given), replace: false }];
  const { value = '', replace = false } = given as { value?: unknown; replace?: unknown };
  return [{ name, value: String(value), replace: Boolean(replace) }];
}

/** The tags of a request as text. Throws a RequestFailure for a value that is none. */
export function readTags(given: unknown): Record<string, string> | undefined {
  if (given === null || given === undefined) return undefined;
  const tags: Record<string, string> = {};
  // k6 takes anything here for an object, text for one of its characters.
  const all = Object(given) as Given;
  for (const name in all) {
    const value = all[name];
    if (typeof value === 'string') tags[name] = value;
    else if (typeof value === 'number' || typeof value === 'boolean') tags[name] = String(value);
    else {
      throw bad(
        `invalid HTTP request metric tags: invalid value for metric tag '${name}': only String, Boolean and Number types are accepted as a metric tag values`,
      );
    }
  }
  return tags;
}

/** Milliseconds from a number of them or from text with a unit. */
function readTimeout(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string')
    throw bad(`invalid timeout value: unable to use type ${goType(value)} as a duration value`);
  const sign = value.startsWith('-') ? -1 : 1;
  const text = value.replace(/^[+-]/, '');
  if (/^\d+(\.\d+)?$/.test(text)) return sign * Number(text);
  try {
    return sign * parseDuration(text) * 1000;
  } catch {
    throw bad(`invalid timeout value: time: invalid duration ${JSON.stringify(goText(value))}`);
  }
}
