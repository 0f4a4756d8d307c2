import type { ParserCase } from './parser-cases.ts';
import { areSame, type Reading, readNode, readOurs } from './parser-oracle.ts';

/**
 * The differences from Node's parser that are on purpose: Go's client, and so k6, gives these answers (tried with
 * k6 2.0.0), and a script must see under fxscale what it sees under k6.
 */

/** What Node reads and Go refuses, by Go's message. */
export const refusedByGo: readonly RegExp[] = [
  // Any transfer coding but `chunked`, alone and once. Node reads the body to its end or as chunks.
  /^unsupported transfer encoding: /,
  /^too many transfer encodings: /,
  // Go counts in 63 bits, Node in 64.
  /^bad Content-Length "0*(9223372036854775(80[89]|8[1-9]\d|9\d\d)|92233720368547(75[89]|7[6-9]|[89])\d+|\d{19,20})"$/,
  // A chunk's size of more than 16 digits, be they zeros.
  /^http chunk length too large$/,
  // Line ends before the status line.
  /^malformed HTTP response "/,
  /^malformed HTTP version "\\r/,
  // A chunk's line, or trailers, of more than 4 KiB; Node's limit is 16 KiB.
  /^header line too long$/,
  /^http: suspiciously long trailer after chunked body$/,
];

/** Headers that frame the body. */
const framing = new Set(['transfer-encoding', 'content-length', 'trailer']);

/**
 * `given` without what Go reads and Node refuses or reads otherwise:
 * - lines of the head that end in a line feed alone, folded lines, blanks in and after a header's name,
 * - more than one blank before the status, versions such as HTTP/1.2, carriage returns in the reason,
 * - a Content-Length twice, with blanks after it, beside chunks, or in a response that has no body,
 * - a Transfer-Encoding in a response older than HTTP/1.1, which is none,
 * - blanks and any bytes after the size of a chunk, and trailers that are folded or that Node does not allow,
 * - interim responses with `Connection: close`, and bytes after the end of the response.
 *
 * Undefined where no response can be made out.
 */
export function strictly(given: ParserCase): ParserCase | undefined {
  const { method, wire } = given;
  for (let at = 0; ; ) {
    const end = headEnd(wire, at);
    if (end < 0) return undefined;
    const [first = '', ...lines] = unfolded(wire.slice(at, end));
    const [, major, minor, status = '', reason = ''] = /^HTTP\/(\d)\.(\d) +(\d{3})( .*)?$/s.exec(first) ?? [];
    if (major === undefined) return undefined;
    const isInterim = status.startsWith('1') && status !== '101';
    if (isInterim) {
      at = end;
      continue;
    }
    const isRecent = Number(major) > 1 || (major === '1' && minor !== '0');
    const hasBody = method !== 'HEAD' && !['101', '204', '304'].includes(status);
    const contentOf = (name: string) =>
      lines
        .find((line) => nameOf(line) === name)
        ?.replace(/^[^:]*:/, '')
        .trim();
    const chunked = isRecent && contentOf('transfer-encoding') !== undefined;
    const length = chunked ? undefined : contentOf('content-length');
    const rest = wire.slice(end);
    let body = '';
    let frame = '';
    if (hasBody && chunked) {
      frame = 'Transfer-Encoding: chunked\r\n';
      body = strictChunks(rest);
    } else if (hasBody && length !== undefined) {
      frame = `Content-Length: ${length}\r\n`;
      body = rest.slice(0, Number(length));
    } else if (hasBody) body = rest;
    const kept = lines
      .filter((line) => !framing.has(nameOf(line)))
      .map((line) => `${line.replace(/^[^:]*/, (name) => name.replaceAll(' ', '_'))}\r\n`);
    const head = `HTTP/1.${isRecent ? 1 : 0} ${status}${reason.replaceAll('\r', '')}\r\n`;
    const strict = `${head}${kept.join('')}${frame}\r\n${body}`;
    return { method, wire: strict, cuts: [strict.length] };
  }
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(':')).toLowerCase();
}

function headEnd(wire: string, at: number): number {
  const found = /\n\r?\n/.exec(wire.slice(at));
  return found === null ? -1 : at + found.index + found[0].length;
}

function unfolded(head: string): string[] {
  return head
    .replace(/\r?\n\r?\n$/, '')
    .replace(/[ \t]*\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/);
}

/** Chunks without extensions and trailers, up to where there are no more. */
function strictChunks(wire: string): string {
  let strict = '';
  for (let at = 0; ; ) {
    const [line, size] = /^([0-9a-f]+)(?:[ \t]*|;[^\n\r]*)\r\n/i.exec(wire.slice(at, at + 4200)) ?? [];
    if (line === undefined || size === undefined) return strict + wire.slice(at);
    at += line.length;
    const length = Number.parseInt(size, 16);
    if (length === 0) return `${strict}0\r\n${strictTrailers(wire.slice(at))}`;
    strict += `${size}\r\n${wire.slice(at, at + length + 2)}`;
    at += length + 2;
  }
}

function strictTrailers(wire: string): string {
  if (wire.startsWith('\r\n')) return '\r\n';
  const end = wire.indexOf('\r\n\r\n');
  if (end < 0) return wire.replace(/(\r\n)?$/, '');
  const lines = wire.slice(0, end + 4).replace(/(^|\n)\r?\n.*$/s, '$1\r\n');
  const kept = unfolded(`\n${lines}`)
    .slice(1)
    .filter((line) => !framing.has(nameOf(line)));
  return `${kept.map((line) => `${line.replace(/^[^:]*/, (name) => name.replaceAll(' ', '_'))}\r\n`).join('')}\r\n`;
}

export type Verdict = 'same' | 'as Go' | { ours: Reading; node: Reading; strict: Reading | undefined };

/** Compares our reading of `given` with Node's. */
export async function compare(given: ParserCase): Promise<Verdict> {
  const ours = readOurs(given);
  const node = await readNode(given);
  const isChunked =
    node.refused === undefined && node.headers.some((line) => nameOf(line) === 'transfer-encoding');
  // Between the server and the reader only; k6 does not show them either.
  if (areSame(ours, node, (name) => !isChunked || !framing.has(name))) return 'same';
  if (ours.refused !== undefined && refusedByGo.some((message) => message.test(ours.refused))) return 'as Go';
  const tidied = strictly(given);
  const strict = tidied && (await readNode(tidied));
  // Node reads on where Go finds no response, such as after two carriage returns in the status line.
  if (ours.refused !== undefined)
    return strict?.refused === undefined && tidied ? { ours, node, strict } : 'as Go';
  const renamed = ours.headers.map((line) => line.replace(/^[^:]*/, (name) => name.replaceAll(' ', '_')));
  if (strict && areSame({ ...ours, headers: renamed }, strict, (name) => !framing.has(name))) return 'as Go';
  return { ours, node, strict };
}
