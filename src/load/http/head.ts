import { firstFold, lineEnd, ProtocolError, quoted, trimmed, unfolded } from './lines.ts';

/** How the end of a body is found. */
export type Framing = 'length' | 'chunked' | 'close';

/** What a status line and header lines say, to the reader of the body and to the script. Never changed once made. */
export type Head = {
  readonly status: number;
  /**
   * The lines in latin1, as k6 shows them: folded ones joined, a repeated Content-Length once, and without
   * Transfer-Encoding and Trailer, which are between the server and the reader.
   */
  readonly text: string;
  /** Bytes on the wire, with the empty line. */
  readonly size: number;
  /** How the body is framed, when request and status allow one. */
  readonly framing: Framing;
  /** Bytes of the body where the framing is by length, else 0. */
  readonly length: number;
  /** The connection may carry another request once the body has been read. */
  readonly keepAlive: boolean;
  readonly encoded: boolean;
  readonly setsCookies: boolean;
};

/** What the header lines said so far. */
type Facts = {
  readonly lengths: string[];
  readonly codings: string[];
  close: boolean;
  keepAlive: boolean;
  encoded: boolean;
  setsCookies: boolean;
  trailer: boolean;
};

/**
 * The head that stands between `start` and `end`, its empty line included. Where Go's reader and Node's differ it
 * follows Go, whose answers k6 gives. Throws a ProtocolError.
 */
export function parseHead(bytes: Buffer, start: number, end: number): Head {
  const raw = bytes.toString('latin1', start, end);
  const linesAt = raw.indexOf('\n') + 1;
  const { status, persistent } = parseStatusLine(raw.slice(0, linesAt));
  const text = firstFold(raw, linesAt) < 0 ? raw : raw.slice(0, linesAt) + unfolded(raw.slice(linesAt));
  const facts = factsOf(text, linesAt);
  const { codings, lengths } = facts;
  // Before HTTP/1.1 there were no transfer codings, so Go takes no notice of one.
  const chunked = persistent && isChunked(codings);
  const length = chunked ? undefined : lengthOf(lengths, hasNoBody(status));
  const isPlain = codings.length === 0 && lengths.length < 2 && !facts.trailer;
  return {
    status,
    text: isPlain ? text : shown(text, linesAt, chunked),
    size: end - start,
    framing: chunked ? 'chunked' : length === undefined ? 'close' : 'length',
    length: length ?? 0,
    keepAlive: !facts.close && (persistent || facts.keepAlive),
    encoded: facts.encoded,
    setsCookies: facts.setsCookies,
  };
}

/** RFC 9110, 6.4.1: responses with these statuses have no body. */
export function hasNoBody(status: number): boolean {
  return status === 204 || status === 304 || (status >= 100 && status < 200);
}

/** `persistent`: HTTP/1.1 or later. Throws a ProtocolError for a line that is no status line. */
export function parseStatusLine(line: string): { status: number; persistent: boolean } {
  const text = line.replace(/\r?\n$/, '');
  const parts = /^HTTP\/(\d)\.(\d) +(\d{3})(?: |$)/.exec(text);
  if (parts !== null) {
    const [, major, minor, status] = parts;
    return { status: Number(status), persistent: Number(major) > 1 || (major === '1' && minor !== '0') };
  }
  const blank = text.indexOf(' ');
  if (blank < 0) throw new ProtocolError(`malformed HTTP response ${quoted(text)}`);
  const code = text.slice(blank).replace(/^ +/, '').split(' ', 1)[0] ?? '';
  if (!/^\d{3}$/.test(code)) throw new ProtocolError(`malformed HTTP status code ${quoted(code)}`);
  throw new ProtocolError(`malformed HTTP version ${quoted(text.slice(0, blank))}`);
}

function factsOf(text: string, linesAt: number): Facts {
  const facts = {
    lengths: [],
    codings: [],
    close: false,
    keepAlive: false,
    encoded: false,
    setsCookies: false,
    trailer: false,
  };
  for (let at = linesAt, next = lineEnd(text, at); next > 0; at = next, next = lineEnd(text, at)) {
    const first = text.charCodeAt(at) | 0x20;
    // Only headers that begin with c, s or t say anything that must be known before the script asks.
    if (first === 99 || first === 115 || first === 116) note(facts, text, at, next);
  }
  return facts;
}

function note(facts: Facts, text: string, at: number, next: number): void {
  const colon = text.indexOf(':', at);
  const size = colon - at;
  if (size !== 7 && size !== 10 && size !== 14 && size !== 16 && size !== 17) return;
  const value = () => trimmed(text.slice(colon + 1, next));
  switch (text.slice(at, colon).toLowerCase()) {
    case 'content-length':
      facts.lengths.push(value());
      break;
    case 'transfer-encoding':
      facts.codings.push(value());
      break;
    case 'connection':
      for (const option of value().toLowerCase().split(',')) {
        if (trimmed(option) === 'close') facts.close = true;
        else if (trimmed(option) === 'keep-alive') facts.keepAlive = true;
      }
      break;
    case 'content-encoding':
      facts.encoded = !/^(identity)?$/i.test(value());
      break;
    case 'set-cookie':
      facts.setsCookies = true;
      break;
    case 'trailer':
      facts.trailer = true;
  }
}

function isChunked(codings: readonly string[]): boolean {
  if (codings.length === 0) return false;
  if (codings.length > 1)
    throw new ProtocolError(`too many transfer encodings: [${codings.map(quoted).join(' ')}]`);
  const [coding = ''] = codings;
  if (coding.toLowerCase() === 'chunked') return true;
  throw new ProtocolError(`unsupported transfer encoding: ${quoted(coding)}`);
}

/** The one length that `lengths` give; undefined when there is none. */
function lengthOf(lengths: readonly string[], isUnread: boolean): number | undefined {
  const [length] = lengths;
  if (length === undefined) return undefined;
  if (lengths.some((other) => other !== length)) {
    throw new ProtocolError(
      `http: message cannot contain multiple Content-Length headers; got [${lengths.map(quoted).join(' ')}]`,
    );
  }
  if (isUnread) return 0;
  if (length === '') throw new ProtocolError('invalid empty Content-Length ""');
  // Go counts bytes in 63 bits. Beyond 2^53 the number is not exact, and no such body ends.
  if (!/^0*\d{1,19}$/.test(length) || BigInt(length) >= 2n ** 63n)
    throw new ProtocolError(`bad Content-Length ${quoted(length)}`);
  return Number(length);
}

/** `text` without what a script does not see. */
function shown(text: string, linesAt: number, chunked: boolean): string {
  let kept = text.slice(0, linesAt);
  let isFirst = true;
  for (let at = linesAt, next = lineEnd(text, at); next > 0; at = next, next = lineEnd(text, at)) {
    const name = text.slice(at, text.indexOf(':', at)).toLowerCase();
    if (name === 'transfer-encoding' || (name === 'trailer' && chunked)) continue;
    if (name === 'content-length') {
      if (chunked || !isFirst) continue;
      isFirst = false;
    }
    kept += text.slice(at, next);
  }
  return `${kept}\r\n`;
}
