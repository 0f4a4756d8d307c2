import { STATUS_CODES } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { FxscaleError } from '../../errors.ts';
import type { Exchange, Timings } from './client.ts';
import { RequestFailure } from './failure.ts';
import { selectJson } from './json-path.ts';
import type { Outcome } from './series.ts';

export type ResponseType = 'text' | 'binary' | 'none';

export type Body = string | ArrayBuffer | null;

const decoders: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/** What `http.get` and the others give: k6's Response. Headers are parsed when they are asked for. */
export class Response {
  readonly status: number;
  readonly url: string;
  readonly body: Body;
  readonly error: string;
  readonly error_code: number;
  readonly timings: Timings;
  readonly proto: string;
  readonly remote_ip: string;
  readonly remote_port: number;
  readonly tls_version: string;
  readonly request: SentRequest;
  readonly #head: string;
  #headers: Record<string, string> | undefined;
  #json: { value: unknown } | undefined;

  constructor(
    request: SentRequest,
    outcome: Outcome,
    body: Body,
    timings: Timings,
    exchange: Exchange | undefined,
  ) {
    const answered = outcome.status !== 0;
    this.status = outcome.status;
    this.url = request.url;
    this.body = body;
    this.error = outcome.error;
    this.error_code = outcome.errorCode;
    this.timings = timings;
    this.proto = outcome.proto;
    this.remote_ip = exchange === undefined ? '' : exchange.connection.remoteAddress;
    this.remote_port = exchange === undefined ? 0 : exchange.connection.remotePort;
    this.tls_version = outcome.tlsVersion;
    this.request = request;
    this.#head = answered && exchange !== undefined ? exchange.response.head : '';
  }

  get status_text(): string {
    return this.status === 0 ? '' : `${this.status} ${STATUS_CODES[this.status] ?? ''}`.trim();
  }

  get headers(): Record<string, string> {
    this.#headers ??= parseHeaders(this.#head);
    return this.#headers;
  }

  /** The body as JSON, or the part of it that `selector` names. Throws when the body is not JSON. */
  json(selector?: string): unknown {
    if (this.body === null)
      throw new TypeError(
        "the body is null so we can't transform it to JSON - this likely was because of a request error getting the response",
      );
    this.#json ??= { value: parseJson(this.body) };
    return selector === undefined ? this.#json.value : selectJson(this.#json.value, selector);
  }

  html(): never {
    throw unsupported('html');
  }

  submitForm(): never {
    throw unsupported('submitForm');
  }

  clickLink(): never {
    throw unsupported('clickLink');
  }
}

/** What was sent. Headers and body are built when they are asked for. */
export class SentRequest {
  readonly method: string;
  readonly url: string;
  readonly #head: string;
  readonly #bytes: Buffer | undefined;

  constructor(method: string, url: string, head: string, bytes: Buffer | undefined) {
    this.method = method;
    this.url = url;
    this.#head = head;
    this.#bytes = bytes;
  }

  get headers(): Record<string, string[]> {
    return Object.fromEntries(
      Object.entries(parseHeaders(this.#head)).map(([name, value]) => [name, [value]]),
    );
  }

  get body(): string {
    return this.#bytes?.toString('utf8') ?? '';
  }
}

/** Thrown to the script and, as it is an FxscaleError, ends the run. */
function unsupported(name: string): FxscaleError {
  return new FxscaleError(
    'SCRIPT',
    `Response.${name}() is not supported yet; run this script with the real k6`,
  );
}

/** The body that a script sees. Throws a RequestFailure when it cannot be decoded. */
export function decodeBody(exchange: Exchange, type: ResponseType): Body {
  const { response } = exchange;
  if (type === 'none') return null;
  if (type === 'text' && response.text !== undefined) return response.text;
  const bytes = response.text === undefined ? joined(exchange) : Buffer.from(response.text, 'utf8');
  if (type === 'text') return bytes.toString('utf8');
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

function joined({ response }: Exchange): Buffer {
  const { pieces } = response;
  const raw = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  if (!response.encoded) return raw;
  const encoding = (parseHeaders(response.head)['Content-Encoding'] ?? '').toLowerCase().trim();
  const decode = decoders[encoding];
  if (decode === undefined) return raw;
  try {
    return raw.length === 0 ? raw : decode(raw);
  } catch (cause) {
    throw new RequestFailure(`decompression of a ${encoding} body failed: ${String(cause)}`, 1701, { cause });
  }
}

/** Header lines as an object with canonical names; repeated ones joined by a comma. */
export function parseHeaders(head: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of headerLines(head)) {
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

export function headerValues(head: string, name: string): string[] {
  return headerLines(head).flatMap(([key, value]) => (key === name ? [value] : []));
}

function headerLines(head: string): [name: string, value: string][] {
  return head
    .split(/\r?\n/)
    .slice(1)
    .flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[canonicalHeader(line.slice(0, colon)), line.slice(colon + 1).trim()]];
    });
}

const canonical = new Map<string, string>();

/** A header name as Go writes it: `content-type` becomes `Content-Type`. */
export function canonicalHeader(name: string): string {
  let known = canonical.get(name);
  if (known === undefined) {
    known = name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
    if (canonical.size < 1000) canonical.set(name, known);
  }
  return known;
}

function parseJson(body: string | ArrayBuffer): unknown {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(
      `cannot parse json due to an error: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}
