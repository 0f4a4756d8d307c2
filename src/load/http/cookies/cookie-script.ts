import { GoError } from '../../go-error.ts';
import type { VU } from '../../vu.ts';
import { parseTarget, type Target } from '../target.ts';
import { parseUrl } from '../url.ts';
import { Jar } from './cookie-jar.ts';
import { parseCookieTime, type SetCookie } from './set-cookie.ts';

/** The jar behind a script's CookieJar. */
const jars = new WeakMap<object, Jar>();

/** `http.CookieJar`: a jar of its own, or a view of the VU's. */
export class ScriptJar {
  constructor(jar?: unknown) {
    jars.set(this, jar instanceof Jar ? jar : new Jar());
  }

  /** Cookies that a request to `url` would carry: values by name. */
  cookiesForURL(url: unknown): Record<string, string[]> {
    const values: Record<string, string[]> = {};
    const target = addressed(url);
    if (target === undefined) return values;
    for (const { name, value } of this.#jar.cookiesFor(target)) {
      values[name] ??= [];
      values[name].push(value);
    }
    return values;
  }

  set(url: unknown, name: unknown, value: unknown, options?: Record<string, unknown> | null): boolean {
    const target = addressed(url);
    const cookie = given(String(name), String(value), options ?? {});
    if (target !== undefined) this.#jar.set(target, [cookie]);
    return true;
  }

  clear(url: unknown): void {
    const target = addressed(url);
    if (target === undefined) return;
    for (const { name } of this.#jar.cookiesFor(target)) this.#jar.set(target, [gone(name)]);
  }

  delete(url: unknown, name: unknown): void {
    const target = addressed(url);
    if (target !== undefined) this.#jar.set(target, [gone(String(name))]);
  }

  get #jar(): Jar {
    return jars.get(this) as Jar;
  }
}

/** The jar that a script means by `jar` in its parameters, if it is one. */
export function jarOf(value: unknown): Jar | undefined {
  return typeof value === 'object' && value !== null ? jars.get(value) : undefined;
}

/** `http.cookieJar()`: the VU's own jar, in which requests keep their cookies for the rest of the iteration. */
export function vuJar(vu: VU): ScriptJar {
  if (!vu.initialised) throw new GoError('Making cookie jars in the init context is not supported');
  vu.cookies ??= new Jar();
  return new ScriptJar(vu.cookies);
}

/** Undefined for what is a URL but not of a host, which has no cookies. Throws GoError for what is none. */
function addressed(url: unknown): Target | undefined {
  const text = String(url);
  try {
    parseUrl(text);
  } catch (error) {
    throw new GoError(String((error as Error).message).replace(/^invalid URL: /, ''));
  }
  try {
    return parseTarget(text);
  } catch {
    return undefined;
  }
}

function given(name: string, value: string, options: Record<string, unknown>): SetCookie {
  const text = (key: string) => (options[key] === undefined ? '' : String(options[key]));
  const expires = text('expires');
  const time = parseCookieTime(expires);
  if (expires !== '' && time === undefined) {
    const quoted = JSON.stringify(expires);
    throw new GoError(
      `unable to parse "expires" date string ${quoted}: parsing time ${quoted} as "Mon, 02 Jan 2006 15:04:05 MST": cannot parse ${quoted} as "Mon"`,
    );
  }
  return {
    name,
    value,
    quoted: false,
    domain: text('domain'),
    path: text('path'),
    httpOnly: Boolean(options.http_only),
    secure: Boolean(options.secure),
    maxAge: Math.trunc(Number(options.max_age ?? 0)) || 0,
    expires: time,
  };
}

function gone(name: string): SetCookie {
  const rest = { quoted: false, domain: '', path: '', httpOnly: false, secure: false, expires: undefined };
  return { name, value: '', maxAge: -1, ...rest };
}
