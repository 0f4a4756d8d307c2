const canonical = new Map<string, string>();

/** A header name as Go writes it: `content-type` becomes `Content-Type`; what is no name stays as it is. */
export function canonicalHeader(name: string): string {
  let known = canonical.get(name);
  if (known === undefined) {
    known = isHeaderName(name)
      ? name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
      : name;
    if (canonical.size < 1000) canonical.set(name, known);
  }
  return known;
}

export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);
}

/** Header lines as an object with canonical names; repeated ones joined by a comma. */
export function parseHeaders(head: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of headerLines(head)) {
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

/** The headers of a response as k6 shows them: not those that only say how the connection is used. */
export function responseHeaders(head: string): Record<string, string> {
  const headers = parseHeaders(head);
  if (/(?:^|,)\s*close\s*(?:,|$)/i.test(headers.Connection ?? '') && !head.startsWith('HTTP/1.0'))
    delete headers.Connection;
  return headers;
}

export function headerValues(head: string, name: string): string[] {
  return headerLines(head).flatMap(([key, value]) => (key === name ? [value] : []));
}

export function headerLines(head: string): [name: string, value: string][] {
  return head
    .split(/\r?\n/)
    .slice(1)
    .flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[canonicalHeader(line.slice(0, colon)), line.slice(colon + 1).trim()]];
    });
}
