import type { Slot } from './flow.ts';

/**
 * Slots that flow into each other hold the same in the end: makes one of each such group, so that nothing travels
 * around in it. Strongly connected components after Tarjan (SIAM J. Comput. 1972), without recursion.
 */
export function collapse(slots: readonly Slot[]): void {
  const order = new Map<Slot, number>();
  const lowest = new Map<Slot, number>();
  const path: Slot[] = [];
  const onPath = new Set<Slot>();
  const enter = (slot: Slot) => {
    order.set(slot, order.size);
    lowest.set(slot, order.get(slot) ?? 0);
    path.push(slot);
    onPath.add(slot);
    return { slot, targets: slot.targets[Symbol.iterator]() };
  };
  const lower = (slot: Slot, to: number | undefined) => {
    lowest.set(slot, Math.min(lowest.get(slot) ?? 0, to ?? 0));
  };
  for (const start of slots) {
    if (start.one !== start || order.has(start)) continue;
    const stack = [enter(start)];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const { slot, targets } = top;
      const next = targets.next();
      if (!next.done) {
        const target = next.value.one;
        if (!order.has(target)) stack.push(enter(target));
        else if (onPath.has(target)) lower(slot, order.get(target));
        continue;
      }
      stack.pop();
      const parent = stack.at(-1);
      if (parent) lower(parent.slot, lowest.get(slot));
      if (lowest.get(slot) === order.get(slot)) unite(slot, path, onPath);
    }
  }
}

/** Takes one group from the end of `path` and makes it one slot. */
function unite(root: Slot, path: Slot[], onPath: Set<Slot>): void {
  const group = path.splice(path.lastIndexOf(root));
  for (const slot of group) {
    onPath.delete(slot);
    if (slot !== root) root.absorb(slot);
  }
  if (group.length > 1) root.tidy();
}
