/** The URL that `location` means when `base` answered with it (RFC 3986, 5.2), as text. */
export function resolveReference(base: string, location: string): string {
  const [, prefix = '', basePath = '', baseQuery = ''] =
    /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)([^?#]*)(\?[^#]*)?/i.exec(base) ?? [];
  const absolute = /^([a-z][a-z0-9+.-]*:)(\/\/[^/?#]*)?([^?#]*)(.*)$/is.exec(location);
  if (absolute !== null) {
    const [, scheme = '', authority = '', path = '', rest = ''] = absolute;
    return scheme + authority + (authority === '' ? path : withoutDots(path, '')) + rest;
  }
  const [, authority = '', path = '', rest = ''] = /^(\/\/[^/?#]*)?([^?#]*)(.*)$/s.exec(location) ?? [];
  if (authority !== '')
    return prefix.slice(0, prefix.indexOf('//')) + authority + withoutDots(path, '') + rest;
  if (path !== '') return prefix + withoutDots(path, basePath) + rest;
  return prefix + basePath + (rest.startsWith('?') ? rest : baseQuery + rest);
}

function withoutDots(path: string, base: string): string {
  const full = path === '' || path.startsWith('/') ? path : base.slice(0, base.lastIndexOf('/') + 1) + path;
  if (full === '') return '';
  const kept: string[] = [];
  const segments = full.replace(/^\//, '').split('/');
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  return `/${kept.join('/')}${(last === '.' || last === '..') && kept.length > 0 ? '/' : ''}`;
}
