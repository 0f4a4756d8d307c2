import type { AnyNode, ExportNamedDeclaration, ImportDeclaration, Program } from 'acorn';
import type { Analysis } from './analysis.ts';
import type { Colours } from './colour.ts';
import type { Edits } from './edit.ts';
import { declaredBy } from './scopes.ts';
import { importedName } from './statements.ts';
import { isFunction, keyOf, walk } from './syntax.ts';
import { FunctionValue, ObjectValue, type Value } from './values.ts';

/**
 * Makes a factory of a module: a function that is called once per VU with the runtime, k6's modules, the VU, its
 * environment and its own globals, and returns the exports. Returns the names of those globals, in order.
 */
export function wrapModule(
  edits: Edits,
  program: Program,
  analysis: Analysis,
  colours: Colours,
  globals: ReadonlySet<string>,
  prologue: string,
): { globals: string[]; isAsync: boolean } {
  const { runtime, modules, vu } = edits.reserved;
  const imports: string[] = [];
  let exported = '{}';
  for (const statement of program.body) {
    if (statement.type === 'ImportDeclaration') {
      imports.push(...bindingsOf(statement, modules));
      edits.text.remove(statement.start, statement.end);
    } else if (statement.type === 'ExportNamedDeclaration') {
      exported = exportsOf(statement, analysis, colours, runtime);
      edits.text.remove(statement.start, statement.end);
    } else if (statement.type === 'ExportAllDeclaration') {
      // What a k6 module exports is none of the functions that the engine calls.
      edits.text.remove(statement.start, statement.end);
    } else if (statement.type === 'ExportDefaultDeclaration') {
      // Only the body of a CommonJS script is exported like this.
      const plains = JSON.stringify(plainsOf(analysis.slotOf(statement.declaration).values, colours));
      edits.replace(statement.start, statement.declaration.start, `return ${runtime}.commonJs(`);
      edits.after(statement.declaration.end, `, ${plains})`);
    }
  }
  const isAsync = colours.topLevel || waitsAtTop(program);
  const declared = new Set(program.body.flatMap((statement) => [...declaredBy(statement)]));
  const used = [...globals].filter((name) => edits.code.includes(name) && !declared.has(name));
  const parameters = [runtime, modules, vu, '__ENV', ...used].join(', ');
  const variables = [...imports, ...edits.temporaries];
  const declarations = variables.length > 0 ? ` let ${variables.join(', ')};` : '';
  if (edits.code.startsWith('#!')) edits.replace(0, 2, '//');
  edits.text.prepend(
    `(${isAsync ? 'async ' : ''}function (${parameters}) { "use strict";${declarations}${prologue}\n`,
  );
  edits.text.append(`\nreturn ${exported};\n})`);
  return { globals: used, isAsync };
}

function bindingsOf(statement: ImportDeclaration, modules: string): string[] {
  const module = `${modules}[${JSON.stringify(statement.source.value)}]`;
  return statement.specifiers.map(({ local, ...specifier }) => {
    if (specifier.type === 'ImportNamespaceSpecifier') return `${local.name} = ${module}`;
    const name = specifier.type === 'ImportSpecifier' ? importedName(specifier.imported) : 'default';
    return `${local.name} = ${module}[${JSON.stringify(name)}]`;
  });
}

/** An object whose getters read the exported variables. */
function exportsOf(
  statement: ExportNamedDeclaration,
  analysis: Analysis,
  colours: Colours,
  runtime: string,
): string {
  const getters = statement.specifiers.map(({ exported, local }) => {
    const name = importedName(local);
    const binding = local.type === 'Identifier' ? analysis.names.bindingOf(local) : 'library';
    const values =
      typeof binding === 'object' && 'references' in binding ? analysis.variable(binding).values : [];
    const isOwn = plainOf(values, colours);
    const read = isOwn === undefined ? name : `${runtime}.plain(${name}, ${isOwn})`;
    return `get ${JSON.stringify(importedName(exported))}() { return ${read}; }`;
  });
  return `{ ${getters.join(', ')} }`;
}

/** How an exported function is given to the engine, which calls it and knows nothing of boxes; undefined: as it is. */
function plainOf(values: readonly Value[], { boxed, functions }: Colours): boolean | undefined {
  const known = values.filter((value) => value instanceof FunctionValue);
  const isBoxed = known.some((value) => boxed.has(value));
  // A promise from one that does not block, or that the user made async, is the script's own.
  const isOwn = known.length > 0 && known.every((value) => isAsync(value) || !functions.has(value));
  return isBoxed || isOwn ? isOwn : undefined;
}

/** The same for what a CommonJS script exports, by name. */
function plainsOf(exported: readonly Value[], colours: Colours): Record<string, boolean> {
  const plains: Record<string, boolean> = {};
  for (const value of exported) {
    if (!(value instanceof ObjectValue)) continue;
    for (const [name, slot] of value.fields) {
      const isOwn = plainOf(slot.values, colours);
      if (isOwn !== undefined) plains[name] = isOwn;
    }
  }
  return plains;
}

function isAsync({ node }: FunctionValue): boolean {
  return 'async' in node && node.async === true;
}

/** Whether code outside functions awaits something. */
function waitsAtTop(program: Program): boolean {
  let waits = false;
  walk(program, (node) => {
    if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await)) waits = true;
    return !isFunction(node) && node.type !== 'PropertyDefinition' && node.type !== 'StaticBlock';
  });
  return waits;
}

/** The names that a script in CommonJS form exports, as far as its text tells. */
export function commonJsExports(program: Program): string[] {
  const names = new Set<string>();
  walk(program, (node) => {
    if (node.type !== 'AssignmentExpression' || node.left.type !== 'MemberExpression') return true;
    const key = keyOf(node.left);
    if (isExports(node.left.object) && key !== undefined) names.add(key);
    if (isExports(node.left) && node.right.type === 'ObjectExpression') {
      for (const property of node.right.properties) {
        const name = property.type === 'Property' ? keyOf(property) : undefined;
        if (name !== undefined) names.add(name);
      }
    }
    return true;
  });
  return [...names];
}

function isExports(node: AnyNode): boolean {
  if (node.type === 'Identifier') return node.name === 'exports';
  if (node.type !== 'MemberExpression' || keyOf(node) !== 'exports') return false;
  return node.object.type === 'Identifier' && node.object.name === 'module';
}
