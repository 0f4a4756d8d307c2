import type { SentCookie } from './cookies/cookie-jar.ts';

/** A request as the script made it, before redirects: what `response.request` tells. */
export type Sent = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly cookies: readonly SentCookie[];
  /** The Cookie header. */
  readonly cookie: string | undefined;
  /** Before it was compressed. */
  readonly body: Buffer | undefined;
};

export type SentRequest = {
  method: string;
  url: string;
  headers: Record<string, string[]>;
  body: string;
  cookies: Record<string, { name: string; value: string; replace: boolean }[]>;
};

/** k6's `response.request`. */
export function shownRequest({ method, url, headers, userAgent, cookies, cookie, body }: Sent): SentRequest {
  const all: Record<string, string> = { 'User-Agent': userAgent, ...headers };
  if (cookie !== undefined) all.Cookie = cookie;
  delete all['Content-Length'];
  const shown: SentRequest['cookies'] = {};
  for (const { name, value } of cookies) {
    shown[name] ??= [];
    shown[name].push({ name, value, replace: false });
  }
  return {
    method,
    url,
    headers: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]])),
    body: body?.toString('utf8') ?? '',
    cookies: shown,
  };
}
