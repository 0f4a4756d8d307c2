/** Why a request is not the message that its method takes. `path` leads to the value, or to the key itself. */
export class BadJson extends Error {
  readonly path: readonly (string | number)[];
  readonly atKey: boolean;
  readonly isSyntax: boolean;

  constructor(message: string, path: readonly (string | number)[], { atKey = false, isSyntax = false } = {}) {
    super(message);
    this.path = path;
    this.atKey = atKey;
    this.isSyntax = isSyntax;
  }

  /** In k6's words, with the place in the JSON of `request`. */
  told(request: unknown): string {
    const place = `(line 1:${1 + offsetOf(request, this.path, this.atKey)})`;
    return this.isSyntax
      ? `proto: syntax error ${place}: ${this.message}`
      : `proto: ${place}: ${this.message}`;
  }
}

/** How many characters come before the value, or its key, in the JSON of `value`. */
function offsetOf(value: unknown, path: readonly (string | number)[], atKey: boolean): number {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return 0;
  let offset = 1;
  for (const [key, each] of Object.entries(value)) {
    const text = JSON.stringify(each);
    if (text === undefined && !Array.isArray(value)) continue;
    const name = Array.isArray(value) ? '' : `${JSON.stringify(key)}:`;
    if (key === String(step)) {
      return atKey && rest.length === 0 ? offset : offset + name.length + offsetOf(each, rest, atKey);
    }
    offset += name.length + (text ?? 'null').length + 1;
  }
  return offset;
}

/** A value as k6 shows it in such a message. */
export function shownJson(value: unknown): string {
  if (Array.isArray(value)) return '[';
  if (typeof value === 'object' && value !== null) return '{';
  return JSON.stringify(value) ?? 'null';
}
