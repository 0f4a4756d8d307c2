import type { VU } from '../vu.ts';
import { basicAuthorization } from './auth.ts';
import type { Call } from './call.ts';
import { cookieHeader, Jar, type SentCookie } from './cookies/cookie-jar.ts';
import type { Answer } from './exchange.ts';
import { type bodyLength, requestHead } from './outgoing.ts';
import { cookiesOf } from './response.ts';

/** Writes the head of a request with its cookies and credentials, and keeps what the script will be told of it. */
export function writeHead(vu: VU, call: Call, length: ReturnType<typeof bodyLength>): string {
  const { method, target, params } = call;
  const { userAgent } = vu.session.options;
  const { headers } = params;
  const cookies = cookiesFor(vu, call);
  const cookie = cookieHeader(headers.Cookie, cookies);
  const { href } = target;
  call.sent ??= { method, url: href, headers, userAgent, cookies, cookie, body: call.plain };
  const written = { ...headers };
  if (cookie !== undefined) written.Cookie = cookie;
  if (call.authorization !== undefined) written.Authorization = call.authorization;
  else if (target.credentials !== undefined) written.Authorization ??= basicAuthorization(target.credentials);
  return requestHead(method, target, userAgent, written, length);
}

function cookiesFor(vu: VU, { params, target }: Call): SentCookie[] {
  const jar = params.jar ?? vu.cookies;
  const kept = jar === undefined ? [] : jar.cookiesFor(target);
  const { cookies } = params;
  if (cookies.length === 0) return kept;
  const replaced = new Set(cookies.filter(({ replace }) => replace).map(({ name }) => name));
  return [...cookies, ...kept.filter(({ name }) => !replaced.has(name))];
}

/** Puts what an answer sets into the jar of its request. */
export function keepCookies(vu: VU, { params, target }: Call, answer: Answer): void {
  const cookies = cookiesOf(answer);
  if (params.jar !== undefined) params.jar.set(target, cookies);
  else {
    vu.cookies ??= new Jar();
    vu.cookies.set(target, cookies);
  }
}
