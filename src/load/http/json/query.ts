type Select = (value: unknown, path: string) => unknown;

const pairs: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/** Where what opens at `from` closes, or -1: a bracket with all that is inside of it, or a quoted text. */
export function closingAt(text: string, from: number): number {
  if (text[from] === '"') return quoteEnd(text, from);
  const open: string[] = [];
  for (let at = from; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '\\') at++;
    else if (character === '"') {
      at = quoteEnd(text, at);
      if (at < 0) return -1;
    } else if (pairs[character] !== undefined) open.push(pairs[character]);
    else if (character === open.at(-1)) {
      open.pop();
      if (open.length === 0) return at;
    }
  }
  return -1;
}

function quoteEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return -1;
}

export function isWild(pattern: string): boolean {
  return /^(?:\\.|[^*?\\])*[*?]/s.test(pattern);
}

/** `*` stands for any characters and `?` for one; a backslash takes what follows as it is. */
export function matchesPattern(text: string, pattern: string): boolean {
  const source = pattern.replace(/\\(.)|\*|\?|[^\\*?]+/gs, (part, escaped: string | undefined) => {
    if (escaped !== undefined) return literalSource(escaped);
    if (part === '*') return '.*';
    return part === '?' ? '.' : literalSource(part);
  });
  return new RegExp(`^${source}$`, 'su').test(text);
}

function literalSource(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** The test that the inside of `#(...)` is for an element: `path op value`, or a path that must be there. */
export function queryOf(text: string, select: Select): (element: unknown) => boolean {
  const [path, operator, wanted] = takeApart(text.trim());
  return (element) => {
    const value = path === '' ? element : select(element, path);
    if (operator === '') return path !== '' && value !== undefined;
    if (wanted.startsWith('~')) return matchesTruth(value, operator, wanted.slice(1));
    return value !== undefined && compare(value, operator, wanted);
  };
}

function takeApart(text: string): [path: string, operator: string, wanted: string] {
  for (let at = 0; at < text.length; at++) {
    const operator = /^(?:==|=|!=|!%|<=|<|>=|>|%)/.exec(text.slice(at))?.[0];
    if (operator !== undefined) {
      const wanted = text.slice(at + operator.length).trim();
      return [text.slice(0, at).trim(), operator === '==' ? '=' : operator, unquoted(wanted)];
    }
    if (text[at] === '\\') at++;
    else if ('([{"'.includes(text[at] as string)) at = Math.max(at, closingAt(text, at));
  }
  return [text, '', ''];
}

function unquoted(text: string): string {
  if (!/^".*"$/s.test(text)) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}

/** `~true` is anything but false, null, 0, '' and what is not there; `~null` and `~*` ask only for those. */
function matchesTruth(value: unknown, operator: string, kind: string): boolean {
  const truthy = Boolean(value) && !(typeof value === 'string' && /^(false|0)$/i.test(value));
  const holds =
    kind === 'true'
      ? truthy
      : kind === 'false'
        ? !truthy
        : kind === 'null'
          ? value === null || value === undefined
          : kind === '*' && value !== undefined;
  return operator === '!=' ? !holds : operator === '=' && holds;
}

function compare(value: unknown, operator: string, wanted: string): boolean {
  if (typeof value === 'string') {
    if (operator === '%') return matchesPattern(value, wanted);
    if (operator === '!%') return !matchesPattern(value, wanted);
    return ordered(value < wanted ? -1 : value > wanted ? 1 : 0, operator);
  }
  if (typeof value === 'number') {
    const number = Number(wanted) || 0;
    return ordered(value - number, operator);
  }
  if (typeof value === 'boolean') {
    if (wanted !== 'true' && wanted !== 'false') return operator === '!=';
    return ordered(Number(value) - Number(wanted === 'true'), operator);
  }
  return false;
}

function ordered(difference: number, operator: string): boolean {
  switch (operator) {
    case '=':
      return difference === 0;
    case '!=':
      return difference !== 0;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
    default:
      return false;
  }
}
