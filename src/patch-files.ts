import { stringify } from 'yaml';
import { resourcePatch, targetPatch } from './emit/resource-patch.ts';
import type { RankedAdvice, Rightsizing } from './planners/rightsizing/types.ts';
import { writeWhole } from './whole-files.ts';

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
  return writeWhole(folder, Object.fromEntries(files));
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
