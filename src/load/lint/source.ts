import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { type AnyNode, getLineInfo, type Identifier, type Program, parse } from 'acorn';
import { transform } from 'esbuild';
import { analyze, type Variable } from 'eslint-scope';
import { FxscaleError, messageOf } from '../../errors.ts';
import { shownPath } from '../rewrite/origin.ts';
import { walk } from '../rewrite/syntax.ts';
import type { Finding, Severity } from './finding.ts';

/** One file of a script, parsed. */
export type Source = {
  /** Absolute path. */
  file: string;
  program: Program;
  nodes: readonly AnyNode[];
  parents: ReadonlyMap<AnyNode, AnyNode | undefined>;
  /** The variable that a name stands for, unless it is a global. */
  variableOf(name: Identifier): Variable | undefined;
  /** Names that nothing in the file declares. */
  globals: readonly Identifier[];
  finding(at: AnyNode | number, severity: Severity, rule: string, message: string): Finding;
  /** Found while parsing. */
  findings: readonly Finding[];
};

type Place = (offset: number) => { line: number; column: number };

/** Parses a file as k6 does: what ends in `.ts` as TypeScript. Throws SCRIPT with the place. */
export async function parseSource(file: string, text: string): Promise<Source> {
  const isTypeScript = /\.[cm]?ts$/.test(file);
  const { code, place } = isTypeScript ? await strip(file, text, 'ts') : { code: text, place: placeIn(text) };
  try {
    return sourceOf(file, parseCode(code), place);
  } catch (error) {
    if (!isSyntaxError(error)) throw error;
    // What only a compiler knows, such as decorators, is compiled here and refused by k6.
    const compiled = await strip(file, text, isTypeScript ? 'ts' : 'js', 'es2022');
    const found = { ...place(error.pos), file: shownPath(file), severity: 'error', rule: 'syntax' } as const;
    const message = `k6 cannot parse this: ${error.message.replace(/ \(\d+:\d+\)$/, '')}`;
    try {
      const source = sourceOf(file, parseCode(compiled.code), compiled.place);
      return { ...source, findings: [{ ...found, message }] };
    } catch {
      throw new FxscaleError('SCRIPT', `${found.file}:${found.line}:${found.column}: ${error.message}`);
    }
  }
}

function isSyntaxError(error: unknown): error is SyntaxError & { pos: number } {
  return error instanceof SyntaxError && 'pos' in error && typeof error.pos === 'number';
}

function parseCode(code: string): Program {
  const options = { ecmaVersion: 'latest', allowHashBang: true, ranges: true } as const;
  try {
    return parse(code, { ...options, sourceType: 'module' });
  } catch (error) {
    try {
      // A CommonJS script may use what modules may not.
      return parse(code, { ...options, sourceType: 'script', allowReturnOutsideFunction: true });
    } catch {
      throw error;
    }
  }
}

function placeIn(text: string): Place {
  return (offset) => {
    const { line, column } = getLineInfo(text, offset);
    return { line, column: column + 1 };
  };
}

async function strip(
  file: string,
  text: string,
  loader: 'js' | 'ts',
  target = 'esnext',
): Promise<{ code: string; place: Place }> {
  try {
    const { code, map } = await transform(text, {
      loader,
      target,
      sourcemap: 'external',
      sourcefile: file,
      charset: 'utf8',
      tsconfigRaw: '{}',
      logLevel: 'silent',
    });
    const trace = new TraceMap(map);
    const place: Place = (offset) => {
      const { line, column } = getLineInfo(code, offset);
      const found = originalPositionFor(trace, { line, column });
      return { line: found.line ?? line, column: (found.column ?? column) + 1 };
    };
    return { code, place };
  } catch (cause) {
    const [first] =
      (cause as { errors?: { text: string; location?: { line: number; column: number } }[] }).errors ?? [];
    if (!first) throw new FxscaleError('SCRIPT', `${shownPath(file)}: ${messageOf(cause)}`, { cause });
    const { line = 1, column = 0 } = first.location ?? {};
    throw new FxscaleError('SCRIPT', `${shownPath(file)}:${line}:${column + 1}: ${first.text}`, { cause });
  }
}

function sourceOf(file: string, program: Program, place: Place): Source {
  const parents = new Map<AnyNode, AnyNode | undefined>();
  walk(program, (node, parent) => {
    parents.set(node, parent);
    return true;
  });
  const { scopes } = analyze(program as Parameters<typeof analyze>[0], {
    ecmaVersion: 2022,
    sourceType: program.sourceType,
    fallback: 'iteration',
    ignoreEval: true,
  });
  const variables = new Map<Identifier, Variable>();
  const globals: Identifier[] = [];
  for (const scope of scopes) {
    for (const { identifier, resolved } of scope.references) {
      if (resolved && resolved.defs.length > 0) variables.set(identifier as Identifier, resolved);
      else globals.push(identifier as Identifier);
    }
  }
  return {
    file,
    program,
    parents,
    nodes: [...parents.keys()],
    variableOf: (name) => variables.get(name),
    globals,
    findings: [],
    finding(at, severity, rule, message) {
      const offset = typeof at === 'number' ? at : at.start;
      return { file: shownPath(file), ...place(offset), severity, rule, message };
    },
  };
}

/** What a name is defined by, if that is one thing: the value it is declared with, a function, a parameter. */
export function definitionOf(source: Source, node: AnyNode): AnyNode | undefined {
  if (node.type !== 'Identifier') return undefined;
  const { defs } = source.variableOf(node) ?? { defs: [] };
  const [only, ...more] = defs;
  if (!only || more.length > 0) return undefined;
  const definition = only.node as AnyNode;
  return definition.type === 'VariableDeclarator' ? (definition.init ?? undefined) : definition;
}
