import { Script } from 'node:vm';
import { arrays, variant } from '../rewrite/arrays.ts';
import { begin, box, commonJs, open, patient, plain, rest } from '../rewrite/gate.ts';
import type { CompiledScript, ScriptHost } from '../script.ts';
import { imported, initOnly, meta, notImported, opener, requirer } from './modules.ts';
import { Stack } from './stack.ts';

/** A rewritten script as plain data. */
export type FactoryCode = {
  /** An expression: the factory function. */
  code: string;
  /** Source map from the code to the user's files, which are relative to `folder`. */
  map: string;
  folder: string;
  files: string[];
  exports: string[];
  concurrent: boolean;
  makesPromises: boolean;
  /** The host's globals that the factory takes, in order. */
  globals: string[];
};

type Exports = Record<string, unknown>;
type Factory = (
  helpers: typeof runtime & { stackOf(value: unknown): unknown },
  modules: ScriptHost['modules'],
  vu: ScriptHost['vu'],
  env: ScriptHost['env'],
  ...globals: unknown[]
) => Exports | Promise<Exports>;

/** What the rewritten code calls. */
const runtime = {
  arrays,
  begin,
  box,
  commonJs,
  imported,
  initOnly,
  meta,
  notImported,
  open,
  opener,
  patient,
  plain,
  requirer,
  rest,
  variant,
};

let loaded = 0;

/** Frames that a stack has; Node's own 10 would leave out what k6 shows. */
const stackFrames = 50;

/** Compiles the factory once; each VU then calls it. */
export function loadFactory(script: FactoryCode): CompiledScript {
  // No path: the frames of a script must not be taken for those of a file that is really there.
  const filename = `fxscale:script-${++loaded}`;
  const factory: Factory = new Script(script.code, { filename }).runInThisContext();
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit, stackFrames);
  const stack = new Stack(script, filename);
  const helpers = { ...runtime, stackOf: (value: unknown) => stack.ofValue(value) };
  return {
    instantiate: ({ modules, env, globals, vu }) =>
      factory(helpers, modules, vu, env, ...script.globals.map((name) => globals[name])),
    originalStack: (error) => stack.original(error),
    location: (line, column) => stack.location(line, column),
    files: script.files,
    exports: script.exports,
    concurrent: script.concurrent,
    makesPromises: script.makesPromises,
  };
}
