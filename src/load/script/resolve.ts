import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parse } from 'acorn';
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';
import type { SupportedModules } from '../script.ts';
import { loadRemote, remote, resolveRemote } from './remote.ts';

/** Why an import is refused, and the exit code that goes with it. */
type Rejection = { code: 'SCRIPT' };

export function isRejection(detail: unknown): detail is Rejection {
  return typeof detail === 'object' && detail !== null && 'code' in detail;
}

function reject(code: Rejection['code'], message: string): OnResolveResult {
  return { errors: [{ text: message, detail: { code } satisfies Rejection }] };
}

/** The path under which the script from standard input is known, as to k6. */
export const standardInput = '-';

/** k6 takes a script for JavaScript whatever its name ends in, and one from standard input for TypeScript if need be. */
export function entryLoader(entry: string, isInput: boolean): Plugin {
  return {
    name: 'entry',
    setup(build) {
      if (isInput) {
        build.onResolve({ filter: /./ }, ({ kind }) =>
          kind === 'entry-point' ? { path: entry } : undefined,
        );
      } else if (/\.[cm]?[jt]s$/.test(entry)) return;
      build.onLoad({ filter: /./ }, async (file) => {
        if (file.path !== entry || file.namespace !== 'file') return undefined;
        const contents = await (isInput ? text(process.stdin) : readFile(entry, 'utf8'));
        return {
          contents,
          loader: isInput && !isJavaScript(contents) ? 'ts' : 'js',
          resolveDir: path.dirname(entry),
        };
      });
    },
  };
}

function isJavaScript(code: string): boolean {
  try {
    parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
    return true;
  } catch {
    return false;
  }
}

/** Finds what a script imports: k6's modules stay outside of the bundle, files and packages go into it. */
export function resolveImports(modules: SupportedModules, strict: boolean): Plugin {
  return {
    name: 'imports',
    setup(build) {
      build.onResolve({ filter: /./ }, (args) =>
        strict && args.kind === 'dynamic-import'
          ? { path: args.path, external: true }
          : resolveImport(args, modules, build),
      );
      build.onLoad({ filter: /./, namespace: remote }, (file) => loadRemote(file.path));
    },
  };
}

/** Marks the imports that this plugin itself asks the bundler to resolve. */
const asked = { asked: true };

async function resolveImport(
  args: OnResolveArgs,
  modules: SupportedModules,
  build: PluginBuild,
): Promise<OnResolveResult | undefined> {
  if (args.pluginData === asked) return undefined;
  // As it stands: a package.json beside the script says nothing to k6, least of all whether it is CommonJS.
  if (args.kind === 'entry-point') return { path: args.path };
  if (/^k6(?:\/|$)/.test(args.path)) return resolveModule(args.path, modules);
  const isOwn = !args.importer.split(path.sep).includes('node_modules');
  return resolveRemote(args) ?? (await resolveFile(args, isOwn, build));
}

/** The modules of k6 2.x, without experimental ones and extensions. */
export const k6Modules: ReadonlySet<string> = new Set([
  ...['k6', 'k6/crypto', 'k6/crypto/x509', 'k6/data', 'k6/encoding', 'k6/execution', 'k6/html', 'k6/http'],
  ...['k6/metrics', 'k6/net/grpc', 'k6/secrets', 'k6/timers', 'k6/websockets', 'k6/ws'],
]);

function resolveModule(name: string, modules: SupportedModules): OnResolveResult {
  if (modules.has(name)) return { path: name, external: true };
  if (name === 'k6/browser' || name.startsWith('k6/browser/')) {
    return reject(
      'SCRIPT',
      `${name} drives a browser, which needs the real k6: run the script with --engine k6`,
    );
  }
  if (name.startsWith('k6/x/')) {
    return reject(
      'SCRIPT',
      `${name} is an extension, which needs the real k6: run the script with --engine k6`,
    );
  }
  if (k6Modules.has(name) || name.startsWith('k6/experimental/')) {
    return reject('SCRIPT', `${name} is not supported yet: run the script with --engine k6`);
  }
  return reject('SCRIPT', `k6 has no module ${name}`);
}

async function resolveFile(
  args: OnResolveArgs,
  isOwn: boolean,
  build: PluginBuild,
): Promise<OnResolveResult> {
  const { importer, kind, resolveDir } = args;
  const target = args.path.startsWith('file://') ? fileURLToPath(args.path) : args.path;
  const found = await build.resolve(target, { importer, kind, resolveDir, pluginData: asked });
  if (found.errors.length > 0 || found.external) {
    // Only running them tells whether these are reached, and a script may catch what they throw.
    if (kind === 'require-call' || kind === 'dynamic-import') return { path: args.path, external: true };
    const isPackage = !/^(?:\.{0,2}\/|file:)/.test(args.path);
    const hint = isPackage ? ': install it, or correct its name' : '';
    return reject('SCRIPT', `cannot find the module ${args.path}${hint}`);
  }
  const { namespace, suffix, pluginData } = found;
  // k6 runs every file that is imported, whatever a package.json says of side effects.
  return { path: found.path, namespace, suffix, pluginData, sideEffects: isOwn || found.sideEffects };
}
