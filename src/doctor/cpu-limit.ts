import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import { type CpuGroup, placesForQuota } from './cgroup-files.ts';
import type { Check } from './check.ts';
import type { ReadSystem } from './read.ts';

/** Microseconds: Kubernetes' own period, and half a core. */
const [QUOTA, PERIOD] = [50_000, 100_000];

/** Whether `fxscale serve --cpu` can limit a replica: told by making such a group, and taking it away again. */
export function checkCpuLimit(read: ReadSystem): Check {
  const common = { name: 'CPU limits', group: 'machine' } as const;
  if (process.platform !== 'linux')
    return { ...common, status: 'missing', detail: { why: `${process.platform} has no cgroups` } };
  let why = 'no cgroup hierarchy with the cpu controller is mounted or passed on to this process';
  for (const place of placesForQuota(read)) {
    try {
      tryQuota(place);
      return { ...common, status: 'ok', detail: { cgroup: place.version } };
    } catch (error) {
      why = messageOf(error);
    }
  }
  return { ...common, status: 'missing', detail: { why } };
}

function tryQuota({ version, folder }: CpuGroup): void {
  const group = path.join(folder, `fxscale-doctor-${process.pid}`);
  mkdirSync(group);
  try {
    if (version === 2) writeFileSync(path.join(group, 'cpu.max'), `${QUOTA} ${PERIOD}`);
    else {
      writeFileSync(path.join(group, 'cpu.cfs_period_us'), String(PERIOD));
      writeFileSync(path.join(group, 'cpu.cfs_quota_us'), String(QUOTA));
    }
  } finally {
    rmdirSync(group);
  }
}
