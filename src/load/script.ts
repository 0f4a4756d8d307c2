import { rewriteBundle } from './rewrite.ts';
import { bundleScript } from './script/bundle.ts';
import { type FactoryCode, loadFactory } from './script/factory.ts';

/** What the engine offers of one k6 module. */
export type ModuleSurface = {
  /** Supported exports besides `default`. */
  names: ReadonlySet<string>;
  /** Those that block: each returns a promise, and the rewrite awaits it. */
  blocking: ReadonlySet<string>;
  /** Those that call functions given to them before they return, such as `group` and `check`. */
  callbacks: ReadonlySet<string>;
  /** Those that return a promise to the script itself, such as `asyncRequest`. */
  promises?: ReadonlySet<string>;
  /** Blocking methods of the objects that this module gives out, such as `submitForm`. */
  methods?: ReadonlySet<string>;
};

/** By specifier: `k6`, `k6/http`, ... */
export type SupportedModules = ReadonlyMap<string, ModuleSurface>;

/** What one VU lends to its instance of the script. */
export type ScriptHost = {
  /** By specifier, each with its `default`. */
  modules: Record<string, Record<string, unknown>>;
  /** `__ENV`. */
  env: Record<string, string>;
  /** The VU's own `console` and other globals, by the names that `compileScript` was given. */
  globals: Record<string, unknown>;
  /** Read each time the script reads `__VU` or `__ITER`. */
  vu: { id: number; iteration: number | undefined };
};

/** A script that is ready to be run, compiled once for all VUs. */
export type CompiledScript = {
  /**
   * Runs the module body for one VU and gives its exports, read live. A promise only when top-level code blocks.
   * An exported function gives a promise when it blocks or the user wrote it `async`.
   */
  instantiate(host: ScriptHost): Record<string, unknown> | Promise<Record<string, unknown>>;
  /** `error.stack` with the user's frames only, at the places in the user's files. */
  originalStack(error: Error): string;
  /** `file:line:column` of a place in the compiled code (both from 1, as in a stack), if a user's file is there. */
  location(line: number, column: number): string | undefined;
  /** Absolute paths of the user's own files, the script first. */
  files: string[];
  /** Names that the script exports, `default` among them. */
  exports: string[];
  /**
   * An `async` function of the script may go on after its own `await` while another one blocks, so a second
   * blocking operation can start without a fault of the rewrite; it waits for the first, as everything does in k6.
   */
  concurrent: boolean;
};

/**
 * The script at `path`, bundled with what it imports and rewritten so that every call that may block is awaited.
 * `globals` are the names of the globals that each VU has for itself. Throws FILE when the script cannot be read,
 * SCRIPT (file:line:column) when it does not parse or uses what the engine cannot do, SCRIPT_OTHER when an import
 * cannot be found.
 */
export async function compileScript(
  path: string,
  modules: SupportedModules,
  globals: ReadonlySet<string> = new Set(['console']),
): Promise<CompiledScript> {
  return loadScript(await transformScript(path, modules, globals));
}

/** The compiled script as plain data, to hand to a worker. */
export type ScriptCode = FactoryCode;

/** The first half of `compileScript`: everything but the code's evaluation. */
export async function transformScript(
  path: string,
  modules: SupportedModules,
  globals: ReadonlySet<string>,
): Promise<ScriptCode> {
  return rewriteBundle(await bundleScript(path, modules), modules, globals);
}

/** The second half of `compileScript`. */
export function loadScript(code: ScriptCode): CompiledScript {
  return loadFactory(code);
}
