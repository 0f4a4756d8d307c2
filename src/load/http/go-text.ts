/** A value as Go's `%v` prints it, which is what k6's messages and multipart fields have. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `map[${entries.map(([key, one]) => `${key}:${goText(one)}`).join(' ')}]`;
  }
  return String(value);
}

/** The name of a value's type as k6's messages have it. */
export function goType(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (ArrayBuffer.isView(value)) {
    const kind = /^(u?)int(\d+)|float(\d+)/.exec(value.constructor.name.toLowerCase());
    return kind === null ? 'object' : `[]${kind[0].replace('clamped', '')}`;
  }
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    case 'boolean':
      return 'bool';
    case 'function':
      return 'func(sobek.FunctionCall) sobek.Value';
    case 'object':
      return 'map[string]interface {}';
    default:
      return typeof value;
  }
}

const short: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** Text in quotes as Go's `%q` prints it. */
export function goQuoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  const inner = text.replace(/["\\\0-\x1f\x7f]/g, (character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    return short[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${inner}"`;
}
