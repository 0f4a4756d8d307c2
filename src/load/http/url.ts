import { RequestFailure } from './failure.ts';
import { goQuoted } from './go-text.ts';

/** The parts of a URL as Go's net/url takes them apart: nothing is resolved, and little is rewritten. */
export type UrlParts = {
  readonly scheme: string;
  readonly credentials: { readonly username: string; readonly password: string | undefined } | undefined;
  /** As written, with brackets around an IPv6 address, without the port; '' when the URL has none. */
  readonly host: string;
  /** With its colon; '' without one. */
  readonly port: string;
  /** At least '/', as it goes on the request line. */
  readonly path: string;
  /** With its question mark; '' without one. */
  readonly query: string;
  /** The whole URL, with `userinfo` in the place of its own. */
  text(userinfo: string | undefined): string;
};

const validHost = /^(?:[\w\-.~!$&'()*+,;=:[\]<>"]|[^\0-\x7f])*$/;
const validPath = /^(?:[\w\-.~!$&'()*+,;=:@/[\]]|%[\da-fA-F]{2})*$/;
const validUserinfo = /^[\w\-.~:!$&'()*+,;=%@]*$/;

/** Takes `url` apart. Throws a RequestFailure with code 1020 and Go's words for text that is no URL. */
export function parseUrl(url: string): UrlParts {
  const refused = (why: string) => {
    const text = `invalid URL: parse ${goQuoted(url)}: ${why}`;
    return new RequestFailure(text, 1020, { bare: true });
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\0-\x1f\x7f]/.test(url)) throw refused('net/url: invalid control character in URL');
  const [, head = '', query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(url) ?? [];
  const [, scheme = '', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):)?(.*)$/is.exec(head) ?? [];
  if (rest.startsWith(':') && scheme === '') throw refused('missing protocol scheme');
  if (scheme === '' && /^[^/]*:/.test(rest)) throw refused('first path segment in URL cannot contain colon');
  const [, slashes = '', authority = '', rawPath = ''] =
    /^(\/\/)?(?:(?<=\/\/)([^/]*))?(.*)$/s.exec(rest) ?? [];
  const at = authority.lastIndexOf('@');
  const user = authority.slice(0, Math.max(0, at));
  if (!validUserinfo.test(user)) throw refused('net/url: invalid userinfo');
  const [host, port] = splitHost(authority.slice(at + 1), refused);
  const badEscape = /%(?![\da-fA-F]{2}).{0,2}/s.exec(rawPath)?.[0];
  if (badEscape !== undefined) throw refused(`invalid URL escape ${goQuoted(badEscape)}`);
  const path = validPath.test(rawPath) ? rawPath : escapePath(rawPath);
  const lower = scheme.toLowerCase();
  return {
    scheme: lower,
    credentials: at < 0 ? undefined : readUserinfo(user, refused),
    host,
    port,
    path: path === '' ? '/' : path,
    query: Buffer.from(query, 'utf8').toString('latin1'),
    text: (userinfo) => {
      const name = slashes === '' || (userinfo === undefined && host === '' && path === '') ? '' : '//';
      const before = userinfo === undefined ? '' : `${userinfo}@`;
      const shown = host.replace(/[^\0-\x7f]+/g, encodeURIComponent);
      return `${lower === '' ? '' : `${lower}:`}${name}${before}${shown}${port}${path}${query}${fragment === '#' ? '' : fragment}`;
    },
  };
}

type Refuse = (why: string) => RequestFailure;

function splitHost(authority: string, refused: Refuse): [host: string, port: string] {
  const bracket = authority.startsWith('[') ? authority.lastIndexOf(']') : undefined;
  if (bracket === -1) throw refused("missing ']' in host");
  const colon = bracket === undefined ? authority.lastIndexOf(':') : bracket + 1;
  const host = colon < 0 ? authority : authority.slice(0, colon);
  const port = colon < 0 ? '' : authority.slice(colon);
  if (!/^(?::\d*)?$/.test(port)) throw refused(`invalid port ${JSON.stringify(port)} after host`);
  const badEscape = bracket === undefined ? /%.{0,2}/s.exec(host)?.[0] : undefined;
  if (badEscape !== undefined) throw refused(`invalid URL escape ${goQuoted(badEscape)}`);
  for (const character of host) {
    if (!validHost.test(character) && !(character === '%' && bracket !== undefined))
      throw refused(`invalid character ${goQuoted(character)} in host name`);
  }
  return [host, port];
}

function readUserinfo(text: string, refused: Refuse): UrlParts['credentials'] {
  const [, username = '', password] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  try {
    return {
      username: decodeURIComponent(username),
      password: password === undefined ? undefined : decodeURIComponent(password),
    };
  } catch {
    throw refused('net/url: invalid userinfo');
  }
}

/** A path with a character that must be escaped is escaped anew, all of it. */
function escapePath(path: string): string {
  const bytes = Buffer.from(path, 'utf8').toString('latin1');
  const decoded = bytes.replace(/%([\da-fA-F]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decoded.replace(
    /[^\w\-.~$&+,/:;=@]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
