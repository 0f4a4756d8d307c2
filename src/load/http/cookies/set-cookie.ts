/** A cookie as a server sets it (RFC 6265), with what k6 shows of it. */
export type SetCookie = {
  readonly name: string;
  readonly value: string;
  /** The value stood in quotes, and is sent in quotes. */
  readonly quoted: boolean;
  readonly domain: string;
  readonly path: string;
  readonly httpOnly: boolean;
  readonly secure: boolean;
  /** Seconds; 0 when the server gave none, -1 when the cookie is to go. */
  readonly maxAge: number;
  /** Milliseconds since the epoch. */
  readonly expires: number | undefined;
};

/** What Go has for a time that was not given: the first moment of the year 1, as its nanoseconds overflow. */
const NO_TIME_MS = -6795364578871;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The cookie of one Set-Cookie line; undefined for what Go's net/http does not take for one. */
export function parseSetCookie(line: string): SetCookie | undefined {
  const [first = '', ...attributes] = line.split(';').map((part) => part.trim());
  const equals = first.indexOf('=');
  if (equals < 1) return undefined;
  const name = first.slice(0, equals).trim();
  const raw = first.slice(equals + 1);
  const quoted = raw.length > 1 && raw.startsWith('"') && raw.endsWith('"');
  const value = quoted ? raw.slice(1, -1) : raw;
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || !isCookieText(value)) return undefined;
  const given = new Map<string, string>();
  for (const attribute of attributes) {
    const [, key = '', text = ''] = /^([^=]*)=?(.*)$/s.exec(attribute) ?? [];
    if (key !== '' && isCookieText(text)) given.set(key.toLowerCase(), text);
  }
  return {
    name,
    value,
    quoted,
    domain: given.get('domain') ?? '',
    path: given.get('path') ?? '',
    httpOnly: given.has('httponly'),
    secure: given.has('secure'),
    maxAge: readMaxAge(given.get('max-age')),
    expires: parseCookieTime(given.get('expires') ?? ''),
  };
}

function isCookieText(text: string): boolean {
  return /^[ !#-:<-[\]-~]*$/.test(text);
}

function readMaxAge(text: string | undefined): number {
  if (text === undefined || !/^(?:[+-]?[1-9]\d*|[+-]?0)$/.test(text)) return 0;
  return Number(text) <= 0 ? -1 : Number(text);
}

/** Milliseconds since the epoch of `Mon, 02 Jan 2006 15:04:05 MST`, also with dashes in the date. */
export function parseCookieTime(text: string): number | undefined {
  const match = /^[A-Z][a-z]{2}, (\d\d)[ -]([A-Z][a-z]{2})[ -](\d{4}) (\d\d):(\d\d):(\d\d) [A-Z]{3,4}$/.exec(
    text,
  );
  const month = months.indexOf(match?.[2] ?? '');
  if (match === null || month < 0) return undefined;
  const [day, year, hour, minute, second] = [1, 3, 4, 5, 6].map((i) => Number(match[i])) as number[];
  return Date.UTC(year ?? 0, month, day, hour, minute, second);
}

/** A cookie as `response.cookies` shows it. */
export type ShownCookie = {
  name: string;
  value: string;
  domain: string;
  path: string;
  http_only: boolean;
  secure: boolean;
  max_age: number;
  expires: number;
};

/** Cookies by name, as k6 gives them to a script. */
export function shownCookies(cookies: readonly SetCookie[]): Record<string, ShownCookie[]> {
  const shown: Record<string, ShownCookie[]> = {};
  for (const { name, value, domain, path, httpOnly, secure, maxAge, expires } of cookies) {
    shown[name] ??= [];
    const times = { max_age: maxAge, expires: expires ?? NO_TIME_MS };
    shown[name].push({ name, value, domain, path, http_only: httpOnly, secure, ...times });
  }
  return shown;
}
