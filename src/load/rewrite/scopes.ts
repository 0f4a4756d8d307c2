import type { Identifier, Program } from 'acorn';
import { analyze, type Scope, type Variable } from 'eslint-scope';
import type { Origin } from './origin.ts';
import { isFunction, namesIn, walk } from './syntax.ts';

type Statement = Program['body'][number];

/** What a name stands for: a variable of the script's own code, or whose it is otherwise. */
export type Binding = Variable | { global: string } | { helper: string } | 'library' | 'data';

/** Names and what they stand for in the script's own part of a bundle. */
export type Names = {
  /** The top-level statements of the script's own code, in order. */
  statements: Statement[];
  bindingOf(node: Identifier): Binding;
  /** The variables that `node` declares: two for a class, which has its name inside as well. */
  declaredAs(node: Identifier): Variable[];
  /** Identifiers that nothing in the script's own code declares. */
  unresolved: Identifier[];
  /** Every use of the variable. */
  usesOf(variable: Variable): Identifier[];
};

/**
 * Resolves the names in `program`, a bundle. Code of opaque packages (`isOpaque`, by file), JSON files and the
 * bundler's own helper functions is left out: what they declare is known by name only.
 */
export function resolveNames(program: Program, origin: Origin, isOpaque: (file: string) => boolean): Names {
  const foreign = new Map<string, Binding>();
  const statements = program.body.filter((statement) => {
    const owner = ownerOf(statement, origin, isOpaque);
    if (owner === 'own') return true;
    for (const name of declaredBy(statement))
      foreign.set(name, owner === 'helper' ? { helper: name } : owner);
    return false;
  });
  const own: Program = { ...program, body: statements };
  const scopes = analyze(own as Parameters<typeof analyze>[0], {
    ecmaVersion: 2022,
    sourceType: 'module',
    fallback: 'iteration',
    // Names mean the same in a function that calls `eval`, but for what only the run tells.
    ignoreEval: true,
  }).scopes;
  const { bindings, declared, unresolved } = collect(scopes);
  return {
    statements,
    unresolved,
    declaredAs: (node) => declared.get(node) ?? [],
    bindingOf: (node) => bindings.get(node) ?? foreign.get(node.name) ?? { global: node.name },
    usesOf: (variable) => variable.references.map((each) => each.identifier as Identifier),
  };
}

function collect(scopes: Scope[]) {
  const bindings = new Map<Identifier, Variable>();
  const declared = new Map<Identifier, Variable[]>();
  const unresolved: Identifier[] = [];
  for (const scope of scopes) {
    for (const variable of scope.variables) {
      for (const each of variable.identifiers) {
        const name = each as Identifier;
        bindings.set(name, variable);
        declared.set(name, [...(declared.get(name) ?? []), variable]);
      }
    }
    for (const { identifier, resolved } of scope.references) {
      if (resolved) bindings.set(identifier as Identifier, resolved);
      else unresolved.push(identifier as Identifier);
    }
  }
  unresolved.sort((a, b) => a.start - b.start);
  return { bindings, declared, unresolved };
}

function ownerOf(
  statement: Statement,
  origin: Origin,
  isOpaque: (file: string) => boolean,
): 'own' | 'library' | 'data' | 'helper' {
  const file = origin.fileOf(statement.start, statement.end);
  if (file?.endsWith('.json')) return 'data';
  if (file !== undefined) return isOpaque(file) ? 'library' : 'own';
  const names = [...declaredBy(statement)];
  // What the bundler writes has no source: its helpers, and one namespace object for each file that needs it.
  return names.length > 0 && names.every((name) => name.startsWith('__')) ? 'helper' : 'own';
}

/** The names that a top-level statement of a bundle declares at the top level. */
export function declaredBy(statement: Statement): Set<string> {
  const names = new Set<string>();
  if (statement.type === 'ImportDeclaration') {
    for (const { local } of statement.specifiers) names.add(local.name);
    return names;
  }
  if (statement.type === 'FunctionDeclaration' || statement.type === 'ClassDeclaration') {
    if (statement.id) names.add(statement.id.name);
    return names;
  }
  const declarators = statement.type === 'VariableDeclaration' ? statement.declarations : [];
  for (const { id } of declarators) for (const name of namesIn(id)) names.add(name);
  // `var` in a block at the top level is a top-level variable too.
  if (statement.type !== 'VariableDeclaration') {
    walk(statement, (node, parent) => {
      const isVar = parent?.type === 'VariableDeclaration' && parent.kind === 'var';
      if (node.type === 'VariableDeclarator' && isVar) for (const name of namesIn(node.id)) names.add(name);
      return !isFunction(node);
    });
  }
  return names;
}
