import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type BuildFailure, build } from 'esbuild';
import { FxscaleError } from '../../errors.ts';

/** Stands in for the global `open`, to see whether a script calls it. */
const OPEN_MARK = '__fxscale_open__';

/**
 * The script at `file` and the files that it imports as one file that the real k6 runs; k6's modules and what k6
 * fetches from the network stay imports. A script of one JavaScript file stays as it is. Throws FILE or SCRIPT for a
 * script that cannot be read or does not parse, REFUSED for one that cannot be run from one file.
 */
export async function bundleForK6(file: string): Promise<string> {
  const entry = path.resolve(file);
  const { outputFiles, metafile } = await bundle(entry, file);
  const code = outputFiles[0]?.text ?? '';
  const reads = Object.values(metafile.outputs).some((one) =>
    one.imports.some((each) => each.path === 'k6/experimental/fs'),
  );
  if (reads || code.includes(OPEN_MARK)) {
    throw new FxscaleError(
      'REFUSED',
      `${file} opens files, which do not go into one script: put them on a volume beside it (spec.script.volumeClaim)`,
    );
  }
  const inputs = Object.entries(metafile.inputs);
  if (inputs.length === 1 && !/\.[cm]?ts$/.test(entry)) return readFile(entry, 'utf8');
  const isCommonJs = inputs.some(([name, { format }]) => path.resolve(name) === entry && format === 'cjs');
  if (isCommonJs) {
    throw new FxscaleError(
      'REFUSED',
      `${file} is a CommonJS script of several files, whose exports would be lost: write import and export`,
    );
  }
  return code;
}

async function bundle(entry: string, file: string) {
  try {
    return await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      // What k6's own JavaScript engine parses.
      target: 'es2022',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      resolveExtensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      external: ['k6', 'k6/*', 'https://*'],
      define: { open: OPEN_MARK },
      tsconfigRaw: '{}',
      charset: 'utf8',
      legalComments: 'inline',
      logLevel: 'silent',
    });
  } catch (cause) {
    const [first] = (cause as BuildFailure).errors ?? [];
    if (!first) throw cause;
    const place = first.location ? `${first.location.file}:${first.location.line}: ` : `${file}: `;
    throw new FxscaleError('SCRIPT', `${place}${first.text}`, { cause });
  }
}
