import { RequestFailure } from './failure.ts';
import { goQuoted } from './go-text.ts';
import { isHeaderName } from './headers.ts';
import type { Target } from './target.ts';

/** How long a body is; `chunked` is for an empty one whose length nobody knew, as Go sends it. */
export type BodyLength = number | 'chunked' | undefined;

/** What the request line says itself, or what the engine decides. */
const notCopied = new Set(['Host', 'User-Agent', 'Content-Length', 'Transfer-Encoding', 'Trailer']);

/**
 * Request line and headers in k6's order: Host, User-Agent, Content-Length, the rest sorted by name. Throws a
 * RequestFailure for a header or method that cannot be sent.
 */
export function requestHead(
  method: string,
  target: Target,
  userAgent: string,
  headers: Record<string, string>,
  length: BodyLength,
): string {
  if (method !== '' && !isHeaderName(method))
    throw new RequestFailure(`net/http: invalid method ${goQuoted(method)}`, 1000);
  const host = headers.Host ?? target.origin.authority;
  const agent = wireText('User-Agent', headers['User-Agent'] ?? userAgent);
  let head = `${method || 'GET'} ${target.path} HTTP/1.1\r\nHost: ${wireText('Host', host)}\r\n`;
  if (agent !== '') head += `User-Agent: ${agent}\r\n`;
  if (length === 'chunked') head += 'Transfer-Encoding: chunked\r\n';
  else if (length !== undefined) head += `Content-Length: ${length}\r\n`;
  for (const name of Object.keys(headers).sort()) {
    if (notCopied.has(name)) continue;
    if (!isHeaderName(name))
      throw new RequestFailure(`net/http: invalid header field name ${goQuoted(name)}`, 1000);
    head += `${name}: ${wireText(name, headers[name] as string)}\r\n`;
  }
  return `${head}\r\n`;
}

/** Heads are written as latin1; text beyond ASCII goes out as its UTF-8 bytes. */
function wireText(name: string, text: string): string {
  if (/^[!-~](?:[\x20-\x7e\t]*[!-~])?$|^$/.test(text)) return text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\0-\x08\n-\x1f\x7f]/.test(text))
    throw new RequestFailure(`net/http: invalid header field value for ${goQuoted(name)}`, 1000);
  return Buffer.from(text.trim(), 'utf8').toString('latin1');
}

/** The length that goes with `bytes`; k6 tells a body that is not there from one that is empty. */
export function bodyLength(method: string, bytes: Buffer | undefined): BodyLength {
  if (bytes !== undefined && bytes.length > 0) return bytes.length;
  if (method !== 'POST' && method !== 'PUT' && method !== 'PATCH') return undefined;
  return bytes === undefined ? 0 : 'chunked';
}

/** The end of a chunked body, and all of it here. */
export const noChunks = Buffer.from('0\r\n\r\n');
