/**
 * Where the files of a control group are. A process tells its group per hierarchy in `/proc/<pid>/cgroup`
 * (cgroups(7)), seen from the reader's own cgroup namespace; `/proc/self/mountinfo` (proc_pid_mountinfo(5)) tells
 * where the hierarchies are mounted, and which part of each.
 */

/** What is read, by the names of version 2; version 1 has CPU time apart from CPU quotas, and calls `io` `blkio`. */
export type Controller = 'cpu' | 'cpuacct' | 'memory' | 'io' | 'pids';

/** The folder of a group, and those of the groups it is in, the innermost first, as far as they are mounted. */
export type Place = { version: 1 | 2; folder: string; above: readonly string[] };

export type Places = ReadonlyMap<Controller, Place>;

/** A mounted hierarchy: the group that is at its mount point, and the controllers of version 1. */
export type CgroupMount = { version: 1 | 2; root: string; point: string; controllers: readonly string[] };

const controllers: readonly Controller[] = ['cpu', 'cpuacct', 'memory', 'io', 'pids'];
const v1Names: Readonly<Record<Controller, string>> = {
  cpu: 'cpu',
  cpuacct: 'cpuacct',
  memory: 'memory',
  io: 'blkio',
  pids: 'pids',
};

/** The group of a process by controller of version 1, and by the empty name for version 2. */
export function parseOwnGroups(text: string): Map<string, string> {
  const groups = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, names, path] = /^\d+:([^:]*):(.+)$/.exec(line) ?? [];
    if (names === undefined || path === undefined) continue;
    for (const name of names.split(',')) groups.set(name, path);
  }
  return groups;
}

export function parseCgroupMounts(mountinfo: string): CgroupMount[] {
  return mountinfo.split('\n').flatMap((line): CgroupMount[] => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '', point = ''] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    const version = type === 'cgroup' ? 1 : 2;
    return [{ version, root: unescaped(root), point: unescaped(point), controllers: options.split(',') }];
  });
}

/** The places of the groups that a process is in, without the hierarchies in which they cannot be seen. */
export function placesOf(groups: ReadonlyMap<string, string>, mounts: readonly CgroupMount[]): Places {
  const places = new Map<Controller, Place>();
  for (const controller of controllers) {
    const v1 = groups.get(v1Names[controller]);
    const path = v1 ?? groups.get('');
    if (path === undefined) continue;
    for (const mount of mountsOf(controller, mounts, v1 === undefined ? 2 : 1)) {
      const below = pathBelow(mount.root, path);
      if (below !== undefined && !places.has(controller)) places.set(controller, placeAt(mount, below));
    }
  }
  return places;
}

/**
 * The places of the group at `path`, counted from where each hierarchy is mounted, or given with a mount point in
 * front. A hierarchy in which `exists` finds no such folder is left out.
 */
export function placesAt(
  path: string,
  mounts: readonly CgroupMount[],
  exists: (folder: string) => boolean,
): Places {
  const prefix = mounts
    .map(({ point }) => point)
    .filter((point) => path === point || path.startsWith(`${point}/`))
    .sort((a, b) => b.length - a.length)[0];
  const below = namesOf(path.slice(prefix?.length ?? 0));
  const places = new Map<Controller, Place>();
  for (const controller of controllers) {
    const found = [...mountsOf(controller, mounts, 1), ...mountsOf(controller, mounts, 2)]
      .map((mount) => placeAt(mount, below))
      .find(({ folder }) => exists(folder));
    if (found) places.set(controller, found);
  }
  return places;
}

function mountsOf(controller: Controller, mounts: readonly CgroupMount[], version: 1 | 2): CgroupMount[] {
  return mounts.filter(
    (mount) =>
      mount.version === version && (version === 2 || mount.controllers.includes(v1Names[controller])),
  );
}

function placeAt({ version, point }: CgroupMount, below: readonly string[]): Place {
  const folders = below.map((_, i) => [point, ...below.slice(0, i + 1)].join('/'));
  const [folder = point, ...above] = [point, ...folders].reverse();
  return { version, folder, above };
}

/**
 * The names that lead from the group `root` to the group `path`; undefined when it is not below. Groups outside the
 * namespace are told as `/..`, without their names.
 */
function pathBelow(root: string, path: string): string[] | undefined {
  const [from, to] = [namesOf(root), namesOf(path)];
  const below = to.slice(from.length);
  return from.every((name, i) => name === to[i]) && !below.includes('..') ? below : undefined;
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

/** Blanks and the like stand in the mount table as a backslash and three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
