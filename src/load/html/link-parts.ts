import { attributeOf, type DomNode } from './document.ts';

/** The parts of a link's `href` as it stands, without the page that it may be relative to; '' for what is not there. */
type Parts = Record<'scheme' | 'user' | 'password' | 'host' | 'path' | 'query' | 'hash', string>;

const pattern =
  /^(?:(?<scheme>[a-z][a-z\d+.-]*):)?(?:\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?<host>[^/?#]*))?(?<path>[^?#]*)(?<query>\?[^#]*)?(?<hash>#.*)?$/is;

function partsOf(node: DomNode): Parts {
  const found = pattern.exec(attributeOf(node, 'href') ?? '')?.groups ?? {};
  const part = (name: keyof Parts) => found[name] ?? '';
  return {
    scheme: part('scheme').toLowerCase(),
    user: part('user'),
    password: part('password'),
    host: part('host'),
    path: part('path'),
    query: part('query'),
    hash: part('hash'),
  };
}

const portOf = ({ host }: Parts) => /:(\d*)$/.exec(host)?.[1] ?? '';

/** The methods of a link that give parts of its address, as k6 has them. */
export const linkParts: Record<string, (node: DomNode) => string> = {
  hash: (node) => partsOf(node).hash,
  host: (node) => partsOf(node).host,
  hostname: (node) => partsOf(node).host.replace(/:\d*$/, ''),
  origin: (node) => {
    const { scheme, host } = partsOf(node);
    return host === '' ? '' : `${scheme}://${host}`;
  },
  password: (node) => partsOf(node).password,
  pathname: (node) => partsOf(node).path,
  port: (node) => portOf(partsOf(node)),
  // k6 leaves the colon out, but for a link without a scheme.
  protocol: (node) => partsOf(node).scheme || ':',
  search: (node) => partsOf(node).query,
  username: (node) => partsOf(node).user,
};
