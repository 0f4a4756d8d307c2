import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
let library: typeof import('ws') | undefined;

/** The package `ws`, loaded when the first script asks for a socket. */
export function wsLibrary(): typeof import('ws') {
  library ??= require('ws') as typeof import('ws');
  return library;
}
