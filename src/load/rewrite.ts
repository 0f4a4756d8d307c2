import path from 'node:path';
import remapping from '@jridgewell/remapping';
import { type Program, parse } from 'acorn';
import { FxscaleError } from '../errors.ts';
import { Analysis } from './rewrite/analysis.ts';
import { colour } from './rewrite/colour.ts';
import { Edits, editCode } from './rewrite/edit.ts';
import { Origin } from './rewrite/origin.ts';
import { refuse } from './rewrite/refusals.ts';
import { resolveNames } from './rewrite/scopes.ts';
import { readProgram } from './rewrite/statements.ts';
import { checkSurface } from './rewrite/surface.ts';
import { commonJsExports, wrapModule } from './rewrite/wrapper.ts';
import type { Bundle } from './script/bundle.ts';
import type { FactoryCode } from './script/factory.ts';
import type { SupportedModules } from './script.ts';

/**
 * Turns a bundle, whose calls of k6 block, into a factory of module instances in which every call that may block is
 * awaited, and every function that contains one is asynchronous. Which ones those are is a question of flow: see
 * `rewrite/colour.ts`. Throws SCRIPT (file:line:column) for what the engine does not have or cannot await.
 */
export function rewriteBundle(
  bundle: Bundle,
  modules: SupportedModules,
  globals: ReadonlySet<string>,
): FactoryCode {
  const origin = new Origin(bundle.code, bundle.map, bundle.folder);
  const program = parseBundle(bundle.code, origin);
  const names = resolveNames(program, origin, (file) => bundle.opaque.has(file));
  checkSurface(names, modules, origin);
  const analysis = new Analysis(names, modules);
  readProgram(names.statements, analysis);
  const colours = colour(analysis);
  refuse(analysis, colours, origin);
  const edits = new Edits(bundle.code);
  editCode(edits, analysis, colours);
  edits.apply();
  const wrapped = wrapModule(edits, program, analysis, colours, globals);
  return {
    code: edits.text.toString(),
    map: composeMaps(edits, bundle.map),
    folder: bundle.folder,
    files: bundle.files,
    exports: bundle.exports ?? commonJsExports(program),
    concurrent: colours.concurrent,
    globals: wrapped.globals,
  };
}

function parseBundle(code: string, origin: Origin): Program {
  try {
    return parse(code, { ecmaVersion: 'latest', sourceType: 'module', ranges: true });
  } catch (cause) {
    // The bundler leaves some mistakes for the engine to find, such as a bad regular expression.
    if (!(cause instanceof SyntaxError) || !('pos' in cause) || typeof cause.pos !== 'number') throw cause;
    const message = cause.message.replace(/ \(\d+:\d+\)$/, '');
    throw new FxscaleError('SCRIPT', `${origin.place(cause.pos)}: ${message}`, { cause });
  }
}

function composeMaps(edits: Edits, bundleMap: string): string {
  const rewritten = edits.text.generateDecodedMap({ source: 'bundle.js', hires: 'boundary' });
  const sources = [
    { ...rewritten, version: 3 as const, file: path.basename(rewritten.file ?? '') },
    bundleMap,
  ];
  return remapping(sources as Parameters<typeof remapping>[0], () => null, {
    excludeContent: true,
  }).toString();
}
