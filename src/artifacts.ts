import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ManifestSettings } from './emit/settings.ts';
import { FxscaleError } from './errors.ts';
import { makeFolder } from './folder.ts';
import { type Files, manifestFiles } from './manifest-files.ts';
import { packageFolder } from './own-package.ts';
import type { Plan } from './planners/types.ts';
import { renderJson } from './report/json.ts';
import { renderMarkdown } from './report/markdown.ts';
import { unwritable, writeWhole } from './whole-files.ts';

/** Names what was written into a folder, one file a line, so that the next plan takes away what it does not have. */
const LIST = '.fxscale-files';

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
 * Writes `plan.json`, `plan.md` and, when a service was planned, what runs it (see `manifestFiles`) into `folder`; returns
 * their paths. A file is replaced whole or not at all; those of an earlier plan that this one does not have are taken
 * away, and nothing else in the folder is touched. `now` is in seconds since 1970. Throws OUTPUT when one cannot be
 * written.
 */
export async function writePlan(
  folder: string,
  plan: Plan,
  settings: ManifestSettings,
  now: number,
): Promise<string[]> {
  const texts = {
    'plan.json': renderJson(plan),
    'plan.md': renderMarkdown(plan),
    ...manifestFiles(plan, settings, await templates(), now),
  };
  const names = Object.keys(texts);
  const list = names.map((name) => `${name}\n`).join('');
  const before = await listed(folder);
  await writeWhole(folder, { ...texts, [LIST]: list });
  try {
    for (const name of before) if (!names.includes(name)) await rm(path.join(folder, name), { force: true });
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  return names.map((name) => path.join(folder, name));
}

/** What an earlier plan left in `folder`: only names below it, whatever the list says. */
async function listed(folder: string): Promise<string[]> {
  const text = await readFile(path.join(folder, LIST), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((name) => name !== '' && path.normalize(name) === name && !/^(?:\.\.|\/)/.test(name));
}

async function templates(): Promise<Files> {
  const chart = path.join(packageFolder(), 'charts', 'service', 'templates');
  const names = (await readdir(chart)).toSorted();
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await readFile(path.join(chart, name), 'utf8')] as const),
    ),
  );
}
