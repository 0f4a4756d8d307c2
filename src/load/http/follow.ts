import type { VU } from '../vu.ts';
import { targetFor } from './auth.ts';
import type { Call } from './call.ts';
import { answerDigest } from './digest.ts';
import type { Answer } from './exchange.ts';
import { RequestFailure } from './failure.ts';
import { parseHeaders } from './headers.ts';
import {
  redirectHeaders,
  redirectLocation,
  redirectMethod,
  redirectUrl,
  sendsBodyAgain,
  unusableLocation,
} from './redirects.ts';
import { nowhere, parseTarget, type Target } from './target.ts';

/** The request that `answer` asks for, if it asks for one. Throws a RequestFailure when it cannot be told what. */
export function nextCall(vu: VU, call: Call, answer: Answer): Call | undefined {
  if (answer.status < 300 || answer.status > 401) return undefined;
  if (answer.status === 401) return call.digest === undefined ? undefined : answered(call, answer);
  const location = redirectLocation(answer);
  if (location === undefined) return undefined;
  if (call.hops >= (call.params.redirects ?? vu.session.options.maxRedirects)) {
    warnOfLimit(vu, call);
    return undefined;
  }
  return redirected(vu, call, answer.status, location);
}

/** The same request with the answer to the server's challenge. */
function answered(call: Call, { head }: Answer): Call | undefined {
  const challenge = parseHeaders(head)['Www-Authenticate'];
  if (challenge === undefined || call.digest === undefined) return undefined;
  const authorization = answerDigest(challenge, call.method, call.target.path, call.digest);
  return authorization === undefined
    ? undefined
    : { ...call, head: undefined, digest: undefined, authorization };
}

/** Whoever set a limit knows of it. */
function warnOfLimit(vu: VU, { params, hops, sent }: Call): void {
  const { maxRedirects } = vu.session.consolidated as { maxRedirects?: unknown };
  if (params.redirects !== undefined || typeof maxRedirects === 'number') return;
  vu.session.log(
    'warning',
    `Stopped after ${hops + 1} redirects and returned the redirection; pass { redirects: n } in request params or set global maxRedirects to silence this`,
    { url: (sent?.url ?? '').replace(/^([^/]*\/\/)[^/?#]*@/, '$1****:****@') },
  );
}

function redirected(vu: VU, call: Call, status: number, location: string): Call {
  const { url, target, refused } = destination(call.target, location);
  const method = redirectMethod(call.method, status);
  const keepsReferer = call.keepsReferer ?? call.params.headers.Referer !== undefined;
  const headers = redirectHeaders(call.params.headers, call.target, target, location, status, keepsReferer);
  const { template, params } = call;
  const { auth } = params;
  const aimed = refused === undefined ? targetFor(target, auth) : nowhere(url, url);
  return {
    ...call,
    method,
    target: aimed,
    head: undefined,
    bytes: sendsBodyAgain(status) ? call.bytes : undefined,
    params: { ...params, headers },
    tags: vu.session.http.requestTags(vu.tags, method, aimed.url, template, params.tags),
    hops: call.hops + 1,
    keepsReferer,
    digest: auth === 'digest' ? (target.credentials ?? { username: '', password: '' }) : undefined,
    authorization: undefined,
    refused,
  };
}

type Destination = { url: string; target: Target; refused: RequestFailure | undefined };

function destination(from: Target, location: string): Destination {
  const url = redirectUrl(from, location);
  try {
    return { url, target: parseTarget(url), refused: undefined };
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    if (error.code === 1020) throw unusableLocation(location, error);
    return { url, target: nowhere(url, url), refused: error };
  }
}
