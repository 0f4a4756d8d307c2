/** What k6 says of text that is no JSON: where it ends to be some, and what Go's encoding/json says of that. */
export function explainJson(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const { at, why } = new Scanner(bytes).fault();
  const before = bytes.slice(0, at);
  const line = before.split('\n').length;
  return `cannot parse json due to an error at line ${line}, character ${at - (before.lastIndexOf('\n') + 1)} , error: ${why}`;
}

/** Thrown where the text is no more JSON. */
class Fault extends Error {}

const space = /[ \t\r\n]*/y;

/** Reads JSON (RFC 8259) up to its first fault, in bytes as latin1. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** How many bytes were read, the wrong one among them. */
  fault(): { at: number; why: string } {
    try {
      this.#value();
      this.#space();
      if (this.#at < this.#text.length) this.#wrong('after top-level value');
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return { at: Math.min(this.#at + 1, this.#text.length), why: error.message };
    }
    return { at: this.#text.length, why: 'unexpected end of JSON input' };
  }

  /** At the end Go reads one blank more, which numbers and literals do not take. */
  #wrong(where: string, blankIsWrong = false): never {
    const character = this.#text[this.#at];
    if (character === undefined && !blankIsWrong) throw new Fault('unexpected end of JSON input');
    throw new Fault(`invalid character ${quoted(character ?? ' ')} ${where}`);
  }

  #space(): void {
    space.lastIndex = this.#at;
    space.exec(this.#text);
    this.#at = space.lastIndex;
  }

  #value(): void {
    this.#space();
    const character = this.#text[this.#at] ?? '';
    if (character === '{') this.#object();
    else if (character === '[') this.#array();
    else if (character === '"') this.#string();
    else if (character === 't') this.#literal('true');
    else if (character === 'f') this.#literal('false');
    else if (character === 'n') this.#literal('null');
    else if (/[-\d]/.test(character)) this.#number();
    else this.#wrong('looking for beginning of value');
  }

  #literal(word: string): void {
    for (const letter of word) {
      if (this.#text[this.#at] !== letter)
        this.#wrong(`in literal ${word} (expecting ${quoted(letter)})`, true);
      this.#at++;
    }
  }

  #digits(where: string): void {
    if (!/\d/.test(this.#text[this.#at] ?? '')) this.#wrong(where, true);
    while (/\d/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #number(): void {
    if (this.#text[this.#at] === '-') this.#at++;
    if (this.#text[this.#at] === '0') this.#at++;
    else this.#digits('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at++;
      if (/[+-]/.test(this.#text[this.#at] ?? '')) this.#at++;
      this.#digits('in exponent of numeric literal');
    }
  }

  #string(): void {
    for (this.#at++; ; this.#at++) {
      const character = this.#text[this.#at];
      if (character === '"') break;
      if (character === undefined || character < ' ') this.#wrong('in string literal');
      if (character === '\\') this.#escape();
    }
    this.#at++;
  }

  #escape(): void {
    this.#at++;
    const character = this.#text[this.#at] ?? '';
    if (character === 'u') {
      for (let i = 0; i < 4; i++) {
        this.#at++;
        if (!/[\da-fA-F]/.test(this.#text[this.#at] ?? ''))
          this.#wrong('in \\u hexadecimal character escape', true);
      }
    } else if (character === '' || !'"\\/bfnrt'.includes(character))
      this.#wrong('in string escape code', true);
  }

  #array(): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return;
    }
    for (;;) {
      this.#value();
      this.#space();
      const character = this.#text[this.#at];
      if (character !== ',' && character !== ']') this.#wrong('after array element');
      this.#at++;
      if (character === ']') return;
    }
  }

  #object(): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return;
    }
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#wrong('looking for beginning of object key string');
      this.#string();
      this.#space();
      if (this.#text[this.#at] !== ':') this.#wrong('after object key');
      this.#at++;
      this.#value();
      this.#space();
      const character = this.#text[this.#at];
      if (character !== ',' && character !== '}') this.#wrong('after object key:value pair');
      this.#at++;
      if (character === '}') return;
    }
  }
}

/** A byte as Go quotes a character. */
function quoted(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '\\') return "'\\\\'";
  if (character === '"') return `'"'`;
  const code = character.charCodeAt(0);
  const short = { 7: 'a', 8: 'b', 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r' }[code];
  if (short !== undefined) return `'\\${short}'`;
  if (code < 0x20 || code === 0x7f) return `'\\x${code.toString(16).padStart(2, '0')}'`;
  return code >= 0x80 && code < 0xa0 ? `'\\u${code.toString(16).padStart(4, '0')}'` : `'${character}'`;
}
