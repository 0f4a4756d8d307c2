import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What fxscale's own package says of itself. */
export function ownPackage(): { version: string; engines: { node: string } } {
  // The build is deeper in the package than the source.
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    version: string;
    engines: { node: string };
  };
}
