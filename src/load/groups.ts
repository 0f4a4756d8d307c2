/** The groups and checks of a run as a tree, for the summary. Groups of the same path share a node across VUs. */
export class Group {
  readonly name: string;
  /** `::a::b`; empty for the root. */
  readonly path: string;
  readonly groups = new Map<string, Group>();
  readonly checks = new Map<string, Check>();

  constructor(name = '', path = '') {
    this.name = name;
    this.path = path;
  }

  group(name: string): Group {
    let group = this.groups.get(name);
    if (group === undefined) {
      group = new Group(name, `${this.path}::${name}`);
      this.groups.set(name, group);
    }
    return group;
  }

  check(name: string): Check {
    let check = this.checks.get(name);
    if (check === undefined) {
      check = { name, path: `${this.path}::${name}`, passes: 0, fails: 0 };
      this.checks.set(name, check);
    }
    return check;
  }
}

export type Check = { readonly name: string; readonly path: string; passes: number; fails: number };
