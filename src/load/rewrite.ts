import path from 'node:path';
import remapping from '@jridgewell/remapping';
import { type Program, parse } from 'acorn';
import { FxscaleError } from '../errors.ts';
import { Analysis } from './rewrite/analysis.ts';
import { type Colours, colour } from './rewrite/colour.ts';
import { Edits, editCode } from './rewrite/edit.ts';
import { Origin } from './rewrite/origin.ts';
import { editPlaces } from './rewrite/places.ts';
import { refusalOf } from './rewrite/refusals.ts';
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
  const { analysis, colours } = analyse(program, bundle, modules, globals, origin);
  const edits = new Edits(bundle.code);
  editCode(edits, analysis, colours);
  const prologue = editPlaces(edits, program, analysis, origin, {
    hasOpen: globals.has('open'),
    strict: bundle.strict,
  });
  edits.apply();
  const wrapped = wrapModule(edits, program, analysis, colours, globals, prologue);
  return {
    code: edits.text.toString(),
    map: composeMaps(edits, bundle.map),
    folder: bundle.folder,
    files: bundle.files,
    exports: bundle.exports ?? commonJsExports(program),
    concurrent: colours.concurrent,
    // By its text: following promises costs, and a word too many costs no more than that.
    makesPromises: /\b(?:async|Promise|asyncRequest|subtle)\b|\bimport\(|"k6\/(?:secrets|experimental)/.test(
      bundle.code,
    ),
    globals: wrapped.globals,
  };
}

type Findings = { analysis: Analysis; colours: Colours; refusal: FxscaleError | undefined };

/** Far more than scripts need; what a large library among the user's own files can take. */
const budget = 50_000;

/**
 * Finds out what blocks. If a library that the user keeps beside the script makes that long, those of the user's
 * files that use no k6 module are taken for opaque, as packages are, unless that leads to a refusal.
 */
function analyse(
  program: Program,
  bundle: Bundle,
  modules: SupportedModules,
  globals: ReadonlySet<string>,
  origin: Origin,
): Findings {
  const names = resolveNames(program, origin, (file) => bundle.opaque.has(file));
  checkSurface(names, modules, globals, origin);
  const first = new Analysis(names, modules);
  readProgram(names.statements, first);
  if (!first.world.flow.run(budget) && bundle.free.size > 0) {
    const isOpaque = (file: string) => bundle.opaque.has(file) || bundle.free.has(file);
    const second = new Analysis(resolveNames(program, origin, isOpaque), modules);
    readProgram(second.names.statements, second);
    const other = find(second, origin);
    if (!other.refusal) return other;
  }
  const found = find(first, origin);
  if (found.refusal) throw found.refusal;
  return found;
}

function find(analysis: Analysis, origin: Origin): Findings {
  analysis.world.flow.run();
  const colours = colour(analysis);
  return { analysis, colours, refusal: refusalOf(analysis, colours, origin) };
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
