import { GoError } from '../go-error.ts';
import type { Selection } from '../html/selection.ts';
import { decompress } from './bodies/compression.ts';
import { parseSetCookie, type SetCookie, type ShownCookie, shownCookies } from './cookies/set-cookie.ts';
import type { OcspStaple } from './dial/ocsp.ts';
import type { Answer, Exchange, Timings } from './exchange.ts';
import { headerValues, parseHeaders, responseHeaders } from './headers.ts';
import { explainJson } from './json/error.ts';
import { selectJson } from './json/path.ts';
import { lazily } from './lazy.ts';
import type { ResponseType } from './params.ts';
import { clickLink, htmlOf, submitForm } from './response-html.ts';
import { type Sent, type SentRequest, shownRequest } from './sent-request.ts';
import type { Outcome } from './series.ts';

/** Empty bytes stand for the body of what was never sent. */
export type Body = string | ArrayBuffer | readonly never[] | null;

/** Sends a request for the same VU, as `http.request` does. */
export type Send = (method: string, url: string, body: unknown, params: unknown) => Promise<Response>;

/** What `http.get` and the others give: k6's Response. Headers and the request are made when they are asked for. */
export class Response {
  readonly remote_ip: string;
  readonly remote_port: number;
  readonly url: string;
  readonly status: number;
  readonly status_text: string;
  readonly proto: string;
  readonly headers: Record<string, string>;
  readonly cookies: Record<string, ShownCookie[]>;
  readonly body: Body;
  readonly timings: Timings;
  readonly tls_version: string;
  readonly tls_cipher_suite: string;
  readonly ocsp: OcspStaple;
  readonly error: string;
  readonly error_code: number;
  readonly request: SentRequest | null;
  readonly #send: Send;
  #json: { value: unknown } | undefined;

  /** `answer` is what came, if it was an answer. */
  constructor(
    send: Send,
    sent: Sent | undefined,
    url: string,
    outcome: Outcome,
    body: Body,
    exchange: Exchange,
    answer: Answer | undefined,
  ) {
    const { connection } = exchange;
    this.remote_ip = connection.remoteAddress;
    this.remote_port = connection.remotePort;
    this.url = url;
    this.status = outcome.status;
    this.status_text = answer === undefined ? '' : statusText(answer.head);
    this.proto = outcome.proto;
    this.headers = answer === undefined ? {} : lazily(responseHeaders, answer.head);
    this.cookies = answer?.setsCookies ? shownCookies(cookiesOf(answer)) : {};
    this.body = body;
    this.timings = exchange.timings;
    this.tls_version = outcome.tlsVersion;
    this.tls_cipher_suite = outcome.tlsVersion === '' ? '' : connection.tlsCipherSuite;
    this.ocsp = outcome.tlsVersion === '' ? noOcsp() : (connection.ocsp ?? noOcsp());
    this.error = outcome.error;
    this.error_code = outcome.errorCode;
    this.request = sent === undefined ? null : lazily(shownRequest, sent);
    this.#send = send;
  }

  /** The body as JSON, or the part of it that `selector` names. Throws GoError when the body is not JSON. */
  json(...selector: unknown[]): unknown {
    if (this.body === null) throw noBody('JSON');
    if (selector.length > 0) {
      const parsed = this.#parsed();
      return parsed instanceof SyntaxError ? undefined : selectJson(parsed.value, String(selector[0]));
    }
    const parsed = this.#parsed();
    if (parsed instanceof SyntaxError) throw new GoError(explainJson(textOf(this.body)), { cause: parsed });
    return parsed.value;
  }

  /** The body as a page, or the part of it that `selector` names. Throws GoError when there is no body. */
  html(...selector: unknown[]): Selection {
    return htmlOf(this, ...selector);
  }

  /** Submits a form of the page; rejects with GoError when it has none. */
  submitForm(...args: unknown[]): Promise<Response> {
    return submitForm(this, this.#send, ...args);
  }

  /** Follows a link of the page; rejects with GoError when it has none. */
  clickLink(...args: unknown[]): Promise<Response> {
    return clickLink(this, this.#send, ...args);
  }

  #parsed(): { value: unknown } | SyntaxError {
    try {
      this.#json ??= { value: JSON.parse(textOf(this.body)) };
      return this.#json;
    } catch (error) {
      if (error instanceof SyntaxError) return error;
      throw error;
    }
  }
}

/** What k6 throws where a response without a body is read as something. */
export function noBody(kind: string): GoError {
  return new GoError(
    `the body is null so we can't transform it to ${kind} - this likely was because of a request error getting the response`,
  );
}

function textOf(body: Body): string {
  if (typeof body === 'string') return body;
  return body instanceof ArrayBuffer ? Buffer.from(body).toString('utf8') : '';
}

function noOcsp(): OcspStaple {
  return {
    produced_at: 0,
    this_update: 0,
    next_update: 0,
    revoked_at: 0,
    revocation_reason: '',
    status: '',
  };
}

/** `404 Not Found`, as the server wrote it. */
function statusText(head: string): string {
  if (head.startsWith('HTTP/1.1 200 OK\r')) return '200 OK';
  const from = head.indexOf(' ') + 1;
  return head.slice(from, head.indexOf('\n', from)).trim();
}

export function cookiesOf(answer: Answer): SetCookie[] {
  return headerValues(answer.head, 'Set-Cookie').flatMap((line) => parseSetCookie(line) ?? []);
}

/** The body that a script sees. Throws a RequestFailure when it cannot be decoded. */
export function decodeBody(answer: Answer, type: ResponseType): Body {
  if (type === 'none' || answer.status === 204 || answer.status === 304) return null;
  if (type === 'text' && answer.text !== undefined && !answer.encoded) return answer.text;
  const bytes = joined(answer);
  if (type === 'text') return bytes.toString('utf8');
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

function joined({ text, pieces, encoded, head }: Answer): Buffer {
  const raw =
    text === undefined
      ? pieces.length === 1
        ? (pieces[0] as Buffer)
        : Buffer.concat(pieces)
      : Buffer.from(text);
  return encoded ? decompress(raw, parseHeaders(head)['Content-Encoding'] ?? '') : raw;
}
