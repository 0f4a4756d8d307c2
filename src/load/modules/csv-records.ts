const QUOTE = 0x22;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

type Line = { readonly bytes: Buffer; readonly ended: boolean };

/**
 * Reads comma-separated values (RFC 4180) one record at a time, so that a large file need not be held as strings.
 * As Go's reader, which k6 uses, it skips empty lines, takes line ends in quoted fields for `\n`, wants as many fields
 * in every record as in the first, and throws where a quote stands out of place.
 */
export class CsvRecords {
  readonly #bytes: Buffer;
  readonly #delimiter: number;
  #at = 0;
  #line = 0;
  #width: number | undefined;

  /** `delimiter` is one ASCII character. */
  constructor(bytes: Uint8Array, delimiter: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** The next record's fields; undefined at the end. */
  next(): string[] | undefined {
    if ([QUOTE, NEWLINE, RETURN].includes(this.#delimiter))
      throw new Error('csv: invalid field or comment delimiter');
    let line = this.#readLine();
    while (line?.bytes.length === 0) line = this.#readLine();
    if (line === undefined) return undefined;
    const start = this.#line;
    const fields = this.#fields(line, start);
    this.#width ??= fields.length;
    if (fields.length !== this.#width) throw new Error(`record on line ${start}: wrong number of fields`);
    return fields;
  }

  /** Without its line end. */
  #readLine(): Line | undefined {
    if (this.#at >= this.#bytes.length) return undefined;
    this.#line++;
    const found = this.#bytes.indexOf(NEWLINE, this.#at);
    const end = found < 0 ? this.#bytes.length : found;
    const cut = end > this.#at && this.#bytes[end - 1] === RETURN ? end - 1 : end;
    const bytes = this.#bytes.subarray(this.#at, cut);
    this.#at = end + 1;
    return { bytes, ended: found >= 0 };
  }

  #fields(first: Line, start: number): string[] {
    const fields: string[] = [];
    let line = first;
    for (let at = 0; ; ) {
      if (line.bytes[at] === QUOTE) {
        const quoted = this.#quoted(line, at + 1, start);
        fields.push(quoted.text);
        line = quoted.line;
        at = quoted.end;
      } else {
        const found = line.bytes.indexOf(this.#delimiter, at);
        const end = found < 0 ? line.bytes.length : found;
        const field = line.bytes.subarray(at, end);
        const quote = field.indexOf(QUOTE);
        if (quote >= 0) throw this.#misplaced(start, at + quote + 1, 'bare " in non-quoted-field');
        fields.push(field.toString('utf8'));
        at = end;
      }
      if (at >= line.bytes.length) return fields;
      at++;
    }
  }

  /** A quoted field from after its first quote, and where the delimiter after it stands, or the end of the line. */
  #quoted(first: Line, from: number, start: number): { text: string; line: Line; end: number } {
    let text = '';
    let line = first;
    for (let at = from; ; ) {
      const quote = line.bytes.indexOf(QUOTE, at);
      text += line.bytes.toString('utf8', at, quote < 0 ? undefined : quote);
      if (quote < 0) {
        const next = this.#readLine();
        if (next === undefined) {
          throw this.#misplaced(
            start,
            line.bytes.length + (line.ended ? 2 : 1),
            'extraneous or missing " in quoted-field',
          );
        }
        text += '\n';
        line = next;
        at = 0;
        continue;
      }
      const after = quote + 1;
      if (after >= line.bytes.length || line.bytes[after] === this.#delimiter)
        return { text, line, end: after };
      if (line.bytes[after] !== QUOTE) {
        throw this.#misplaced(start, after, 'extraneous or missing " in quoted-field');
      }
      text += '"';
      at = after + 1;
    }
  }

  #misplaced(start: number, column: number, what: string): Error {
    const before = start === this.#line ? '' : `record on line ${start}; `;
    return new Error(`${before}parse error on line ${this.#line}, column ${column}: ${what}`);
  }
}
