import { existsSync } from 'node:fs';
import { FxscaleError } from '../errors.ts';
import { groupLimits, groupUsage, isWholeMachine } from './cgroup-files.ts';
import { type Places, parseCgroupMounts, parseOwnGroups, placesAt, placesOf } from './cgroup-places.ts';
import type { Collector } from './collector.ts';
import { rarely } from './rarely.ts';
import { readSmall } from './small-file.ts';

/**
 * Reads a control group of this machine: `cgroup:/path` or `cgroup:/path=name`, the path counted from where the
 * hierarchies are mounted or given with the mount point. Throws USAGE when the address is not of this form.
 */
export function openCgroup(address: string): Collector {
  const [, path = '', name = path.slice(1) || 'root'] =
    /^cgroup:(\/.*?)(?:=([\w.-]+))?$/i.exec(address) ?? [];
  if (path === '') {
    throw new FxscaleError(
      'USAGE',
      `--collect ${address}: write the path of a control group, for example cgroup:/kubepods/pod1=api`,
    );
  }
  if (process.platform !== 'linux') {
    throw new FxscaleError('USAGE', `--collect ${address}: only Linux has control groups`);
  }
  const read = followGroup(() => placesAt(path, mounts(), existsSync));
  return {
    source: `cgroup/${name}`,
    url: `cgroup:${path}`,
    async sample() {
      const values = read();
      if (Object.keys(values).length === 0) throw new Error(`there is no control group ${path}`);
      return { values };
    },
    async close() {},
  };
}

/**
 * Reads the groups of process `pid`, which may be moved. The top of a hierarchy is no group of its own: what the whole
 * machine uses is left out.
 */
export function followGroupOf(pid: number): () => Record<string, number> {
  return followGroup(() => {
    const places = placesOf(parseOwnGroups(readSmall(`/proc/${pid}/cgroup`) ?? ''), mounts());
    return new Map([...places].filter(([, place]) => !isWholeMachine(place, readSmall)));
  });
}

/** Usage each time; where the group is, and its limits, which seldom change, rarely. */
function followGroup(locate: () => Places): () => Record<string, number> {
  let places: Places = new Map();
  const readLimits = rarely(() => {
    places = locate();
    return groupLimits(places, readSmall);
  });
  return () => {
    const limits = readLimits();
    return { ...groupUsage(places, readSmall), ...limits };
  };
}

function mounts(): ReturnType<typeof parseCgroupMounts> {
  return parseCgroupMounts(readSmall('/proc/self/mountinfo') ?? '');
}
