import { pathToFileURL } from 'node:url';
import type { ScriptHost } from '../script.ts';

/** What the rewritten code calls for what k6 gives a script beside its modules: `open`, `require` and the like. */
type Place = { file?: string };
type Opened = (...args: unknown[]) => unknown;

function goError(message: string): Error {
  const error = new Error(message);
  error.name = 'GoError';
  return error;
}

function isModule(name: string): boolean {
  return /^k6(?:\/|$)/.test(name);
}

/** Throws what k6 throws where `require` is called in an iteration. */
export function initOnly(vu: ScriptHost['vu']): void {
  if (vu.initialised !== true) return;
  const more = 'https://grafana.com/docs/k6/latest/using-k6/test-lifecycle/';
  throw goError(
    `the "require" function is only available in the init stage (i.e. the global scope), see ${more} for more information`,
  );
}

/** `require` for what the bundler has not resolved: k6's own modules, and names that only the run tells. */
export function requirer(modules: ScriptHost['modules'], vu: ScriptHost['vu']) {
  return (specifier: unknown): unknown => {
    initOnly(vu);
    const name = String(specifier ?? '');
    if (name === '') throw goError("require() can't be used with an empty specifier");
    if (isModule(name) && name in modules) return modules[name];
    throw notFound(name);
  };
}

function notFound(name: string): Error {
  if (!/^(?:\.{0,2}\/|file:)/.test(name)) return unknownSpecifier(name);
  return goError(
    `The moduleSpecifier ${JSON.stringify(name)} couldn't be found on local disk. Make sure that you've specified the right path to the file, as a literal.`,
  );
}

function unknownSpecifier(name: string): Error {
  return goError(
    `The moduleSpecifier ${JSON.stringify(name)} couldn't be recognised as something k6 supports.`,
  );
}

/** `import(specifier)` of one of k6's modules; files are in the bundle. */
export async function imported(modules: ScriptHost['modules'], specifier: unknown): Promise<unknown> {
  const name = String(specifier);
  if (isModule(name) && name in modules) return modules[name];
  throw notFound(name);
}

/** `import()` as k6 has it. */
export function notImported(): Promise<never> {
  return Promise.reject('dynamic modules not enabled in the host program');
}

/** `open` as k6 has it: paths are relative to the file whose module body is running. */
export function opener(open: Opened & { from?(file: string): Opened }, place: Place): Opened {
  return (...args) => (open.from && place.file !== undefined ? open.from(place.file) : open)(...args);
}

/** `import.meta` in `file`, an absolute path or a URL. */
export function meta(file: string): { resolve(specifier: unknown): string } {
  const resolve = (specifier: unknown) => {
    const name = String(specifier);
    const base = file.startsWith('https://') ? file : pathToFileURL(file);
    if (!/^(?:\.{0,2}\/|file:|https:)/.test(name)) throw unknownSpecifier(name);
    return new URL(name, base).href;
  };
  return Object.defineProperty({}, 'resolve', { value: resolve }) as { resolve: typeof resolve };
}
