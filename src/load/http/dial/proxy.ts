import { BlockList, isIP, isIPv4 } from 'node:net';
import { getProxyForUrl } from 'proxy-from-env';
import { RequestFailure } from '../failure.ts';
import type { Origin } from '../target.ts';
import { parseUrl } from '../url.ts';
import { isLoopback } from './addresses.ts';

/** A proxy that requests to an origin go through. */
export type HttpProxy = {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** The value of Proxy-Authorization, when the proxy's URL has credentials. */
  readonly authorization: string | undefined;
  /** Stands for the proxy where connections are kept by origin. */
  readonly lane: Origin;
};

/** By URL, so that all origins behind a proxy have the same one. */
const proxies = new Map<string, HttpProxy>();

/**
 * The proxy that the environment names for `origin` (HTTP_PROXY, HTTPS_PROXY, NO_PROXY, also in lower case), by Go's
 * rules: loopback is reached directly, a bare name in NO_PROXY stands for the names below it too, and NO_PROXY may
 * hold CIDR blocks. Throws a RequestFailure for a proxy of another kind than http and https.
 */
export function proxyOf(origin: Origin): HttpProxy | undefined {
  const { host, secure } = origin;
  if (host === 'localhost' || isLoopback(host)) return undefined;
  const text = variable(secure ? 'https_proxy' : 'http_proxy');
  if (text === '' || bypassed(host, variable('no_proxy'))) return undefined;
  const name = isIP(host) === 6 ? `[${host}]` : host;
  if (getProxyForUrl(`${secure ? 'https' : 'http'}://${name}:${origin.port}`) === '') return undefined;
  let proxy = proxies.get(text);
  if (proxy === undefined) {
    proxy = readProxy(text);
    proxies.set(text, proxy);
  }
  return proxy;
}

function variable(name: string): string {
  return process.env[name.toUpperCase()] || process.env[name] || '';
}

function readProxy(text: string): HttpProxy {
  const parts = parseUrl(text.includes('://') ? text : `http://${text}`);
  const { scheme, host, port, credentials } = parts;
  if ((scheme !== 'http' && scheme !== 'https') || host === '') {
    throw new RequestFailure(
      `proxy ${scheme}://${host}${port} cannot be used: only http and https can`,
      1000,
    );
  }
  const secure = scheme === 'https';
  const given = credentials && `${credentials.username}:${credentials.password ?? ''}`;
  const to = {
    secure,
    host: host.replace(/^\[|\]$/g, '').toLowerCase(),
    port: port.length > 1 ? Number(port.slice(1)) : secure ? 443 : 80,
  };
  const authorization = given && `Basic ${Buffer.from(given).toString('base64')}`;
  return { ...to, authorization, lane: { ...to, authority: host + port } };
}

/** What Go's NO_PROXY has beyond the package's: CIDR blocks, and names that stand for those below them. */
function bypassed(host: string, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[,\s]+/)
    .some((entry) => {
      const [address = '', bits] = entry.split('/');
      if (bits !== undefined && isIP(address) !== 0 && isIP(host) === isIP(address)) {
        const family = isIPv4(address) ? 'ipv4' : 'ipv6';
        const block = new BlockList();
        block.addSubnet(address, Number(bits), family);
        return block.check(host, family);
      }
      return /^[^.*:]/.test(entry) && isIP(host) === 0 && host.endsWith(`.${entry}`);
    });
}

/** What asks a proxy for a tunnel to `origin`. */
export function connectHead(origin: Origin, { authorization }: HttpProxy): string {
  const host = isIP(origin.host) === 6 ? `[${origin.host}]` : origin.host;
  const authority = `${host}:${origin.port}`;
  const asked = authorization === undefined ? '' : `Proxy-Authorization: ${authorization}\r\n`;
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: Go-http-client/1.1\r\n${asked}\r\n`;
}

/** The head of a plain request to `origin` as a proxy wants it: with the whole URL. */
export function absoluteHead(head: string, origin: Origin, { authorization }: HttpProxy): string {
  const path = head.indexOf(' ') + 1;
  const end = head.length - 2;
  const asked = authorization === undefined ? '' : `Proxy-Authorization: ${authorization}\r\n`;
  return `${head.slice(0, path)}http://${origin.authority}${head.slice(path, end)}${asked}\r\n`;
}
