import { describe, expect, it } from 'vitest';
import { createLsnHistory } from '../../server/database/lsn-history.ts';
import type { NodeState } from '../../server/database/node-state.ts';
import { createRecentWrites } from '../../server/database/recent-writes.ts';
import { judge, type Topology, unknownTopology } from '../../server/database/topology.ts';

function node(role: 'primary' | 'standby', timeline = 1, system = 'ours'): NodeState {
  return { recovering: role === 'standby', timeline, system, lsn: 1n, xmin: 1n };
}

/** Judges round after round; what the last one says. */
function rounds(...states: (NodeState | undefined)[][]): Topology {
  return states.reduce((topology, round) => judge(round, topology), unknownTopology(states[0]?.length ?? 0));
}

describe('the database to write to', () => {
  it('is the one that is not in recovery, wherever it stands in the list', () => {
    expect(rounds([node('standby'), node('primary')])).toMatchObject({
      writer: 1,
      roles: ['standby', 'primary'],
    });
  });

  it('stays the same while it is silent', () => {
    const normal = [node('primary'), node('standby')];
    expect(rounds(normal, [undefined, node('standby')])).toMatchObject({
      writer: 0,
      roles: ['silent', 'standby'],
    });
  });

  it('moves to a standby that was promoted, and never back to one that did not follow', () => {
    const normal = [node('primary'), node('standby')];
    const split = [node('primary', 1), node('primary', 2)];
    expect(rounds(normal, split)).toMatchObject({ writer: 1, roles: ['refused', 'primary'] });
    expect(rounds(normal, split, [node('primary', 1), undefined])).toMatchObject({ writer: 1 });
    expect(rounds(normal, split, split).reasons[0]).toContain('older timeline');
  });

  it('is none after a promotion of which only the standbys know', () => {
    const three = [node('primary'), node('standby'), node('standby')];
    const after = [node('primary'), undefined, node('standby', 2)];
    expect(rounds(three, after)).toMatchObject({
      writer: undefined,
      roles: ['refused', 'silent', 'standby'],
    });
    expect(rounds(three, after, [node('primary'), node('primary', 2), node('standby', 2)]).writer).toBe(1);
  });

  it('is none once the one written to has become a standby', () => {
    const normal = [node('primary'), node('standby')];
    expect(rounds(normal, [node('standby'), node('standby')]).writer).toBeUndefined();
  });

  it('is not a second primary of the same timeline, nor one of another cluster', () => {
    const normal = [node('primary'), node('standby')];
    expect(rounds(normal, [node('primary'), node('primary')])).toMatchObject({
      writer: 0,
      roles: ['primary', 'refused'],
    });
    const other = rounds([node('primary'), node('primary', 5, 'other')]);
    expect(other).toMatchObject({ writer: 0, timeline: 1, roles: ['primary', 'refused'] });
    expect(other.reasons[1]).toBe('it is another database');
  });
});

describe('the history of a primary`s WAL', () => {
  it('says until when a standby has everything', () => {
    const history = createLsnHistory();
    history.record(1000, 10n);
    history.record(2000, 20n);
    history.record(3000, 20n);
    expect([9n, 10n, 19n, 20n, 25n].map(history.coveredUntil)).toEqual([undefined, 1000, 1000, 3000, 3000]);
  });

  it('becomes coarser with time, and never says too much', () => {
    const history = createLsnHistory();
    for (let second = 1; second <= 5000; second++) history.record(second * 1000, BigInt(second));
    for (const lsn of [1n, 777n, 2500n, 4999n]) {
      const covered = history.coveredUntil(lsn) ?? 0;
      expect(covered).toBeLessThanOrEqual(Number(lsn) * 1000);
      expect(covered).toBeGreaterThan(0);
    }
    expect(history.coveredUntil(5000n)).toBe(5_000_000);
  });
});

describe('recent writes', () => {
  it('are needed until every standby has them, whatever the order they are told in', () => {
    const writes = createRecentWrites();
    writes.wrote('ann', 12n);
    writes.wrote('ann', 11n);
    writes.wrote('bob', 15n);
    expect([writes.neededBy('ann'), writes.neededBy('cy')]).toEqual([12n, undefined]);
    writes.forgetBelow(12n);
    expect(writes.neededBy('ann')).toBe(12n);
    writes.forgetBelow(13n);
    expect([writes.neededBy('ann'), writes.neededBy('bob')]).toEqual([undefined, 15n]);
  });

  it('that are too many are needed by everybody', () => {
    const writes = createRecentWrites(2);
    writes.wrote('ann', 20n);
    writes.wrote('bob', 21n);
    writes.wrote('cy', 22n);
    expect(['ann', 'bob', 'dee'].map(writes.neededBy)).toEqual([20n, 21n, 20n]);
    writes.forgetBelow(21n);
    expect(['ann', 'bob', 'dee'].map(writes.neededBy)).toEqual([undefined, 21n, undefined]);
  });
});
