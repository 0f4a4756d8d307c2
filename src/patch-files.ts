import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { resourcePatch, targetPatch } from './emit/resource-patch.ts';
import { FxscaleError, messageOf } from './errors.ts';
import { makeFolder } from './folder.ts';
import type { RankedAdvice, Rightsizing } from './planners/rightsizing/types.ts';

/**
 * Writes a patch of every workload that is to change, and of its HPA, as `NAMESPACE-KIND-NAME.yaml` into `folder`;
 * returns the paths. All of them or none. Throws OUTPUT when one cannot be written.
 */
export async function writePatches(folder: string, { workloads, chosen }: Rightsizing): Promise<string[]> {
  const files = workloads.flatMap((workload) => {
    const { kind, name, hpa } = workload;
    const target = chosen === 'fxscale' ? targetPatch(workload) : undefined;
    return [
      ...fileOf(workload, kind, name, resourcePatch(workload, chosen)),
      ...fileOf(workload, 'HorizontalPodAutoscaler', hpa?.name ?? '', target),
    ];
  });
  const paths = files.map(([name]) => path.join(folder, name));
  const temporary = (file: string) => `${file}.${process.pid}.tmp`;
  try {
    makeFolder(folder);
    for (const [i, file] of paths.entries()) await writeFile(temporary(file), files[i]?.[1] ?? '');
    for (const file of paths) await rename(temporary(file), file);
  } catch (cause) {
    await Promise.all(paths.map((file) => rm(temporary(file), { force: true }).catch(() => undefined)));
    throw new FxscaleError(
      'OUTPUT',
      `${folder} cannot be written: ${messageOf(cause)}; give a folder that may be written to`,
      { cause },
    );
  }
  return paths;
}

/** Names come from a cluster, where they are plain; they must not lead out of the folder if they are not. */
function fileOf(
  { namespace }: RankedAdvice,
  kind: string,
  name: string,
  patch: object | undefined,
): [name: string, text: string][] {
  if (patch === undefined) return [];
  const plain = `${namespace}-${kind}-${name}`.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '_');
  return [[`${plain}.yaml`, stringify(patch)]];
}
