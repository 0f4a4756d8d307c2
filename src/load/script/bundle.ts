import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import { type BuildFailure, build, type Message, type Metafile, type Plugin } from 'esbuild';
import { FxscaleError, messageOf } from '../../errors.ts';
import { shownPath, sourcePath } from '../rewrite/origin.ts';
import type { SupportedModules } from '../script.ts';
import { entryLoader, isRejection, resolveImports, standardInput } from './resolve.ts';

/**
 * In the bundler's helper: what is the default export of a CommonJS module. In k6 that is what it exports as
 * `default`, and otherwise everything that it exports.
 */
const nodeDefault =
  'isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true })';
const k6Default = '!mod || !("default" in Object(mod)) ? __defProp(target, "default", { value: mod })';

/** A script and what it imports, in one ES module that imports only k6's modules. */
export type Bundle = {
  code: string;
  /** Source map; its sources are relative to `folder`. */
  map: string;
  folder: string;
  /** Absolute paths of the user's own files, the script first. */
  files: string[];
  /** Absolute paths of the files of packages that use no k6 module, and so cannot block by themselves. */
  opaque: ReadonlySet<string>;
  /** Absolute paths of the other files, but the script itself, that use no k6 module through any of their imports. */
  free: ReadonlySet<string>;
  /** What the script exports, or undefined for a CommonJS script. */
  exports: string[] | undefined;
  /** Nothing is taken that k6 does not take. */
  strict: boolean;
};

/** Bundles the script at `file`. `-` is the one on standard input. Throws as `compileScript` says. */
export async function bundleScript(
  file: string,
  modules: SupportedModules,
  strict: boolean,
): Promise<Bundle> {
  const entry = path.resolve(file);
  const isInput = file === standardInput;
  if (!isInput) await checkReadable(entry, file);
  const folder = path.dirname(entry);
  const { outputFiles, metafile } = await bundle(entry, isInput, folder, resolveImports(modules, strict));
  const text = (ending: string) => outputFiles.find((each) => each.path.endsWith(ending))?.text ?? '';
  const output = Object.values(metafile.outputs).find((each) => each.entryPoint !== undefined);
  const isCommonJs = Object.entries(metafile.inputs).some(
    ([name, { format }]) => sourcePath(folder, name) === entry && format === 'cjs',
  );
  const inputs = Object.keys(metafile.inputs).map((name) => sourcePath(folder, name));
  const own = inputs.filter((each) => packageOf(each) === undefined && each !== entry);
  const opaque = opaqueFiles(metafile, folder);
  return {
    code: text('.js').replace(nodeDefault, k6Default),
    // Sources that were fetched are named by the bundler's namespace before their URL.
    map: text('.map').replaceAll('"https:https://', '"https://'),
    folder,
    files: [entry, ...own],
    opaque,
    free: new Set(own.filter((each) => !reachesK6(each, metafile, folder))),
    strict,
    exports: isCommonJs ? undefined : (output?.exports ?? []),
  };
}

async function checkReadable(entry: string, file: string): Promise<void> {
  try {
    if ((await stat(entry)).isDirectory()) {
      throw new FxscaleError('FILE', `${file} is a folder: give the path of a k6 script, .js or .ts`);
    }
    await access(entry, constants.R_OK);
  } catch (cause) {
    if (cause instanceof FxscaleError) throw cause;
    const missing = messageOf(cause).startsWith('ENOENT') || messageOf(cause).startsWith('ENOTDIR');
    const why = missing ? 'there is no such file' : 'this user may not read it';
    throw new FxscaleError('FILE', `cannot read the script ${file}: ${why}`, { cause });
  }
}

async function bundle(entry: string, isInput: boolean, folder: string, imports: Plugin) {
  try {
    return await build({
      entryPoints: [entry],
      absWorkingDir: folder,
      outfile: path.join(folder, 'bundle.js'),
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      target: 'node20',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      conditions: ['import'],
      resolveExtensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      tsconfigRaw: '{}',
      charset: 'utf8',
      legalComments: 'none',
      sourcemap: 'external',
      logLevel: 'silent',
      plugins: [entryLoader(entry, isInput), imports],
    });
  } catch (cause) {
    const [first] = (cause as BuildFailure).errors ?? [];
    if (!first) throw cause;
    throw failure(first, folder, cause);
  }
}

function failure({ text, location, detail }: Message, folder: string, cause: unknown): FxscaleError {
  const code = isRejection(detail) ? detail.code : 'SCRIPT';
  if (!location) return new FxscaleError(code, text, { cause });
  // The bundler counts columns in bytes, from 0.
  const before = Buffer.from(location.lineText).subarray(0, location.column).toString();
  const place = `${shownPath(sourcePath(folder, location.file))}:${location.line}:${before.length + 1}`;
  return new FxscaleError(code, `${place}: ${text}`, { cause });
}

/** The folder of the package that `file` belongs to; modules that were fetched are packages too. */
function packageOf(file: string): string | undefined {
  if (file.startsWith('https://')) return new URL('.', file).href;
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0];
}

/** A package is opaque unless it imports a k6 module, or a package that does. */
function opaqueFiles(metafile: Metafile, folder: string): ReadonlySet<string> {
  const absolute = (name: string) => sourcePath(folder, name);
  const uses = new Map<string, Set<string>>();
  for (const [name, { imports }] of Object.entries(metafile.inputs)) {
    const owner = packageOf(absolute(name));
    if (owner === undefined) continue;
    const used = uses.get(owner) ?? new Set();
    uses.set(owner, used);
    for (const each of imports) used.add(isK6(each) ? 'k6' : (packageOf(absolute(each.path)) ?? owner));
  }
  const knowsK6 = new Set(['k6']);
  for (let size = 0; size !== knowsK6.size; ) {
    size = knowsK6.size;
    for (const [owner, used] of uses) if ([...used].some((each) => knowsK6.has(each))) knowsK6.add(owner);
  }
  const files = Object.keys(metafile.inputs).map(absolute);
  return new Set(files.filter((each) => !knowsK6.has(packageOf(each) ?? 'k6')));
}

function isK6({ path: name, external }: { path: string; external?: boolean }): boolean {
  return external === true && /^k6(?:\/|$)/.test(name);
}

function reachesK6(file: string, { inputs }: Metafile, folder: string): boolean {
  const seen = new Set<string>();
  const pending = [path.relative(folder, file)];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const each of inputs[name.replaceAll(path.sep, '/')]?.imports ?? []) {
      if (isK6(each)) return true;
      pending.push(each.path);
    }
  }
  return false;
}
