import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { deployment } from './emit/deployment.ts';
import { hpa } from './emit/hpa.ts';
import { podDisruptionBudget } from './emit/pdb.ts';
import { FxscaleError, messageOf } from './errors.ts';
import { makeFolder } from './folder.ts';
import type { Plan } from './planners/types.ts';
import { renderJson } from './report/json.ts';
import { renderMarkdown } from './report/markdown.ts';

/** The image in the manifests until the user names another. */
export const DEFAULT_IMAGE = 'trading-service:latest';

/** Makes `folder` and those above it. Throws OUTPUT when that cannot be done or it cannot be written to. */
export async function ensureFolder(folder: string): Promise<void> {
  if (folder === '')
    throw new FxscaleError('USAGE', '--out names no folder: write for example --out capacity');
  const probe = path.join(folder, `.fxscale-${process.pid}`);
  try {
    makeFolder(folder);
    // A folder may exist and still refuse files: better known before a minute of load than after it.
    await writeFile(probe, '');
    await rm(probe);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

/**
 * Writes `plan.json`, `plan.md` and, when a service was planned, `manifests/*.yaml` into `folder`; returns their paths.
 * A file is replaced whole or not at all. Throws OUTPUT when one cannot be written.
 */
export async function writePlan(
  folder: string,
  plan: Plan,
  options: { image?: string | undefined } = {},
): Promise<string[]> {
  const files = Object.entries({
    'plan.json': renderJson(plan),
    'plan.md': renderMarkdown(plan),
    ...manifests(plan, options.image ?? DEFAULT_IMAGE),
  }).map(([name, text]) => ({ file: path.join(folder, name), text }));
  const written: string[] = [];
  try {
    for (const { file, text } of files) {
      makeFolder(path.dirname(file));
      const temporary = `${file}.${process.pid}.tmp`;
      written.push(temporary);
      await writeFile(temporary, text);
    }
    for (const { file } of files) await rename(`${file}.${process.pid}.tmp`, file);
  } catch (cause) {
    await Promise.all(written.map((file) => rm(file, { force: true }).catch(() => undefined)));
    throw unwritable(folder, cause);
  }
  return files.map(({ file }) => file);
}

function manifests(plan: Plan, image: string): Record<string, string> {
  const objects = {
    'manifests/deployment.yaml': deployment(plan, image),
    'manifests/hpa.yaml': hpa(plan),
    'manifests/pdb.yaml': podDisruptionBudget(plan),
  };
  return Object.fromEntries(
    Object.entries(objects).flatMap(([name, object]) =>
      object === undefined ? [] : [[name, stringify(object, { aliasDuplicateObjects: false })]],
    ),
  );
}

function unwritable(folder: string, cause: unknown): FxscaleError {
  const why = messageOf(cause);
  return new FxscaleError(
    'OUTPUT',
    `${folder} cannot be written: ${why}; give a folder that may be written to`,
    { cause },
  );
}
