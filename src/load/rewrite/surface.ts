import type { AnyNode, Identifier, ImportDeclaration, Program } from 'acorn';
import { FxscaleError } from '../../errors.ts';
import type { SupportedModules } from '../script.ts';
import type { Origin } from './origin.ts';
import type { Names } from './scopes.ts';
import { importedName } from './statements.ts';
import { keyOf, walk } from './syntax.ts';

type Finding = { at: number; what: string };

/** Throws SCRIPT for the first use, in the order of the code, of something that the engine does not have. */
export function checkSurface(
  names: Names,
  modules: SupportedModules,
  globals: ReadonlySet<string>,
  origin: Origin,
): void {
  const parents = parentsIn(names.statements);
  const findings = [
    ...names.statements.flatMap((statement) =>
      statement.type === 'ImportDeclaration' ? missingIn(statement, names, modules, parents) : [],
    ),
    ...missingGlobals(names, globals, parents),
  ];
  const [first] = findings.sort((a, b) => a.at - b.at);
  if (!first) return;
  throw new FxscaleError(
    'SCRIPT',
    `${origin.place(first.at)}: ${first.what} is not supported yet: run the script with --engine k6`,
  );
}

function parentsIn(statements: Program['body']): Map<AnyNode, AnyNode | undefined> {
  const parents = new Map<AnyNode, AnyNode | undefined>();
  for (const statement of statements) {
    walk(statement, (node, parent) => {
      parents.set(node, parent);
      return true;
    });
  }
  return parents;
}

type Parents = ReturnType<typeof parentsIn>;

function missingIn(
  statement: ImportDeclaration,
  names: Names,
  modules: SupportedModules,
  parents: Parents,
): Finding[] {
  const module = String(statement.source.value);
  const supported = modules.get(module)?.names;
  if (!supported) return [];
  const missing = (key: string | undefined, at: number): Finding[] =>
    key === undefined || key === 'default' || supported.has(key) ? [] : [{ at, what: `${module}.${key}` }];
  return statement.specifiers.flatMap((specifier) => {
    const name = specifier.type === 'ImportSpecifier' ? importedName(specifier.imported) : 'default';
    if (name !== 'default') return missing(name, specifier.start);
    const uses = names.declaredAs(specifier.local).flatMap(names.usesOf);
    return uses.flatMap((use) =>
      propertiesOf(use, parents).flatMap((property) => missing(property.key, property.at)),
    );
  });
}

/** The properties that the code takes from the object in `use`, where it says which. */
function propertiesOf(use: Identifier, parents: Parents): { key: string | undefined; at: number }[] {
  const parent = parents.get(use);
  if (parent?.type === 'MemberExpression' && parent.object === use) {
    return [{ key: keyOf(parent), at: parent.property.start }];
  }
  const pattern =
    parent?.type === 'VariableDeclarator' && parent.init === use
      ? parent.id
      : parent?.type === 'AssignmentExpression' && parent.right === use
        ? parent.left
        : undefined;
  if (pattern?.type !== 'ObjectPattern') return [];
  return pattern.properties.flatMap((each) =>
    each.type === 'Property' ? [{ key: keyOf(each), at: each.start }] : [],
  );
}

function missingGlobals(names: Names, globals: ReadonlySet<string>, parents: Parents): Finding[] {
  if (globals.has('open')) return [];
  return names.unresolved.flatMap((node) =>
    node.name !== 'open' || isOnlyAsked(node, parents.get(node)) ? [] : [{ at: node.start, what: 'open()' }],
  );
}

function isOnlyAsked(node: AnyNode, parent: AnyNode | undefined): boolean {
  return parent?.type === 'UnaryExpression' && parent.operator === 'typeof' && parent.argument === node;
}
