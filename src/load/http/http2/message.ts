import { STATUS_CODES } from 'node:http';
import type { IncomingHttpHeaders, IncomingHttpStatusHeader, OutgoingHttpHeaders } from 'node:http2';
import type { Answer } from '../exchange.ts';

/** What HTTP/1.1 says about its connection has no place in HTTP/2 (RFC 9113, 8.2.2). */
const ofConnection = new Set([
  'connection',
  'keep-alive',
  'http2-settings',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

const known = new Map<string, OutgoingHttpHeaders>();
const MAX_KNOWN = 1000;

/** The header fields of HTTP/2 for a request whose head in HTTP/1.1 is `head`. */
export function requestFields(head: string): OutgoingHttpHeaders {
  let fields = known.get(head);
  if (fields === undefined) {
    fields = readHead(head);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(head, fields);
  }
  return fields;
}

function readHead(head: string): OutgoingHttpHeaders {
  const [requestLine = '', ...lines] = head.trimEnd().split('\r\n');
  const [method = '', ...rest] = requestLine.split(' ');
  const path = rest.slice(0, -1).join(' ');
  const fields: OutgoingHttpHeaders = {
    ':authority': '',
    ':method': method,
    ':path': path,
    ':scheme': 'https',
  };
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'host') fields[':authority'] = value;
    else if (name === 'cookie') fields.cookie = value.split('; ');
    else if (!ofConnection.has(name) && (name !== 'te' || value === 'trailers')) fields[name] = value;
  }
  return fields;
}

/** Where Go's words for a status are not Node's. */
const goStatusTexts: Record<number, string> = {
  413: 'Request Entity Too Large',
  414: 'Request URI Too Long',
  416: 'Requested Range Not Satisfiable',
  418: "I'm a teapot",
  509: '',
};

/** A response in HTTP/2 as it comes, told as if it were one in HTTP/1. */
export class Http2Answer implements Answer {
  status = 0;
  head = '';
  readonly pieces: Buffer[] = [];
  readonly text = undefined;
  encoded = false;
  setsCookies = false;

  takeHead(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
    const status = headers[':status'] ?? 0;
    this.status = status;
    const lines = [`HTTP/2.0 ${status} ${goStatusTexts[status] ?? STATUS_CODES[status] ?? ''}`];
    for (const [name, value] of Object.entries(headers)) {
      if (name.startsWith(':') || value === undefined) continue;
      for (const one of Array.isArray(value) ? value : [value]) lines.push(`${canonical(name)}: ${one}`);
    }
    this.head = `${lines.join('\r\n')}\r\n\r\n`;
    this.setsCookies = headers['set-cookie'] !== undefined;
    this.encoded = (headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity';
  }
}

function canonical(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
