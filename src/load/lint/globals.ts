import type { AnyNode, Identifier, MemberExpression } from 'acorn';
import { keyOf } from '../rewrite/syntax.ts';
import type { Finding } from './finding.ts';
import { definitionOf, type Source } from './source.ts';

/** Globals of browsers and Node that k6 2.x lacks, and what there is instead. */
const missing = new Map<string, string>([
  ...[
    ...[
      'WeakRef',
      'FinalizationRegistry',
      'Atomics',
      'SharedArrayBuffer',
      'Float16Array',
      'Intl',
      'Iterator',
    ],
    ...[
      'structuredClone',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'Blob',
      'File',
      'DOMException',
    ],
    ...['AbortController', 'AbortSignal', 'Event', 'EventTarget', 'MessageChannel', 'BroadcastChannel'],
    ...[
      'Buffer',
      'process',
      'WebAssembly',
      'window',
      'self',
      'navigator',
      'document',
      'localStorage',
      'alert',
    ],
    ...['TransformStream', 'CompressionStream', 'Headers', 'Request', 'Response', '__dirname', '__filename'],
  ].map((name): [string, string] => [name, '']),
  ['URL', 'import { URL } from "https://jslib.k6.io/url/1.0.0/index.js"'],
  ['URLSearchParams', 'import { URLSearchParams } from "https://jslib.k6.io/url/1.0.0/index.js"'],
  ['FormData', 'import { FormData } from "https://jslib.k6.io/formdata/0.0.2/index.js", or give an object'],
  ['fetch', 'http.get() and http.asyncRequest() of k6/http'],
  ['XMLHttpRequest', 'k6/http'],
  ['atob', 'b64decode() of k6/encoding'],
  ['btoa', 'b64encode() of k6/encoding'],
  ['performance', 'Date.now()'],
  ['ReadableStream', 'k6/experimental/streams'],
  ['WritableStream', 'k6/experimental/streams'],
  ['WebSocket', 'k6/websockets'],
]);

/** What k6's own objects of these names lack. */
const members: Record<string, readonly string[]> = {
  Object: ['groupBy'],
  Map: ['groupBy'],
  Promise: ['withResolvers', 'try'],
  Array: ['fromAsync'],
  RegExp: ['escape'],
  Error: ['isError', 'captureStackTrace'],
  Symbol: ['asyncIterator', 'dispose', 'asyncDispose'],
  Math: ['sumPrecise', 'f16round'],
  JSON: ['rawJSON', 'isRawJSON'],
};

const consoleMethods = new Set(['log', 'info', 'warn', 'error', 'debug']);
const setMethods = new Set([
  ...['union', 'intersection', 'difference', 'symmetricDifference'],
  ...['isSubsetOf', 'isSupersetOf', 'isDisjointFrom'],
]);
const iteratorMethods = new Set([
  ...['map', 'filter', 'take', 'drop', 'flatMap', 'reduce', 'toArray', 'forEach', 'some', 'every', 'find'],
]);
const localeMethods = new Set(['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString']);

/** Globals and methods that k6's JavaScript engine lacks. */
export function lintGlobals(source: Source): Finding[] {
  const asked = new Set(source.globals.filter((name) => isAsked(name, source)).map(({ name }) => name));
  const findings = source.globals.flatMap((node) => {
    const instead = missing.get(node.name);
    if (instead === undefined || asked.has(node.name)) return [];
    const hint = instead === '' ? '' : `: use ${instead}`;
    return [source.finding(node, 'error', 'missing-global', `k6 has no ${node.name}${hint}`)];
  });
  const globals = new Set<AnyNode>(source.globals);
  for (const node of source.nodes) {
    if (node.type === 'MemberExpression') findings.push(...lintMember(node, globals, source));
  }
  return findings;
}

/** `typeof name`: the script knows that it may not be there. */
function isAsked(name: Identifier, { parents }: Source): boolean {
  const parent = parents.get(name);
  return parent?.type === 'UnaryExpression' && parent.operator === 'typeof';
}

function lintMember(node: MemberExpression, globals: ReadonlySet<AnyNode>, source: Source): Finding[] {
  const { object } = node;
  const key = keyOf(node);
  if (key === undefined) return [];
  const warn = (rule: string, message: string) => [source.finding(node.property, 'warning', rule, message)];
  if (object.type === 'Identifier' && globals.has(object)) {
    const lacks = Object.hasOwn(members, object.name) && members[object.name]?.includes(key);
    if (lacks) return warn('missing-method', `k6 has no ${object.name}.${key}`);
    if (object.name === 'console' && !consoleMethods.has(key)) {
      return warn('missing-console', `k6's console has ${[...consoleMethods].join(', ')}, but no ${key}`);
    }
  }
  const parent = source.parents.get(node);
  if (parent?.type !== 'CallExpression' || parent.callee !== node) return [];
  if (setMethods.has(key) && isSet(object, source)) return warn('set-method', `k6's sets have no ${key}()`);
  if (iteratorMethods.has(key) && isIterator(object)) {
    return warn(
      'iterator-helper',
      `k6's iterators have no ${key}(): make it an array first, as in [...x].${key}()`,
    );
  }
  if (localeMethods.has(key) && parent.arguments.length > 0) {
    const message = `k6 knows no locales: ${key}() with one throws for numbers and ignores it for dates`;
    return warn('locale', message);
  }
  return [];
}

function isSet(node: AnyNode, source: Source): boolean {
  const made = definitionOf(source, node) ?? node;
  return made.type === 'NewExpression' && made.callee.type === 'Identifier' && made.callee.name === 'Set';
}

/** `list.values()` and its like, but not `Object.values(...)`. */
function isIterator(node: AnyNode): boolean {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return false;
  const key = keyOf(node.callee);
  if (key === '@@iterator' || key === 'matchAll') return true;
  return (key === 'values' || key === 'keys' || key === 'entries') && node.arguments.length === 0;
}
