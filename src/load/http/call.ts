import { CookieJar } from 'tough-cookie';
import type { Tags } from '../metrics.ts';
import { Interrupted, type VU } from '../vu.ts';
import { type Exchange, type Timings, zeroTimings } from './client.ts';
import { RequestFailure } from './failure.ts';
import { type Params, requestHead } from './outgoing.ts';
import { type Body, decodeBody, headerValues, parseHeaders, Response, SentRequest } from './response.ts';
import type { Outcome } from './series.ts';
import { parseTarget, type Target } from './target.ts';

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** A request as a script made it; `head` is given when it is already known. */
export type Call = {
  method: string;
  url: string;
  target: Target;
  head: string | undefined;
  bytes: Buffer | undefined;
  params: Params;
  tags: Tags;
  /** Milliseconds on the monotonic clock; covers redirects and the body. */
  deadline: number;
  redirectsLeft: number;
};

/** Sends `call` and follows its redirects; the promise rejects with a GoError-like Error under `throw`, or Interrupted. */
export function perform(vu: VU, call: Call): Promise<Response> {
  return new Promise((resolve, reject) => sendHop(vu, call, resolve, reject));
}

type Resolve = (response: Response) => void;
type Reject = (error: unknown) => void;

function sendHop(vu: VU, call: Call, resolve: Resolve, reject: Reject): void {
  const { method, target, bytes, params } = call;
  try {
    vu.session.admit(target.origin);
  } catch (error) {
    vu.end();
    reject(error);
    return;
  }
  const head =
    call.head ??
    requestHead(method, target, vu.session.options.userAgent, withCookies(vu, call), lengthOf(call));
  const outgoing = {
    origin: target.origin,
    method,
    head,
    body: bytes,
    wanted: params.responseType !== 'none',
    deadline: call.deadline,
  };
  vu.session.inFlight++;
  vu.client.send(outgoing, (exchange) => {
    vu.session.inFlight--;
    if (vu.interrupted) {
      vu.end();
      reject(new Interrupted());
    } else endHop(vu, call, head, exchange, resolve, reject);
  });
}

function endHop(
  vu: VU,
  call: Call,
  head: string,
  exchange: Exchange,
  resolve: Resolve,
  reject: Reject,
): void {
  let { failure } = exchange;
  let body: Body = null;
  if (failure === undefined) {
    try {
      body = decodeBody(exchange, call.params.responseType);
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      failure = error;
    }
  }
  const outcome = outcomeOf(exchange, failure);
  vu.session.http.seriesOf(call.tags, outcome).record(exchange.timings, vu.lagMs);
  countAnswer(vu, failure);
  if (failure === undefined) {
    if (exchange.response.setsCookies) storeCookies(vu, call.target.url, exchange);
    const next = redirectOf(call, exchange);
    if (next !== undefined) {
      sendHop(vu, retagged(vu, call, next), resolve, reject);
      return;
    }
  }
  vu.end();
  const response = new Response(
    new SentRequest(call.method, call.url, head, call.bytes),
    outcome,
    body,
    exchange.timings,
    exchange,
  );
  settle(vu, call, response, failure, resolve, reject);
}

/** A response for a request that never left: its URL is no URL. */
export function refusedUrl(
  vu: VU,
  method: string,
  url: string,
  tags: Tags,
  failure: RequestFailure,
  throws: boolean,
): Promise<Response> {
  const outcome = { status: 0, errorCode: failure.code, error: failure.message, proto: '', tlsVersion: '' };
  const timings: Timings = zeroTimings();
  // What cannot even be parsed is not counted as a request, as in k6.
  if (failure.code !== 1020) vu.session.http.seriesOf(tags, outcome).record(timings, vu.lagMs);
  const request = new SentRequest(method, url, '', undefined);
  const response = new Response(request, outcome, null, timings, undefined);
  return new Promise((resolve, reject) =>
    settle(vu, { method, url, params: { throws } }, response, failure, resolve, reject),
  );
}

type Named = { method: string; url: string; params: { throws: boolean } };

function settle(
  vu: VU,
  call: Named,
  response: Response,
  failure: RequestFailure | undefined,
  resolve: Resolve,
  reject: Reject,
): void {
  if (failure === undefined) {
    resolve(response);
    return;
  }
  const verb = call.method.charAt(0) + call.method.slice(1).toLowerCase();
  const text = `${verb} ${JSON.stringify(call.url)}: ${failure.message}`;
  if (call.params.throws) {
    const error = new Error(text, { cause: failure });
    error.name = 'GoError';
    reject(error);
    return;
  }
  vu.session.log('warning', `Request Failed: ${text}`);
  resolve(response);
}

function outcomeOf(exchange: Exchange, failure: RequestFailure | undefined): Outcome {
  if (failure !== undefined) {
    return { status: 0, errorCode: failure.code, error: failure.message, proto: '', tlsVersion: '' };
  }
  const { status } = exchange.response;
  return {
    status,
    errorCode: status >= 400 ? 1000 + status : 0,
    error: '',
    proto: 'HTTP/1.1',
    tlsVersion: exchange.connection.tlsVersion,
  };
}

function countAnswer(vu: VU, failure: RequestFailure | undefined): void {
  const { session } = vu;
  if (failure === undefined) session.answered++;
  else if (failure.code >= 1100 && failure.code < 1220) {
    session.refused++;
    session.lastRefusal = failure.message;
  }
}

function lengthOf({ bytes, method }: Call): number | undefined {
  if (bytes !== undefined) return bytes.length;
  return method === 'POST' || method === 'PUT' || method === 'PATCH' ? 0 : undefined;
}

function withCookies(vu: VU, call: Call): Record<string, string> {
  const jar = vu.cookies?.getCookieStringSync(call.target.url) ?? '';
  if (jar === '') return call.params.headers;
  const own = call.params.headers.Cookie;
  return { ...call.params.headers, Cookie: own === undefined ? jar : `${own}; ${jar}` };
}

function storeCookies(vu: VU, url: string, exchange: Exchange): void {
  vu.cookies ??= new CookieJar();
  for (const cookie of headerValues(exchange.response.head, 'Set-Cookie')) {
    vu.cookies.setCookieSync(cookie, url, { ignoreError: true });
  }
}

/** The request that a redirect asks for, or undefined when there is none to follow (RFC 9110, 15.4). */
function redirectOf(
  call: Call,
  { response }: Exchange,
): { method: string; target: Target; keepBody: boolean } | undefined {
  if (!redirectStatuses.has(response.status) || call.redirectsLeft <= 0) return undefined;
  const location = parseHeaders(response.head).Location;
  if (location === undefined || !URL.canParse(location, call.target.url)) return undefined;
  const keepBody = response.status === 307 || response.status === 308;
  const method = keepBody || call.method === 'HEAD' ? call.method : 'GET';
  return { method, target: parseTarget(new URL(location, call.target.url).href), keepBody };
}

function retagged(vu: VU, call: Call, next: { method: string; target: Target; keepBody: boolean }): Call {
  const { method, target, keepBody } = next;
  const headers = { ...call.params.headers };
  if (!keepBody) delete headers['Content-Type'];
  // Credentials are for the host they were given for.
  if (target.origin !== call.target.origin) delete headers.Authorization;
  return {
    ...call,
    method,
    url: target.url,
    target,
    head: undefined,
    bytes: keepBody ? call.bytes : undefined,
    params: { ...call.params, headers },
    tags: vu.session.http.requestTags(vu.tags, method, target.url, call.params.tags),
    redirectsLeft: call.redirectsLeft - 1,
  };
}
