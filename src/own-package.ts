import { readFileSync } from 'node:fs';

/** What fxscale's own package says of itself. */
export function ownPackage(): { version: string; engines: { node: string } } {
  // Files of the package are found from top-level files like this one: bundled or not, those are two folders deep.
  const file = new URL('../../package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as { version: string; engines: { node: string } };
}
