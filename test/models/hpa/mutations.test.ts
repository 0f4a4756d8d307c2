import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runInThisContext } from 'node:vm';
import { build, type Plugin } from 'esbuild';
import { expect, it } from 'vitest';
import { defaultRelease } from '../../../src/models/hpa/version.ts';
import type * as Agreement from './agreement.ts';
import { type Mutation, mutations } from './mutations.ts';
import { readTraces, vectors } from './recorded.ts';

const recorded = readTraces();

/** The controller with a mistake in it, in memory; undefined is the one without. */
async function controllerWith(mutation: Mutation | undefined): Promise<typeof Agreement> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, 'agreement.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'iife',
    globalName: 'agreement',
    plugins: mutation === undefined ? [] : [applied(mutation)],
  });
  const code = `(() => { ${outputFiles[0]?.text}; return agreement; })()`;
  return runInThisContext(code, { filename: mutation?.mistake ?? 'controller' });
}

function applied({ file, from, to }: Mutation): Plugin {
  return {
    name: 'mutation',
    setup({ onLoad }) {
      onLoad({ filter: /models[\\/]hpa[\\/]/ }, ({ path: loaded }) =>
        path.basename(loaded) === file ? { contents: mutate(loaded, from, to), loader: 'ts' } : undefined,
      );
    },
  };
}

function mutate(file: string, from: string, to: string): string {
  const source = readFileSync(file, 'utf8');
  if (source.split(from).length < 2) throw new Error(`${path.basename(file)} no longer contains ${from}`);
  return source.replaceAll(from, () => to);
}

it('agrees with everything recorded when it is bundled without a mistake', async () => {
  const { firstDifference } = await controllerWith(undefined);
  expect(firstDifference(vectors, recorded, defaultRelease)).toBeUndefined();
});

it.each(mutations)('is caught when it $mistake ($file)', async (mutation) => {
  const { firstDifference } = await controllerWith(mutation);
  expect(firstDifference(vectors, recorded, defaultRelease)).toBeTypeOf('string');
});
