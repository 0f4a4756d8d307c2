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
  /**
   * Exports that keep the functions given to them, or in objects given to them, and call them from the event loop or
   * while they block themselves: `setTimeout`, `ws.connect`, `ReadableStream`. What they call may give a promise, for
   * which they wait (`VU.run` does).
   */
  handlers?: ReadonlySet<string>;
  /**
   * The same of methods of the objects that this module gives out: `socket.on`. Functions that a script assigns to
   * properties of such objects, as in `socket.onmessage = f`, are handlers without being named here.
   */
  handlerMethods?: ReadonlySet<string>;
  /**
   * Methods of the objects that this module gives out that call functions before they return, such as a selection's
   * `each`. Every such method has a property `blocking`: the same method, which awaits each call and gives a promise.
   */
  callbackMethods?: ReadonlySet<string>;
  /** Methods of the objects that this module gives out that return a promise to the script itself. */
  promiseMethods?: ReadonlySet<string>;
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
  vu: {
    id: number;
    iteration: number | undefined;
    /** Module bodies have run. */
    initialised?: boolean;
    /** Resolves when nothing of the script is running, to those who ask one after the other. */
    free?(): Promise<void>;
    /** The iteration is cut off: none of the script's code may run on. */
    interrupted?: boolean;
    /** Asked by loops now and then: throws when the iteration is cut off or should have been by now. */
    guard?(): void;
  };
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
  /** The script may make promises of its own, so one may be rejected unnoticed. */
  makesPromises: boolean;
};

/**
 * The script at `path` (`-`: on standard input), bundled with what it imports and rewritten so that every call that may block is awaited.
 * `globals` are the names of the globals that each VU has for itself; `strict` rejects every `import()`, as k6 does.
 * Throws FILE when the script cannot be read,
 * SCRIPT (file:line:column) when it does not parse, uses what the engine cannot do, or imports what cannot be found.
 */
export async function compileScript(
  path: string,
  modules: SupportedModules,
  globals: ReadonlySet<string> = new Set(['console']),
  strict = false,
): Promise<CompiledScript> {
  return loadScript(await transformScript(path, modules, globals, strict));
}

/** The compiled script as plain data, to hand to a worker. */
export type ScriptCode = FactoryCode;

/** The first half of `compileScript`: everything but the code's evaluation. */
export async function transformScript(
  path: string,
  modules: SupportedModules,
  globals: ReadonlySet<string>,
  strict = false,
): Promise<ScriptCode> {
  return rewriteBundle(await bundleScript(path, modules, strict), modules, globals);
}

/** The second half of `compileScript`. */
export function loadScript(code: ScriptCode): CompiledScript {
  return loadFactory(code);
}
