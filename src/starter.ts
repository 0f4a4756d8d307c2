import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CONFIG_FILE } from './config-file.ts';
import { FxscaleError } from './errors.ts';
import { ownPackage, packageFolder } from './own-package.ts';
import { starterConfig } from './starter-config.ts';
import { writeWhole } from './whole-files.ts';

/**
 * Writes what a project begins with into `folder`: a config, a scenario and a CI workflow. Returns their paths. Throws
 * USAGE when one is there already, unless `replace` is set, and OUTPUT when they cannot be written.
 */
export async function writeStarter(folder: string, replace: boolean): Promise<string[]> {
  const source = (name: string) => readFile(path.join(packageFolder(), 'starter', name), 'utf8');
  const workflow = await source('capacity.yml');
  const texts = {
    [CONFIG_FILE]: starterConfig(schemaFor(folder)),
    'scenarios/load.ts': await source('load.ts'),
    '.github/workflows/capacity.yml': workflow.replaceAll('__VERSION__', ownPackage().version),
  };
  const taken = Object.keys(texts).filter((name) => existsSync(path.join(folder, name)));
  if (taken.length > 0 && !replace) {
    const there = taken.join(', ');
    throw new FxscaleError('USAGE', `already there: ${there}; nothing was written: --force writes over them`);
  }
  return writeWhole(folder, texts);
}

/** Relative to the config where the package is installed below it, which is the same for everybody who checks it out. */
function schemaFor(folder: string): string {
  const file = path.join(packageFolder(), 'schema', 'fxscale.schema.json');
  const relative = path.relative(path.resolve(folder), file);
  return relative.startsWith('..') || path.isAbsolute(relative)
    ? file
    : `./${relative.replaceAll(path.sep, '/')}`;
}
