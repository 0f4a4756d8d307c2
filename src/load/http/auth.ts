import type { Credentials, Target } from './target.ts';

/** The Authorization header of basic authentication (RFC 7617). */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

/** The target as one asks it for a challenge: nothing of the credentials is told. */
function withoutCredentials(target: Target): Target {
  if (target.credentials === undefined) return target;
  const bare = target.href.replace(/^([^/]*\/\/)[^/?#]*@/, '$1');
  return { ...target, url: bare, href: bare, credentials: undefined };
}

/** A URL as an error tells it: without the password. */
export function loggedUrl({ origin, url, href, credentials }: Target): string {
  if (origin.authority === '') return url;
  return credentials === undefined ? href : href.replace(/^([^/]*\/\/[^/?#:]*:)[^/?#]*@/, '$1***@');
}

/** The target as requests with authentication of the kind `auth` have it. */
export function targetFor(target: Target, auth: string): Target {
  return auth === 'digest' ? withoutCredentials(target) : target;
}
