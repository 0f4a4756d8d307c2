import type { AnyNode, CallExpression, Expression, SpreadElement } from 'acorn';
import { importedName } from '../rewrite/statements.ts';
import { isFunction, keyOf } from '../rewrite/syntax.ts';
import type { Finding } from './finding.ts';
import { definitionOf, type Source } from './source.ts';

/** Async functions among the arguments of `check` and `group`, which k6 rejects when they are called. */
export function lintCallbacks(source: Source): Finding[] {
  return source.nodes.flatMap((node) => {
    if (node.type !== 'CallExpression') return [];
    const called = calledOf(node, source);
    if (called !== 'check' && called !== 'group') return [];
    return node.arguments.flatMap(functionsIn).flatMap((given) => {
      const value = isFunction(given) ? given : definitionOf(source, given);
      if (!value || !isFunction(value) || !value.async) return [];
      const message = `k6's ${called}() does not take async functions: await before it, or use jslib's k6-testing`;
      return [source.finding(given, 'warning', 'async-callback', message)];
    });
  });
}

/** The name of k6's own export that is called. */
function calledOf({ callee }: CallExpression, source: Source): string | undefined {
  if (callee.type === 'Identifier') {
    const specifier = definitionOf(source, callee);
    return specifier?.type === 'ImportSpecifier' && isFromK6(specifier, source)
      ? importedName(specifier.imported)
      : undefined;
  }
  if (callee.type !== 'MemberExpression') return undefined;
  const module = definitionOf(source, callee.object);
  return module && module.type !== 'ImportSpecifier' && isFromK6(module, source) ? keyOf(callee) : undefined;
}

function isFromK6(specifier: AnyNode, { parents }: Source): boolean {
  const declaration = parents.get(specifier);
  return declaration?.type === 'ImportDeclaration' && declaration.source.value === 'k6';
}

function functionsIn(given: Expression | SpreadElement): AnyNode[] {
  if (given.type !== 'ObjectExpression') return [given];
  return given.properties.flatMap((property) => (property.type === 'Property' ? [property.value] : []));
}
