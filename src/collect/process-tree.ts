/** What a process has used of something. */
export type Use = {
  /** By itself. */
  own: number;
  /** By its children that have ended and been waited for, and by theirs. */
  reaped: number;
};

/** A process in a tree, and its use of what is added up. */
export type Member = Use & {
  pid: number;
  parent: number;
  /** Tells a process from a later one with the same number; undefined where the system does not say. */
  started: string | undefined;
};

/** A process as the system's table shows it at one instant, with its use of CPU seconds. */
export type Process = Member & {
  /** Faults for which a page was read from disk; undefined where the system does not say. */
  majorFaults: Use | undefined;
  /** It has ended, and its parent has not yet waited for it. */
  ended: boolean;
  threads: number | undefined;
};

/** The process `root` and its live descendants, parents before children; empty when it is not in the table. */
export function treeOf<P extends Member>(table: P[], root: number): P[] {
  const children = new Map<number, P[]>();
  for (const each of table) children.set(each.parent, [...(children.get(each.parent) ?? []), each]);
  const tree = table.filter((each) => each.pid === root);
  // A walk that appends to the list it walks; a process is never its own descendant.
  for (const each of tree) tree.push(...(children.get(each.pid) ?? []).filter((child) => child.pid !== root));
  return tree;
}

/**
 * Adds up what a tree of processes uses whose members come and go. The sum over the living would fall whenever a child
 * ends; this never does, and counts a child's last stretch when its parent has waited for it.
 */
export class UseLedger {
  #total = 0;
  #last = new Map<string, Member>();
  /**
   * Per process, what is already counted of children that are gone: their parent's `reaped` will bring it a second
   * time, at once or, when the table was read just between, in the next sample.
   */
  #owed = new Map<string, number>();

  /** What the tree has used up to this sample, since before the first sample where the system knows. */
  add(tree: readonly Member[]): number {
    const now = new Map(tree.map((each) => [keyOf(each), each]));
    for (const gone of this.#last.values()) if (!now.has(keyOf(gone))) this.#settle(gone, now);
    for (const [key, each] of now) {
      const last = this.#last.get(key);
      const waited = each.reaped - (last?.reaped ?? 0);
      const owed = this.#owed.get(key) ?? 0;
      this.#owed.set(key, Math.max(0, owed - waited));
      this.#total += Math.max(0, each.own - (last?.own ?? 0)) + Math.max(0, waited - owed);
    }
    this.#last = now;
    return this.#total;
  }

  /** What was counted of a process that is gone is owed by its nearest ancestor that is not. */
  #settle(gone: Member, now: Map<string, Member>): void {
    const counted = gone.own + gone.reaped + (this.#owed.get(keyOf(gone)) ?? 0);
    this.#owed.delete(keyOf(gone));
    const living = new Map([...now.values()].map((each) => [each.pid, keyOf(each)]));
    const parents = new Map([...this.#last.values()].map((each) => [each.pid, each.parent]));
    let ancestor: number | undefined = gone.parent;
    while (ancestor !== undefined && !living.has(ancestor)) ancestor = parents.get(ancestor);
    const key = ancestor === undefined ? undefined : living.get(ancestor);
    if (key !== undefined) this.#owed.set(key, (this.#owed.get(key) ?? 0) + counted);
  }
}

function keyOf({ pid, started }: Member): string {
  return `${pid}/${started ?? ''}`;
}
