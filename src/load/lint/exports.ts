import type { AnyNode, ObjectExpression } from 'acorn';
import { importedName } from '../rewrite/statements.ts';
import { isFunction, keyOf } from '../rewrite/syntax.ts';
import { definitionOf, type Source } from './source.ts';

/** What a script exports, by name, as ES module or CommonJS: the expressions, as far as the text tells. */
export function exportsOf(source: Source): Map<string, AnyNode> {
  const found = new Map<string, AnyNode>();
  for (const node of source.nodes) {
    if (node.type === 'ExportDefaultDeclaration') found.set('default', node.declaration);
    else if (node.type === 'ExportNamedDeclaration') {
      const { declaration } = node;
      if (declaration?.type === 'VariableDeclaration') {
        for (const { id, init } of declaration.declarations) {
          if (id.type === 'Identifier' && init) found.set(id.name, init);
        }
      } else if (declaration?.id) found.set(declaration.id.name, declaration);
      for (const { local, exported } of node.specifiers) found.set(importedName(exported), local);
    } else if (node.type === 'AssignmentExpression') addAssigned(node.left, node.right, found);
  }
  for (const [name, value] of found) found.set(name, definitionOf(source, value) ?? value);
  return found;
}

/** `exports.name = ...`, `module.exports.name = ...`, `module.exports = {...}`. */
function addAssigned(left: AnyNode, right: AnyNode, found: Map<string, AnyNode>): void {
  if (left.type !== 'MemberExpression') return;
  const key = keyOf(left);
  if (isExports(left.object) && key !== undefined) found.set(key, right);
  if (isExports(left) && right.type === 'ObjectExpression') {
    for (const [name, value] of propertiesOf(right)) found.set(name, value);
  }
}

function isExports(node: AnyNode): boolean {
  if (node.type === 'Identifier') return node.name === 'exports';
  if (node.type !== 'MemberExpression' || keyOf(node) !== 'exports') return false;
  return node.object.type === 'Identifier' && node.object.name === 'module';
}

/** The exported functions by name. */
export function exportedFunctions(source: Source): Map<string, AnyNode> {
  return new Map([...exportsOf(source)].filter(([, value]) => isFunction(value)));
}

/** The properties of an object that are written out, by name. */
export function propertiesOf(object: ObjectExpression): Map<string, AnyNode> {
  const found = new Map<string, AnyNode>();
  for (const property of object.properties) {
    const name = property.type === 'Property' ? keyOf(property) : undefined;
    if (property.type === 'Property' && name !== undefined) found.set(name, property.value);
  }
  return found;
}
