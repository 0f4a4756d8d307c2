import path from 'node:path';
import { systemAt } from '../../src/doctor/read.ts';

/** Files of a virtual machine with Linux 6.18.44 and cgroup v1, copied on 2026-11-29; of its mounts only cgroups'. */
export const captured = systemAt(
  path.join(import.meta.dirname, '..', 'fixtures', 'doctor', 'linux-6.18.44-2026-11-29'),
);
