/** What came is not HTTP; the message is Go's, and so k6's. */
export class ProtocolError extends Error {}

const LF = 10;
const CR = 13;
const TAB = 9;
const SPACE = 32;
const COLON = 58;

const isName = new Uint8Array(256);
const isValue = new Uint8Array(256);
// The bytes of a token (RFC 9110, 5.6.2); Go allows a blank beside them.
for (const byte of Buffer.from("!#$%&'*+-.^_`|~ ")) isName[byte] = 1;
for (let byte = 0; byte < 256; byte++) {
  if (/[0-9A-Za-z]/.test(String.fromCharCode(byte))) isName[byte] = 1;
  if (byte === TAB || (byte >= SPACE && byte !== 127)) isValue[byte] = 1;
}

/**
 * Where the line after the header line at `at` begins; 0 when that is the empty line that ends them. Throws a
 * ProtocolError for what is no header line. `text` is latin1 and has no folded lines.
 */
export function lineEnd(text: string, at: number): number {
  let i = at;
  let byte = text.charCodeAt(i);
  if (byte === LF || (byte === CR && text.charCodeAt(i + 1) === LF)) return 0;
  while (isName[byte] === 1) byte = text.charCodeAt(++i);
  if (byte !== COLON || i === at) throw malformed(text, at);
  do byte = text.charCodeAt(++i);
  while (isValue[byte] === 1);
  if (byte === CR) byte = text.charCodeAt(++i);
  if (byte !== LF) throw malformed(text, at);
  return i + 1;
}

function malformed(text: string, at: number): ProtocolError {
  const line = text.slice(at, text.indexOf('\n', at)).replace(/\r$/, '');
  const what = line.includes(':') ? ' line' : ': missing colon';
  return new ProtocolError(`malformed MIME header${what}: ${quoted(line)}`);
}

/** Where a line that continues the one before it begins (RFC 9112, 5.2), or -1. Throws when the first one does. */
export function firstFold(text: string, linesAt: number): number {
  if (isBlank(text.charCodeAt(linesAt))) {
    const line = text.slice(linesAt, text.indexOf('\n', linesAt)).replace(/\r$/, '');
    throw new ProtocolError(`malformed MIME header initial line: ${quoted(line)}`);
  }
  for (let at = linesAt; at > 0; at = text.indexOf('\n', at) + 1) {
    if (isBlank(text.charCodeAt(at))) return at;
  }
  return -1;
}

/** `lines` with each that continues another joined to it by one blank. */
export function unfolded(lines: string): string {
  const parts: string[] = [];
  for (const line of lines.split('\n')) {
    const content = line.endsWith('\r') ? line.slice(0, -1) : line;
    const isFold = isBlank(content.charCodeAt(0));
    parts.push(isFold ? ' ' : parts.length === 0 ? '' : '\r\n', withoutBlanks(content));
  }
  return parts.join('');
}

function withoutBlanks(content: string): string {
  let from = 0;
  let to = content.length;
  while (from < to && isBlank(content.charCodeAt(from))) from++;
  while (to > from && isBlank(content.charCodeAt(to - 1))) to--;
  return content.slice(from, to);
}

/** Without blanks and line ends around it; other characters that JavaScript trims are content. */
export function trimmed(value: string): string {
  let from = 0;
  while (from < value.length && isBlankOrEnd(value.charCodeAt(from))) from++;
  return trimmedEnd(value.slice(from));
}

export function trimmedEnd(value: string): string {
  let to = value.length;
  while (to > 0 && isBlankOrEnd(value.charCodeAt(to - 1))) to--;
  return value.slice(0, to);
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

function isBlankOrEnd(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR || byte === LF;
}

/** In quotes, for a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 1000 ? `${text.slice(0, 1000)}...` : text);
}
