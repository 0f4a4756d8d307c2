import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';
import type { SupportedModules } from '../script.ts';

/** Why an import is refused, and the exit code that goes with it. */
type Rejection = { code: 'SCRIPT' | 'SCRIPT_OTHER' };

export function isRejection(detail: unknown): detail is Rejection {
  return typeof detail === 'object' && detail !== null && 'code' in detail;
}

function reject(code: Rejection['code'], text: string): OnResolveResult {
  return { errors: [{ text, detail: { code } satisfies Rejection }] };
}

/** k6 takes a script for JavaScript whatever its name ends in. */
export function entryLoader(entry: string): Plugin {
  return {
    name: 'entry',
    setup(build) {
      if (/\.[cm]?[jt]s$/.test(entry)) return;
      build.onLoad({ filter: /./ }, async (file) =>
        file.path === entry ? { contents: await readFile(entry, 'utf8'), loader: 'js' } : undefined,
      );
    },
  };
}

/** Finds what a script imports: k6's modules stay outside of the bundle, files and packages go into it. */
export function resolveImports(modules: SupportedModules): Plugin {
  return {
    name: 'imports',
    setup(build) {
      build.onResolve({ filter: /./ }, (args) => resolveImport(args, modules, build));
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
  if (args.kind === 'entry-point' || args.pluginData === asked) return undefined;
  const isOwn = !args.importer.split(path.sep).includes('node_modules');
  const isK6 = /^k6(?:\/|$)/.test(args.path);
  if (isOwn || isK6) {
    const form =
      args.kind === 'require-call' ? 'require()' : args.kind === 'dynamic-import' ? 'import()' : '';
    if (form !== '') {
      return reject(
        'SCRIPT',
        `${form} is not supported yet: write import ... from "${args.path}" at the top`,
      );
    }
  }
  if (isK6) return resolveModule(args.path, modules);
  if (/^https?:/.test(args.path)) {
    const save = 'save the file beside the script and import that, or run it with --engine k6';
    return reject(
      'SCRIPT',
      `${args.path} would be fetched from the network, which is not supported yet: ${save}`,
    );
  }
  return resolveFile(args, isOwn, build);
}

const k6Modules = new Set([
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
  return reject('SCRIPT_OTHER', `k6 has no module ${name}`);
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
    const isPackage = !/^(?:\.{0,2}\/|file:)/.test(args.path);
    const hint = isPackage ? ': install it, or correct its name' : '';
    return reject('SCRIPT_OTHER', `cannot find the module ${args.path}${hint}`);
  }
  const { namespace, suffix, pluginData } = found;
  // k6 runs every file that is imported, whatever a package.json says of side effects.
  return { path: found.path, namespace, suffix, pluginData, sideEffects: isOwn || found.sideEffects };
}
