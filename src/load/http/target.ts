import { isIPv6 } from 'node:net';
import { RequestFailure } from './failure.ts';

/** Where a connection goes. One object per scheme, host and port, so that it can be compared by identity. */
export type Origin = {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** `host` or `host:port`, as the Host header has it. */
  readonly authority: string;
};

/** A parsed URL. */
export type Target = {
  readonly origin: Origin;
  /** Path and query, as on the request line. */
  readonly path: string;
  /** The URL as k6 tags and reports it: credentials masked, no fragment. */
  readonly url: string;
};

const origins = new Map<string, Origin>();
/** Only characters that may stand on a request line as they are. */
const plainPath = /^\/[!-"$-~]*$/;

/**
 * The target that `url` names. Origins are parsed once; a path of plain ASCII is taken as it stands.
 * Throws a RequestFailure with k6's code for a URL without a usable scheme or host.
 */
export function parseTarget(url: string): Target {
  const scheme = url.indexOf('://');
  const slash = scheme > 0 ? url.indexOf('/', scheme + 3) : -1;
  if (slash > 0) {
    const origin = origins.get(url.slice(0, slash));
    const path = url.slice(slash);
    if (origin !== undefined && plainPath.test(path)) return { origin, path, url };
  }
  return parseSlowly(url, slash);
}

function parseSlowly(url: string, slash: number): Target {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    if (!/^[a-z][a-z0-9+.-]*:/i.test(url))
      throw new RequestFailure('unsupported protocol scheme ""', 1000, { cause });
    throw new RequestFailure(`invalid URL ${JSON.stringify(url)}`, 1020, { cause });
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new RequestFailure(
      `unsupported protocol scheme ${JSON.stringify(parsed.protocol.slice(0, -1))}`,
      1000,
    );
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new RequestFailure(
      'credentials in a URL are not supported yet; send an Authorization header',
      1020,
    );
  }
  const origin = originOf(parsed);
  const path = parsed.pathname + parsed.search;
  if (slash > 0 && url.slice(0, slash).toLowerCase() === `${parsed.protocol}//${parsed.host}`) {
    origins.set(url.slice(0, slash), origin);
  }
  return { origin, path, url: url.split('#', 1)[0] ?? url };
}

function originOf(url: URL): Origin {
  const key = `${url.protocol}//${url.host}`;
  let origin = origins.get(key);
  if (origin === undefined) {
    const secure = url.protocol === 'https:';
    const bare = url.hostname.replace(/^\[|\]$/g, '');
    const host = isIPv6(bare) ? bare : url.hostname;
    origin = {
      secure,
      host,
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      authority: url.host,
    };
    origins.set(key, origin);
  }
  return origin;
}

/** An address that never leaves this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
