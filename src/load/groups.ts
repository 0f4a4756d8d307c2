/** The groups and checks of a run as a tree, for the summary. Groups of the same path share a node across VUs. */
export class Group {
  readonly name: string;
  /** `::a::b`; empty for the root. */
  readonly path: string;
  readonly groups = new Map<string, Group>();
  readonly checks = new Map<string, Check>();
  /** Where this group is put as soon as something is in it. */
  #lateIn: Group | undefined;

  constructor(name = '', path = '', lateIn?: Group) {
    this.name = name;
    this.path = path;
    this.#lateIn = lateIn;
  }

  /** The group of `setup` and the like, which as in k6 is in the summary only when there is something in it. */
  lateGroup(name: string): Group {
    return this.groups.get(name) ?? new Group(name, `${this.path}::${name}`, this);
  }

  #appear(): void {
    this.#lateIn?.groups.set(this.name, this);
    this.#lateIn = undefined;
  }

  group(name: string): Group {
    let group = this.groups.get(name);
    if (group === undefined) {
      group = new Group(name, `${this.path}::${name}`);
      this.#appear();
      this.groups.set(name, group);
    }
    return group;
  }

  check(name: string): Check {
    let check = this.checks.get(name);
    if (check === undefined) {
      check = { name, path: `${this.path}::${name}`, order: made++, passes: 0, fails: 0 };
      this.checks.set(name, check);
      this.#appear();
    }
    return check;
  }
}

export type Check = {
  readonly name: string;
  readonly path: string;
  /** Checks that ran earlier for the first time have lower numbers. */
  readonly order: number;
  passes: number;
  fails: number;
};

/** Checks made in this thread. */
let made = 0;
