import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The folder of fxscale's own package: the build is deeper in it than the source. */
export function packageFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
}

/** What fxscale's own package says of itself. */
export function ownPackage(): { version: string; engines: { node: string } } {
  return JSON.parse(readFileSync(path.join(packageFolder(), 'package.json'), 'utf8')) as {
    version: string;
    engines: { node: string };
  };
}
