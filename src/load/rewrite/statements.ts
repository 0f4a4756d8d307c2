import type { AnyNode, ImportDeclaration, Program, VariableDeclarator } from 'acorn';
import type { Analysis, Frame } from './analysis.ts';
import { read } from './expressions.ts';
import { readClass, readFunction } from './functions.ts';
import { assign } from './patterns.ts';
import { childrenOf, isFunction } from './syntax.ts';

/** Reads a statement: adds its flows to the analysis. */
export function readStatement(node: AnyNode, frame: Frame, analysis: Analysis): void {
  const { world } = analysis;
  switch (node.type) {
    case 'FunctionDeclaration':
      declare(node, analysis, world.flow.slot(readFunction(node, frame, analysis)));
      break;
    case 'ClassDeclaration':
      readClass(node, frame, analysis);
      break;
    case 'VariableDeclarator':
      readDeclarator(node, frame, analysis);
      break;
    case 'ReturnStatement':
      if (node.argument) read(node.argument, frame, analysis).to(frame.result);
      break;
    case 'ThrowStatement':
      read(node.argument, frame, analysis).to(world.thrown);
      break;
    case 'CatchClause':
      if (node.param) assign(node.param, analysis.union(world.thrown, world.externalSlot), frame, analysis);
      readStatement(node.body, frame, analysis);
      break;
    case 'ForOfStatement':
      bind(node.left, world.settle(world.iterate(read(node.right, frame, analysis))), frame, analysis);
      readStatement(node.body, frame, analysis);
      break;
    case 'ForInStatement':
      read(node.right, frame, analysis);
      bind(node.left, world.externalSlot, frame, analysis);
      readStatement(node.body, frame, analysis);
      break;
    case 'LabeledStatement':
      readStatement(node.body, frame, analysis);
      break;
    case 'BreakStatement':
    case 'ContinueStatement':
      break;
    default:
      for (const child of childrenOf(node)) readEither(child, frame, analysis);
  }
}

/** Reads the top level of the script's own code. Nothing has flowed yet. */
export function readProgram(statements: Program['body'], analysis: Analysis): void {
  const { world } = analysis;
  const result = world.flow.slot();
  const frame: Frame = { owner: 'top level', self: world.nothing, result };
  for (const statement of statements) {
    switch (statement.type) {
      case 'ImportDeclaration':
        readImport(statement, analysis);
        break;
      case 'ExportDefaultDeclaration':
        readEither(statement.declaration, frame, analysis);
        break;
      case 'ExportNamedDeclaration':
        if (statement.declaration) readStatement(statement.declaration, frame, analysis);
        break;
      case 'ExportAllDeclaration':
        break;
      default:
        readStatement(statement, frame, analysis);
    }
  }
}

const statementType = /(?:Statement|Declaration|VariableDeclarator|SwitchCase|CatchClause)$/;

function readEither(node: AnyNode, frame: Frame, analysis: Analysis): void {
  if (statementType.test(node.type)) readStatement(node, frame, analysis);
  else read(node, frame, analysis);
}

function declare(node: AnyNode, analysis: Analysis, value: ReturnType<typeof read>): void {
  if (!isFunction(node) || !node.id) return;
  for (const variable of analysis.names.declaredAs(node.id)) value.to(analysis.variable(variable));
}

function readDeclarator(node: VariableDeclarator, frame: Frame, analysis: Analysis): void {
  if (!node.init) return;
  if (node.id.type === 'Identifier') analysis.call(node.init, node.id.name);
  assign(node.id, read(node.init, frame, analysis), frame, analysis);
}

/** The variable of a `for (... of ...)`. */
function bind(left: AnyNode, value: ReturnType<typeof read>, frame: Frame, analysis: Analysis): void {
  const patterns = left.type === 'VariableDeclaration' ? left.declarations.map((each) => each.id) : [left];
  for (const pattern of patterns) assign(pattern, value, frame, analysis);
}

function readImport(node: ImportDeclaration, analysis: Analysis): void {
  const { world } = analysis;
  for (const specifier of node.specifiers) {
    const name = specifier.type === 'ImportSpecifier' ? importedName(specifier.imported) : undefined;
    const host = world.host(String(node.source.value), name);
    if (!host) continue;
    for (const variable of analysis.names.declaredAs(specifier.local)) analysis.variable(variable).add(host);
  }
}

/** The name in `import { name as local }`. */
export function importedName(node: AnyNode): string {
  return node.type === 'Identifier' ? node.name : node.type === 'Literal' ? String(node.value) : '';
}
