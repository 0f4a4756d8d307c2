import { isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { RequestFailure } from './failure.ts';
import { parseUrl, type UrlParts } from './url.ts';

/** Where a connection goes. One object per scheme and authority as written, so that it can be compared by identity. */
export type Origin = {
  readonly secure: boolean;
  /** A name in ASCII and lower case, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** `host` or `host:port`, as the Host header has it. */
  readonly authority: string;
};

export type Credentials = { readonly username: string; readonly password: string };

/** A parsed URL. */
export type Target = {
  readonly origin: Origin;
  /** Path and query, as on the request line. */
  readonly path: string;
  /** The URL as k6 tags and logs it: with its fragment, credentials masked. */
  readonly url: string;
  /** The URL as k6 gives it to the script: as `url`, but with the credentials. */
  readonly href: string;
  readonly credentials: Credentials | undefined;
};

const origins = new Map<string, Origin>();
/** Bounded: a script may make a name for every request. */
const MAX_ORIGINS = 10_000;
/** A path and query that go on the request line as they stand. */
const plainPath = /^\/(?:[\w\-.~!$&'()*+,;=:@/[\]]|%[\da-fA-F]{2})*(?:\?[!-"$-~]*)?$/;

/**
 * The target that `url` names, read as k6 (Go's net/url) reads it: dots in a path stay, and so does the case of a
 * host. Origins are parsed once. Throws a RequestFailure with k6's code and words for a URL that names none.
 */
export function parseTarget(url: string): Target {
  const scheme = url.indexOf('://');
  const slash = scheme > 0 ? url.indexOf('/', scheme + 3) : -1;
  if (slash > 0) {
    const origin = origins.get(url.slice(0, slash));
    const path = url.slice(slash);
    if (origin !== undefined && plainPath.test(path))
      return { origin, path, url, href: url, credentials: undefined };
  }
  return parseSlowly(url);
}

function parseSlowly(url: string): Target {
  const parts = parseUrl(url);
  if (parts.scheme !== 'http' && parts.scheme !== 'https')
    throw new RequestFailure(`unsupported protocol scheme ${JSON.stringify(parts.scheme)}`, 1000);
  if (parts.host === '') throw new RequestFailure('http: no Host in request URL', 1000);
  const { credentials } = parts;
  return {
    origin: originOf(parts),
    path: parts.path + parts.query,
    url: credentials === undefined ? parts.text(undefined) : parts.text(masked(credentials)),
    href: parts.text(credentials && userinfo(credentials)),
    credentials: credentials && { username: credentials.username, password: credentials.password ?? '' },
  };
}

function originOf({ scheme, host, port }: UrlParts): Origin {
  const key = `${scheme}://${host}${port}`;
  let origin = origins.get(key);
  if (origin === undefined) {
    const secure = scheme === 'https';
    const bare = host.replace(/^\[|\]$/g, '');
    const ascii = /^[\0-\x7f]*$/.test(host) ? host : domainToASCII(host);
    origin = {
      secure,
      host: isIPv6(bare) ? bare : ascii.toLowerCase(),
      port: port.length < 2 ? (secure ? 443 : 80) : Number(port.slice(1)),
      authority: ascii + (port === ':' ? '' : port),
    };
    if (origins.size >= MAX_ORIGINS) origins.clear();
    origins.set(key, origin);
  }
  return origin;
}

function userinfo({ username, password }: NonNullable<UrlParts['credentials']>): string {
  const user = encodeURIComponent(username);
  return password === undefined ? user : `${user}:${encodeURIComponent(password)}`;
}

function masked({ password }: NonNullable<UrlParts['credentials']>): string {
  return password === undefined ? '****' : '****:****';
}

/** What stands for the target of a URL that names none: `url` is tagged, `href` is what the script gave. */
export function nowhere(url: string, href: string): Target {
  const origin = { secure: false, host: '', port: 0, authority: '' };
  return { origin, path: '', url, href, credentials: undefined };
}
