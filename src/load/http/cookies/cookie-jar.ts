import { isIP } from 'node:net';
import { isLoopback } from '../dial/addresses.ts';
import type { Target } from '../target.ts';
import type { SetCookie } from './set-cookie.ts';

/** A cookie as it is sent. */
export type SentCookie = { readonly name: string; readonly value: string; readonly quoted?: boolean };

type Kept = SentCookie & {
  readonly domain: string;
  /** Only for the very host that set it. */
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  readonly created: number;
};

/** The cookies of one VU (RFC 6265, 5.3 and 5.4), without a list of public suffixes, as k6 has none. */
export class Jar {
  readonly #kept = new Map<string, Kept>();
  readonly #now: () => number;
  #created = 0;

  /** `now` in milliseconds since the epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Takes what a response from `target` sets; a cookie for another domain is left out. */
  set(target: Target, cookies: readonly SetCookie[]): void {
    const { host } = target.origin;
    for (const cookie of cookies) {
      const domain = domainOf(host, cookie.domain);
      if (domain === undefined) continue;
      const path = cookie.path.startsWith('/') ? cookie.path : defaultPath(target.path);
      const id = `${domain.name};${path};${cookie.name}`;
      const expires = this.#expiry(cookie);
      if (expires <= this.#now()) this.#kept.delete(id);
      else {
        const created = this.#kept.get(id)?.created ?? this.#created++;
        const { name, value, quoted, secure } = cookie;
        const { hostOnly } = domain;
        this.#kept.set(id, {
          name,
          value,
          quoted,
          secure,
          expires,
          created,
          path,
          hostOnly,
          domain: domain.name,
        });
      }
    }
  }

  /** What is sent to `target`: longer paths first, then in order of creation. */
  cookiesFor(target: Target): SentCookie[] {
    const { host, secure } = target.origin;
    const path = target.path.split('?', 1)[0] ?? '/';
    const now = this.#now();
    const sent: Kept[] = [];
    for (const [id, cookie] of this.#kept) {
      if (cookie.expires <= now) this.#kept.delete(id);
      else if (
        domainMatches(host, cookie) &&
        pathMatches(path, cookie.path) &&
        (!cookie.secure || secure || host === 'localhost' || isLoopback(host))
      )
        sent.push(cookie);
    }
    return sent.sort((a, b) => b.path.length - a.path.length || a.created - b.created);
  }

  #expiry({ maxAge, expires }: SetCookie): number {
    if (maxAge < 0) return Number.NEGATIVE_INFINITY;
    if (maxAge > 0) return this.#now() + maxAge * 1000;
    return expires ?? Number.POSITIVE_INFINITY;
  }
}

function domainOf(host: string, given: string): { name: string; hostOnly: boolean } | undefined {
  if (given === '' || (isIP(host) > 0 && given === host)) return { name: host, hostOnly: true };
  const name = given.toLowerCase().replace(/^\./, '');
  if (isIP(host) > 0 || name === '' || name.startsWith('.') || name.endsWith('.')) return undefined;
  return host === name || host.endsWith(`.${name}`) ? { name, hostOnly: false } : undefined;
}

function domainMatches(host: string, { domain, hostOnly }: Kept): boolean {
  return host === domain || (!hostOnly && host.endsWith(`.${domain}`));
}

function pathMatches(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return path.length === prefix.length || prefix.endsWith('/') || path[prefix.length] === '/';
}

function defaultPath(path: string): string {
  const bare = path.split('?', 1)[0] ?? '/';
  const slash = bare.lastIndexOf('/');
  return slash <= 0 ? '/' : bare.slice(0, slash);
}

/** The Cookie header for `cookies`, after what the script itself put there. What must not stand in one is dropped. */
export function cookieHeader(own: string | undefined, cookies: readonly SentCookie[]): string | undefined {
  const parts = cookies.map(({ name, value, quoted }) => {
    const text = Buffer.from(value, 'utf8')
      .toString('latin1')
      .replace(/[^ !#-:<-[\]-~]/g, '');
    const inQuotes = quoted === true || /[ ,]/.test(text);
    return `${name.replace(/[\r\n]/g, '-')}=${inQuotes ? `"${text}"` : text}`;
  });
  if (own !== undefined) parts.unshift(own);
  return parts.length === 0 ? undefined : parts.join('; ');
}
