import type { Answer } from './exchange.ts';
import { RequestFailure } from './failure.ts';
import { goQuoted } from './go-text.ts';
import { parseHeaders } from './headers.ts';
import { resolveReference } from './resolve.ts';
import type { Target } from './target.ts';

const statuses = new Set([301, 302, 303, 307, 308]);
/** They tell of a body that is not sent again. */
const ofBody = ['Content-Type', 'Content-Encoding', 'Content-Language', 'Content-Location'];
/** They are for the host that they were given for. */
const ofHost = [
  'Authorization',
  'Www-Authenticate',
  'Cookie',
  'Cookie2',
  'Proxy-Authorization',
  'Proxy-Authenticate',
];

/** The URL that `answer` sends on to, as written; undefined for an answer that is no redirect. */
export function redirectLocation(answer: Answer): string | undefined {
  if (!statuses.has(answer.status)) return undefined;
  return parseHeaders(answer.head).Location || undefined;
}

/** The whole URL that `location` means. Throws a RequestFailure when it is none. */
export function redirectUrl(from: Target, location: string): string {
  const broken = (why: string) =>
    new RequestFailure(`failed to parse Location header ${goQuoted(location)}: ${why}`, 1000);
  const wrong = /%(?![\da-fA-F]{2}).{0,2}/s.exec(location.split('?', 1)[0] ?? '')?.[0];
  if (wrong !== undefined) throw broken(`parse ${goQuoted(location)}: invalid URL escape ${goQuoted(wrong)}`);
  return resolveReference(from.href, location);
}

/** The failure to take the URL of a redirect apart, as the answer's own. */
export function unusableLocation(location: string, failure: RequestFailure): RequestFailure {
  const why = failure.message.replace(/^invalid URL: /, '');
  return new RequestFailure(`failed to parse Location header ${goQuoted(location)}: ${why}`, 1000);
}

/** Whether a redirect of `status` sends the method and the body again (RFC 9110, 15.4). */
export function sendsBodyAgain(status: number): boolean {
  return status === 307 || status === 308;
}

export function redirectMethod(method: string, status: number): string {
  return sendsBodyAgain(status) || method === 'GET' || method === 'HEAD' ? method : 'GET';
}

/** The headers of the request that follows a redirect. `keepsReferer`: the script set its own. */
export function redirectHeaders(
  headers: Readonly<Record<string, string>>,
  from: Target,
  to: Target,
  location: string,
  status: number,
  keepsReferer: boolean,
): Record<string, string> {
  const next = { ...headers };
  // Each hop has the jar's own cookies, and what the script wrote there was for the first.
  delete next.Cookie;
  if (!sendsBodyAgain(status)) for (const name of ofBody) delete next[name];
  if (!isSameSite(from.origin.host, to.origin.host)) for (const name of ofHost) delete next[name];
  if (/^([a-z][a-z0-9+.-]*:)?\/\//i.test(location)) delete next.Host;
  if (keepsReferer) return next;
  delete next.Referer;
  if (!from.origin.secure || to.origin.secure) next.Referer = from.href.replace(/^([^/]*\/\/)[^/?#]*@/, '$1');
  return next;
}

function isSameSite(from: string, to: string): boolean {
  return to === from || to.endsWith(`.${from}`);
}
