import { modify } from './modifiers.ts';
import { closingAt, isWild, matchesPattern, queryOf } from './query.ts';

/**
 * The part of `value` that a gjson path names, undefined when there is none: keys, indices, wildcards, `#` for the
 * length of an array or for each of its elements, queries `#(...)` and `#(...)#`, modifiers `@...`, multipaths
 * `{...}` and `[...]`, literals `!...`; steps are divided by dots or, to take a list as a whole, by bars.
 */
export function selectJson(value: unknown, path: string): unknown {
  if (path.startsWith('..')) return selectJson([value], path.slice(2));
  switch (path[0]) {
    case '@':
      return modified(value, path);
    case '!':
      return literal(path);
    case '{':
    case '[':
      return multiple(value, path);
    default:
      return stepped(value, path);
  }
}

/** `rest` begins with its separator; without one there is nothing more to select. */
function onward(value: unknown, rest: string): unknown {
  return value === undefined || rest === '' ? value : selectJson(value, rest.slice(1));
}

function stepped(value: unknown, path: string): unknown {
  if (Array.isArray(value) && path[0] === '#') return hashed(value, path);
  const [, step = ''] = /^((?:\\.|[^.|\\])*)/s.exec(path) ?? [];
  return onward(member(value, step), path.slice(step.length));
}

function member(value: unknown, step: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return /^\d+$/.test(step) ? value[Number(step)] : undefined;
  const object = value as Record<string, unknown>;
  if (isWild(step)) {
    const key = Object.keys(object).find((name) => matchesPattern(name, step));
    return key === undefined ? undefined : object[key];
  }
  const key = step.replace(/\\(.)/gs, '$1');
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function hashed(list: readonly unknown[], path: string): unknown {
  if (path[1] !== '(') {
    if (path[1] === '.') return mapped(list, path.slice(1));
    return path.length === 1 || path[1] === '|' ? onward(list.length, path.slice(1)) : undefined;
  }
  const close = closingAt(path, 1);
  if (close < 0) return undefined;
  const matches = queryOf(path.slice(2, close), selectJson);
  const all = path[close + 1] === '#';
  const rest = path.slice(close + (all ? 2 : 1));
  if (!all) return onward(list.find(matches), rest);
  const found = list.filter(matches);
  return rest.startsWith('.') ? mapped(found, rest) : onward(found, rest);
}

/** Each element's own part, up to a bar; what follows is for the list of them. */
function mapped(list: readonly unknown[], rest: string): unknown {
  const bar = barAt(rest);
  const each = rest.slice(1, bar);
  const parts = list.map((element) => selectJson(element, each)).filter((part) => part !== undefined);
  return onward(parts, rest.slice(bar));
}

/** Where the first bar outside of brackets and quotes is, or the end. */
function barAt(path: string): number {
  for (let at = 0; at < path.length; at++) {
    if (path[at] === '|') return at;
    if (path[at] === '\\') at++;
    else if ('([{"'.includes(path[at] as string)) {
      const close = closingAt(path, at);
      if (close < 0) break;
      at = close;
    }
  }
  return path.length;
}

function modified(value: unknown, path: string): unknown {
  const [head = '', name = ''] = /^@([^.|:]*)/.exec(path) ?? [];
  let end = head.length;
  let argument = '';
  if (path[end] === ':') {
    const from = end + 1;
    const close = '{["('.includes(path[from] ?? ' ') ? closingAt(path, from) + 1 : 0;
    end = close > 0 ? close : from + (/^[^.|]*/.exec(path.slice(from))?.[0].length ?? 0);
    argument = path.slice(from, end);
  }
  return onward(modify(value, name, argument, selectJson), path.slice(end));
}

function literal(path: string): unknown {
  const close = '{["'.includes(path[1] ?? ' ') ? closingAt(path, 1) + 1 : 0;
  const end = close > 0 ? close : 1 + (/^[^.|]*/.exec(path.slice(1))?.[0].length ?? 0);
  try {
    return onward(JSON.parse(path.slice(1, end)), path.slice(end));
  } catch {
    return undefined;
  }
}

/** A new object or list of several parts. */
function multiple(value: unknown, path: string): unknown {
  const close = closingAt(path, 0);
  if (close < 0) return undefined;
  const parts = listed(path.slice(1, close)).flatMap((part) => {
    const [, quoted, rest] = /^\s*("(?:[^"\\]|\\.)*")\s*:(.*)$/s.exec(part) ?? [];
    const selector = rest ?? part;
    const selected = selectJson(value, selector);
    const name: unknown = quoted === undefined ? lastName(selector) : JSON.parse(quoted);
    return selected === undefined ? [] : [[String(name), selected] as const];
  });
  const made = path[0] === '{' ? Object.fromEntries(parts) : parts.map(([, selected]) => selected);
  return onward(made, path.slice(close + 1));
}

function listed(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === ',') {
      parts.push(text.slice(from, at));
      from = at + 1;
    } else if (text[at] === '\\') at++;
    else if ('([{"'.includes(text[at] as string)) at = Math.max(at, closingAt(text, at));
  }
  parts.push(text.slice(from));
  return parts.filter((part) => part !== '');
}

function lastName(selector: string): string {
  const last = /(?:^|[.|])([^.|]*)$/.exec(selector)?.[1] ?? '';
  return /^[\w-]+$/.test(last) ? last : '_';
}
