import { FxscaleError } from '../../errors.ts';
import { GoError } from '../go-error.ts';
import type { Tags } from '../metrics.ts';
import { Interrupted, type VU } from '../vu.ts';
import { loggedUrl } from './auth.ts';
import type { Expectation } from './callback.ts';
import { logRequest, logResponse } from './debug.ts';
import { type Exchange, unanswered } from './exchange.ts';
import { RequestFailure, timedOut } from './failure.ts';
import { nextCall } from './follow.ts';
import { countAnswer, failedOutcome, outcomeOf } from './outcome.ts';
import { bodyLength, noChunks } from './outgoing.ts';
import type { Params } from './params.ts';
import { type Body, decodeBody, Response, type Send } from './response.ts';
import type { Sent } from './sent-request.ts';
import type { Credentials, Target } from './target.ts';
import { keepCookies, writeHead } from './written-head.ts';

/** What the requests of one VU have in common. */
export type Requester = {
  readonly vu: VU;
  readonly send: Send;
  /** Set by `http.setResponseCallback`. */
  expected: Expectation;
};

/** A request as a script made it, or one of those that redirects and challenges make of it. */
export type Call = {
  readonly method: string;
  readonly target: Target;
  /** Given when it is already known; what was sent is then known too. */
  readonly head: string | undefined;
  /** What `response.request` tells, once the first request was made. */
  sent: Sent | undefined;
  /** The body on the wire. */
  readonly bytes: Buffer | undefined;
  /** The body before it was compressed. */
  readonly plain: Buffer | undefined;
  readonly params: Params;
  readonly expected: Expectation;
  readonly tags: Tags;
  /** The name that a template gives. */
  readonly template: string | undefined;
  /** Milliseconds on the monotonic clock; covers redirects and the body. Set when the first request is sent. */
  deadline: number;
  /** Requests made before this one because of redirects. */
  readonly hops: number;
  /** Given while the server is still to be asked for a challenge. */
  readonly digest: Credentials | undefined;
  /** The answer to a challenge. */
  readonly authorization: string | undefined;
  /** Why there is no request to make. */
  readonly refused: RequestFailure | undefined;
  /** After a redirect: whether the script set a Referer of its own. */
  keepsReferer?: boolean;
  /** Where the script asked for it, kept when a failure is to be thrown. */
  calledAt?: Error;
};

/** Called once, with the response or with what is thrown to the script: GoError under `throw`, or Interrupted. */
export type Done = (response: Response | undefined, error?: unknown) => void;

/** Sends `call`, answers challenges and follows redirects. `isOver` tells that nobody waits for it any more. */
export function perform(from: Requester, call: Call, done: Done, isOver?: () => boolean): void {
  if (from.vu.interrupted) {
    done(undefined, new Interrupted());
    return;
  }
  const { timeoutMs } = call.params;
  if (timeoutMs <= 0) {
    failHop(from, call, timedOut(), done);
    return;
  }
  // What fails later is told in a callback, which no function of the script is in.
  if (call.params.throws) call.calledAt = new Error('called here');
  const now = performance.now();
  call.deadline = now + timeoutMs;
  sendHop(from, call, done, isOver, now);
}

function sendHop(
  from: Requester,
  call: Call,
  done: Done,
  isOver: (() => boolean) | undefined,
  started?: number,
): void {
  const { vu } = from;
  const { method, target, params } = call;
  let head = call.head;
  let body = call.bytes;
  try {
    if (head === undefined) {
      if (call.refused !== undefined) throw call.refused;
      const length = bodyLength(method, body);
      if (length === 'chunked') body = noChunks;
      head = writeHead(vu, call, length);
    }
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    failHop(from, call, error, done);
    return;
  }
  const { session } = vu;
  const outgoing = {
    origin: target.origin,
    method,
    head,
    body,
    wanted: params.responseType !== 'none' || session.options.httpDebug === 'full',
    deadline: call.deadline,
  };
  const debugId = session.options.httpDebug === '' ? undefined : logRequest(vu, head, body);
  session.inFlight++;
  const ended = (exchange: Exchange) => {
    session.inFlight--;
    if (vu.interrupted || isOver?.()) {
      done(undefined, new Interrupted());
      return;
    }
    if (debugId !== undefined && exchange.failure === undefined) logResponse(vu, debugId, exchange.response);
    endHop(from, call, exchange, done, isOver);
  };
  vu.client.send(outgoing, ended, started);
}

function endHop(
  from: Requester,
  call: Call,
  exchange: Exchange,
  done: Done,
  isOver: (() => boolean) | undefined,
): void {
  const { vu } = from;
  const { response } = exchange;
  let { failure } = exchange;
  if (failure?.cause instanceof FxscaleError) {
    // The engine itself refused to connect, and has stopped the run.
    done(undefined, failure.cause);
    return;
  }
  let body: Body = null;
  let next: Call | undefined;
  if (failure === undefined) {
    try {
      if (response.setsCookies) keepCookies(vu, call, response);
      next = nextCall(vu, call, response);
      if (next === undefined) body = decodeBody(response, call.params.responseType);
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      failure = error;
    }
  } else if (response.head !== '' && !response.encoded) {
    // k6 shows what came of a body before it broke off.
    body = decodeBody(response, call.params.responseType);
  }
  const outcome = outcomeOf(call, exchange, failure);
  const { http } = vu.session;
  const tags = http.tagsPeers ? http.peerTags(call.tags, exchange.connection) : call.tags;
  http.seriesOf(tags, outcome).record(exchange.timings, vu.lagMs);
  countAnswer(vu, failure);
  if (next !== undefined) {
    sendHop(from, next, done, isOver);
    return;
  }
  const answer = failure === undefined ? response : undefined;
  const { href } = call.target;
  const result = new Response(from.send, call.sent, href, outcome, body, exchange, answer);
  if (failure === undefined) done(result);
  else settle(vu, call, result, failure, done);
}

/** Ends a request that cannot be sent; it counts as one all the same. */
function failHop(from: Requester, call: Call, failure: RequestFailure, done: Done): void {
  const { vu } = from;
  const { method, target, params } = call;
  const exchange = unanswered(undefined, 0);
  const outcome = failedOutcome(call, failure);
  vu.session.http.seriesOf(call.tags, outcome).record(exchange.timings, vu.lagMs);
  const { userAgent } = vu.session.options;
  const rest = { userAgent, cookies: [], cookie: undefined, body: call.plain };
  call.sent ??= { method, url: target.url, headers: params.headers, ...rest };
  const response = new Response(from.send, call.sent, target.href, outcome, null, exchange, undefined);
  settle(vu, call, response, failure, done);
}

/** What a script gets for a request that could not even be made of what it passed: nothing is counted. */
export function refusedResponse(send: Send, failure: RequestFailure | undefined): Response {
  const error = failure?.message ?? '';
  const errorCode = failure?.code ?? 0;
  const outcome = { status: 0, errorCode, error, proto: '', tlsVersion: '', expected: undefined };
  return new Response(send, undefined, '', outcome, [], unanswered(undefined, 0), undefined);
}

function settle(vu: VU, call: Call, response: Response, failure: RequestFailure, done: Done): void {
  const text = failure.told(call.method, loggedUrl(call.target));
  if (call.params.throws) {
    const error = new GoError(text, { cause: failure });
    const frames = call.calledAt?.stack?.split('\n').slice(1) ?? [];
    if (frames.length > 0) error.stack = [`GoError: ${text}`, ...frames].join('\n');
    done(undefined, error);
    return;
  }
  vu.session.log('warning', 'Request Failed', { error: text });
  done(response);
}
