import { createCpuGroup, enterCpuGroup, findCpuController, sweepCpuGroups } from '../embedded/cgroup.ts';
import type { Guardian } from '../embedded/guardian.ts';
import type { Options } from '../options.ts';

export type CpuGroups = {
  /** Puts the process of replica `index` under the limit. */
  enter(index: number, pid: number): void;
  /** Cores per replica; null when there is no limit. */
  limit(): number | null;
};

/** A CPU group for each replica; no limit, with a note, where that is not possible. */
export function openCpuGroups({ cpu, replicas }: Options, guardian: Guardian, notes: string[]): CpuGroups {
  const groups = cpu === null ? [] : createGroups(cpu, replicas, guardian, notes);
  let limit = groups.length > 0 ? cpu : null;
  return {
    limit: () => limit,
    enter(index, pid) {
      const group = groups[index];
      if (group === undefined || limit === null) return;
      try {
        enterCpuGroup(group, pid);
      } catch (error) {
        limit = null;
        notes.push(`no CPU limit: ${error instanceof Error ? error.message : error}`);
      }
    },
  };
}

function createGroups(cpu: number, replicas: number, guardian: Guardian, notes: string[]): string[] {
  const controller = findCpuController(process.pid);
  if (typeof controller === 'string') {
    notes.push(`no CPU limit: ${controller}`);
    return [];
  }
  sweepCpuGroups(controller);
  notes.push(`each replica is limited to ${cpu} cores by cgroup v${controller.version}`);
  return Array.from({ length: replicas }, (_, index) => {
    const path = createCpuGroup(controller, process.pid, index, cpu);
    guardian.removeGroup(path);
    return path;
  });
}
