/**
 * Responses to try a parser with, the same for the same seed: made by a grammar that knows what servers get wrong,
 * then changed at random, and cut where reads may cut them. Text is latin1, one character a byte.
 */
export type ParserCase = {
  readonly method: 'GET' | 'HEAD';
  readonly wire: string;
  /** Where the reads end, in ascending order; the last is the end. */
  readonly cuts: readonly number[];
};

const tokens = "!#$%&'*+-.^_`|~0123456789ABCXYZabcxyz";
const special = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  '\0',
  ':',
  ';',
  ',',
  '\x7f',
  '\x80',
  '\xff',
  '0',
  '9',
  'f',
  '-',
];

export class CaseMaker {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): ParserCase {
    const method = this.#oneIn(10) ? 'HEAD' : 'GET';
    let wire = this.#response();
    if (this.#oneIn(2)) for (let i = 1 + this.#below(3); i > 0; i--) wire = this.#mutated(wire);
    return { method, wire, cuts: this.#cuts(wire) };
  }

  /** A whole number from 0 to below `count` (mulberry32). */
  #below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * count);
  }

  #oneIn(count: number): boolean {
    return this.#below(count) === 0;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#below(items.length)] as Item;
  }

  #rarely(text: string, usual = ''): string {
    return this.#oneIn(12) ? text : usual;
  }

  #eol(): string {
    return this.#oneIn(60) ? '\n' : '\r\n';
  }

  #text(length: number, alphabet: string): string {
    let text = '';
    for (let i = 0; i < length; i++) text += alphabet.charAt(this.#below(alphabet.length));
    return text;
  }

  #response(): string {
    let wire = this.#rarely(this.#pick(['\r\n', '\n', ' ', 'x']).repeat(this.#below(2)));
    for (let i = this.#oneIn(6) ? 1 + this.#below(3) : 0; i > 0; i--) {
      const rest = this.#rarely(`Content-Length: 3${this.#eol()}`) + this.#rarely('Connection: close\r\n');
      wire += this.#statusLine(this.#pick([100, 102, 103, 199])) + this.#headers(2) + rest + this.#eol();
    }
    const status = this.#oneIn(8) ? this.#pick([101, 204, 304, 205, 99, 0, 600]) : 200 + this.#below(400);
    const { headers, body } = this.#body();
    wire += this.#statusLine(status) + this.#headers(4) + headers + this.#headers(2) + this.#eol() + body;
    return wire + this.#rarely(this.#pick(['HTTP/1.1 200 OK\r\n', '\r\n', 'left over']));
  }

  #statusLine(status: number): string {
    const version = this.#oneIn(15)
      ? this.#pick(['1.2', '2.0', '0.9', '1.10', '3'])
      : this.#pick(['1.1', '1.1', '1.0']);
    const reason = this.#pick([' OK', ' ', '', ' Not Found', ' \xe4\xff', ' a\tb', '  two', ' \x01', ' a:b']);
    return `HTTP/${version}${this.#rarely('  ', ' ')}${String(status).padStart(3, '0')}${reason}${this.#eol()}`;
  }

  #headers(most: number): string {
    let lines = '';
    for (let i = this.#below(most + 1); i > 0; i--) lines += this.#header();
    return lines;
  }

  #header(): string {
    const known = ['Set-Cookie', 'Content-Type', 'Date', 'X-Trace', 'Trailer', 'Upgrade', 'Keep-Alive'];
    if (this.#oneIn(8)) {
      const option = this.#pick([
        'close',
        'keep-alive',
        'Close',
        'upgrade',
        'keep-alive, close',
        'closed',
        ' close ,x',
      ]);
      return `${this.#pick(['Connection', 'connection'])}: ${option}${this.#eol()}`;
    }
    const name = this.#oneIn(2) ? this.#pick(known) : this.#text(1 + this.#below(12), tokens);
    const length = this.#oneIn(60) ? this.#below(16_000) : this.#below(30);
    let value = this.#text(length, `${tokens} \t:;="(),/<>@[]{}?\x80\xa0\xff`);
    if (this.#oneIn(25))
      value += this.#pick(['\r\n ', '\r\n\t ', '\n  ', ' \r\n \r\n ']) + this.#text(5, tokens);
    return `${name}${this.#rarely(' ')}:${this.#pick([' ', '', '  ', '\t', ' \t '])}${value}${this.#rarely(' \t')}${this.#eol()}`;
  }

  #body(): { headers: string; body: string } {
    const size = this.#oneIn(80) ? 60_000 + this.#below(20_000) : this.#oneIn(4) ? 0 : this.#below(300);
    const content = this.#text(size, 'abc012\r\n \x00\x80\xff{}"');
    const framing = this.#below(10);
    if (framing === 0) return { headers: '', body: content };
    if (framing < 6) return { headers: this.#lengths(size), body: content };
    const headers = this.#oneIn(8) ? this.#lengths(size) : '';
    return { headers: this.#codings() + headers, body: this.#chunks(content) };
  }

  #lengths(size: number): string {
    const name = this.#pick(['Content-Length', 'content-length', 'CONTENT-LENGTH']);
    if (!this.#oneIn(6)) return `${name}: ${size}${this.#eol()}`;
    const value = this.#pick([
      `${size} `,
      `00${size}`,
      `${size}, ${size}`,
      `+${size}`,
      '-1',
      '',
      `${size + 1}`,
      `${Math.max(0, size - 1)}`,
      '9223372036854775807',
      '9223372036854775808',
      '99999999999999999999',
      '1e3',
      '0x10',
      `\r\n ${size}`,
    ]);
    const again = this.#oneIn(2) ? `${name}: ${this.#pick([size, size + 1])}\r\n` : '';
    return `${name}: ${value}${this.#eol()}${again}`;
  }

  #codings(): string {
    const name = this.#pick(['Transfer-Encoding', 'transfer-encoding']);
    if (!this.#oneIn(8)) return `${name}: ${this.#pick(['chunked', 'Chunked', ' chunked '])}${this.#eol()}`;
    const coding = this.#pick([
      'gzip, chunked',
      'identity',
      'chunked, chunked',
      '',
      'chunkedx',
      'x',
      '\r\n chunked',
    ]);
    return `${name}: ${coding}\r\n${this.#oneIn(3) ? `${name}: chunked\r\n` : ''}`;
  }

  #chunks(content: string): string {
    let wire = '';
    for (let at = 0; at < content.length; ) {
      const size = Math.min(content.length - at, 1 + this.#below(this.#oneIn(3) ? 70_000 : 60));
      wire += this.#chunkLine(size) + content.slice(at, at + size) + this.#eol();
      at += size;
    }
    wire += this.#chunkLine(0);
    for (let i = this.#oneIn(5) ? 1 + this.#below(2) : 0; i > 0; i--) {
      wire += this.#oneIn(6)
        ? `${this.#pick(['Content-Length: 3', 'Transfer-Encoding: x'])}\r\n`
        : this.#header();
    }
    return wire + (this.#oneIn(20) ? '' : this.#eol());
  }

  #chunkLine(size: number): string {
    const digits = this.#oneIn(2) ? size.toString(16) : size.toString(16).toUpperCase();
    const extension = this.#oneIn(8)
      ? this.#pick([';a', ';a=b', ';a="b c"', ' ', ';', ' ;a', ';\x01', ';a=\x80'])
      : '';
    return `${this.#rarely('0'.repeat(this.#below(20)))}${digits}${extension}${this.#eol()}`;
  }

  #mutated(wire: string): string {
    const at = this.#below(wire.length + 1);
    const to = Math.min(wire.length, at + 1 + this.#below(this.#oneIn(4) ? 40 : 2));
    const kind = this.#below(6);
    if (kind === 0) return wire.slice(0, at) + wire.slice(to);
    if (kind === 1) return wire.slice(0, at) + this.#pick(special) + wire.slice(at);
    if (kind === 2) return wire.slice(0, at) + this.#pick(special) + wire.slice(to);
    if (kind === 3) return wire.slice(0, to) + wire.slice(at);
    if (kind === 4) return wire.slice(0, at) + String.fromCharCode(this.#below(256)) + wire.slice(at + 1);
    return this.#oneIn(3) ? wire.slice(0, at) : wire.replaceAll('\r\n', this.#pick(['\r\n', '\n']));
  }

  #cuts(wire: string): number[] {
    const { length } = wire;
    const cuts = new Set<number>();
    if (this.#oneIn(12) && length < 600) for (let at = 1; at < length; at++) cuts.add(at);
    else if (!this.#oneIn(3))
      for (let i = this.#below(6); i > 0; i--) cuts.add(1 + this.#below(Math.max(1, length)));
    // A cut at the line feed of a pair is where a parser forgets what it saw.
    for (let i = this.#below(3); i > 0; i--) cuts.add(wire.indexOf('\n', this.#below(length + 1)));
    // A read is at most as long as the buffer it goes to.
    for (let at = 65_536; at < length; at += 65_536) cuts.add(at);
    return [...[...cuts].filter((cut) => cut > 0 && cut < length).sort((a, b) => a - b), length];
  }
}
