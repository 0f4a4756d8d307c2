import fc from 'fast-check';
import { expect, it } from 'vitest';
import { collapse } from '../../src/load/rewrite/cycles.ts';
import { Heap } from '../../src/load/rewrite/heap.ts';
import { ObjectValue, type Value } from '../../src/load/rewrite/values.ts';

const count = 12;
const place = fc.nat({ max: count - 1 });
const action = fc.oneof(
  fc.record({ kind: fc.constant('edge' as const), from: place, to: place }),
  fc.record({ kind: fc.constant('add' as const), from: place, to: fc.nat({ max: 39 }) }),
  fc.record({ kind: fc.constant('listen' as const), from: place, to: place }),
  fc.record({ kind: fc.constantFrom('run' as const, 'collapse' as const), from: place, to: place }),
);

it('brings every value to every slot that can be reached, and tells each listener once', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const heap = new Heap();
      const values = Array.from({ length: 40 }, () => new ObjectValue(heap, 'plain'));
      const slots = Array.from({ length: count }, () => heap.slot());
      const told: { at: number; values: Value[] }[] = [];
      for (const { kind, from, to } of actions) {
        const slot = slots[from];
        if (kind === 'edge') slot?.to(slots[to] ?? slot);
        if (kind === 'add') slot?.add(values[to] as ObjectValue);
        if (kind === 'run') heap.run();
        if (kind === 'collapse') collapse(slots);
        if (kind !== 'listen') continue;
        const heard: Value[] = [];
        told.push({ at: from, values: heard });
        slot?.each((value) => heard.push(value));
      }
      heap.run();
      const reached = closure(actions, values);
      slots.forEach((slot, index) => {
        expect(new Set(slot.values)).toEqual(reached[index]);
      });
      for (const { at, values: heard } of told) {
        expect(heard).toHaveLength(reached[at]?.size ?? -1);
        expect(new Set(heard)).toEqual(reached[at]);
      }
    }),
    { seed: 1 },
  );
});

type Action = { kind: string; from: number; to: number };

/** The same by repeating all edges until nothing changes. */
function closure(actions: Action[], values: ObjectValue[]): Set<Value>[] {
  const sets = Array.from({ length: count }, () => new Set<Value>());
  const added = actions.filter((each) => each.kind === 'add');
  for (const { from, to } of added) sets[from]?.add(values[to] as ObjectValue);
  for (let round = 0; round < count; round++) {
    for (const { kind, from, to } of actions) {
      if (kind === 'edge') for (const value of sets[from] ?? []) sets[to]?.add(value);
    }
  }
  return sets;
}
