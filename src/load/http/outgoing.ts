import { parseDuration } from '../../units.ts';
import { canonicalHeader, type ResponseType } from './response.ts';
import type { Target } from './target.ts';

const DEFAULT_TIMEOUT_MS = 60_000;

/** The parameters of one request, checked. Times in milliseconds. */
export type Params = {
  headers: Record<string, string>;
  tags: Record<string, unknown> | undefined;
  timeoutMs: number;
  redirects: number | undefined;
  responseType: ResponseType;
  throws: boolean;
};

export class UnsupportedParam extends Error {}

type Reader = (params: Params, value: never) => void;

const readers: Record<string, Reader> = {
  headers: (params, value: Record<string, unknown>) => {
    for (const [name, content] of Object.entries(value))
      params.headers[canonicalHeader(name)] = headerText(name, content);
  },
  tags: (params, value: Record<string, unknown>) => {
    params.tags = value;
  },
  timeout: (params, value: number | string) => {
    params.timeoutMs = typeof value === 'number' ? value : parseDuration(value) * 1000;
  },
  redirects: (params, value: number) => {
    params.redirects = value;
  },
  responseType: (params, value: string) => {
    if (value !== 'text' && value !== 'binary' && value !== 'none') {
      throw new TypeError(`responseType is text, binary or none, not ${JSON.stringify(value)}`);
    }
    params.responseType = value;
  },
  throw: (params, value: boolean) => {
    params.throws = value;
  },
};

export const supportedParams: readonly string[] = Object.keys(readers);

/** Reads what a script passed as params. Throws UnsupportedParam for a name that this engine does not know yet. */
export function readParams(
  given: Record<string, unknown> | null | undefined,
  defaults: { discard: boolean; throws: boolean },
): Params {
  const params: Params = {
    headers: {},
    tags: undefined,
    timeoutMs: DEFAULT_TIMEOUT_MS,
    redirects: undefined,
    responseType: defaults.discard ? 'none' : 'text',
    throws: defaults.throws,
  };
  if (given === null || given === undefined) return params;
  for (const name in given) {
    const value = given[name];
    if (value === undefined || value === null) continue;
    const read = readers[name];
    if (read === undefined) throw new UnsupportedParam(name);
    read(params, value as never);
  }
  return params;
}

function headerText(name: string, content: unknown): string {
  const text = String(content);
  if (/[\r\n\0]/.test(text) || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    throw new TypeError(
      `invalid header ${JSON.stringify(name)}: names are tokens and values have no line breaks`,
    );
  }
  // Heads are written as latin1; text beyond ASCII goes out as its UTF-8 bytes.
  return /^[\x20-\x7e\t]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** A body as bytes, with the content type that its kind implies. An object becomes a form, keys sorted as in k6. */
export function encodeBody(body: unknown): { bytes: Buffer | undefined; contentType: string | undefined } {
  if (body === null || body === undefined) return { bytes: undefined, contentType: undefined };
  if (typeof body === 'string') return { bytes: Buffer.from(body, 'utf8'), contentType: undefined };
  if (body instanceof ArrayBuffer) return { bytes: Buffer.from(body), contentType: undefined };
  if (ArrayBuffer.isView(body)) {
    return { bytes: Buffer.from(body.buffer, body.byteOffset, body.byteLength), contentType: undefined };
  }
  if (typeof body !== 'object')
    throw new TypeError(`a request body is a string, an object or an ArrayBuffer, not ${typeof body}`);
  const form = new URLSearchParams();
  for (const [key, value] of Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const one of Array.isArray(value) ? value : [value])
      form.append(key, one === null || one === undefined ? '' : String(one));
  }
  return { bytes: Buffer.from(form.toString(), 'latin1'), contentType: 'application/x-www-form-urlencoded' };
}

/** Request line and headers in k6's order: Host, User-Agent, Content-Length, the rest sorted by name. */
export function requestHead(
  method: string,
  target: Target,
  userAgent: string,
  headers: Record<string, string>,
  length: number | undefined,
): string {
  const host = headers.Host ?? target.origin.authority;
  const agent = headers['User-Agent'] ?? userAgent;
  let head = `${method} ${target.path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${agent}\r\n`;
  if (length !== undefined) head += `Content-Length: ${length}\r\n`;
  for (const name of Object.keys(headers).sort()) {
    if (name !== 'Host' && name !== 'User-Agent' && name !== 'Content-Length')
      head += `${name}: ${headers[name]}\r\n`;
  }
  return `${head}\r\n`;
}
