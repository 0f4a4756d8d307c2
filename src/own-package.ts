import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where fxscale's own package is. */
export function packageFolder(): string {
  // The build is deeper in the package than the source.
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
}

/** What it says of itself. */
export function ownPackage(): { version: string; engines: { node: string } } {
  return JSON.parse(readFileSync(path.join(packageFolder(), 'package.json'), 'utf8')) as {
    version: string;
    engines: { node: string };
  };
}
