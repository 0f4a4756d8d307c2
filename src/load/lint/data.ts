import type { AnyNode, Identifier } from 'acorn';
import { isFunction, keyOf } from '../rewrite/syntax.ts';
import { exportedFunctions } from './exports.ts';
import type { Finding } from './finding.ts';
import { definitionOf, type Source } from './source.ts';

/** Methods that change how long an array is. */
const resizing = new Set(['push', 'pop', 'shift', 'unshift', 'splice']);

/**
 * Changes to setup data and to what `response.json()` gives. Each property that is read of such data is a new wrapper
 * in k6, so arrays that are changed that way stay as they were; and setup data is each VU's own copy.
 */
export function lintData(source: Source): Finding[] {
  const given = new Map(
    [...exportedFunctions(source)].filter(([name]) => name !== 'setup' && name !== 'handleSummary'),
  );
  const functions = new Set<AnyNode>(given.values());
  const isSetupData = (name: Identifier) => isParameter(name, functions, source);
  return source.nodes.flatMap(
    (node) => lintCall(node, isSetupData, source) ?? lintWrite(node, isSetupData, source),
  );
}

type Asked = (name: Identifier) => boolean;

function isParameter(name: Identifier, functions: ReadonlySet<AnyNode>, source: Source): boolean {
  const definition = definitionOf(source, name);
  if (!definition || !isFunction(definition) || !functions.has(definition)) return false;
  const [first] = definition.params;
  return first?.type === 'Identifier' && first.name === name.name;
}

/** `data.list.push(...)`. */
function lintCall(node: AnyNode, isSetupData: Asked, source: Source): Finding[] | undefined {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return undefined;
  const key = keyOf(node.callee);
  const list = node.callee.object;
  if (key === undefined || !resizing.has(key) || list.type !== 'MemberExpression') return undefined;
  const what = dataIn(list, isSetupData, source);
  if (what === undefined) return undefined;
  const message = `k6 loses what ${key}() changes here, since ${what} is read anew: copy the array to a variable first`;
  return [source.finding(node, 'warning', 'changed-data', message)];
}

/** `data.count = ...`. */
function lintWrite(node: AnyNode, isSetupData: Asked, source: Source): Finding[] {
  const target =
    node.type === 'AssignmentExpression'
      ? node.left
      : node.type === 'UpdateExpression' || (node.type === 'UnaryExpression' && node.operator === 'delete')
        ? node.argument
        : undefined;
  if (target?.type !== 'MemberExpression' || dataIn(target, isSetupData, source) !== 'setup data') return [];
  const message = 'setup data is a copy of each VU: no other VU and not teardown() will see this change';
  return [source.finding(node, 'warning', 'changed-data', message)];
}

/** What the object at the root of a chain of properties is. */
function dataIn(chain: AnyNode, isSetupData: Asked, source: Source): string | undefined {
  let root = chain;
  while (root.type === 'MemberExpression') root = root.object;
  if (root.type === 'Identifier' && isSetupData(root)) return 'setup data';
  const made = definitionOf(source, root) ?? root;
  const isJson =
    made.type === 'CallExpression' &&
    made.callee.type === 'MemberExpression' &&
    keyOf(made.callee) === 'json';
  return isJson ? 'a response’s json()' : undefined;
}
