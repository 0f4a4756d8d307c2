import { describe, expect, it } from 'vitest';
import { renderK6Summary } from '../../src/report/k6-summary.ts';
import { read, recorded, replayed } from '../replay.ts';

describe('--summary-mode full', () => {
  it.each(Object.keys(recorded).filter((name) => name !== 'hs'))('prints what k6 prints: %s', (name) => {
    expect(renderK6Summary(replayed(name, true).summary, { color: false, mode: 'full' })).toBe(
      read(`${name}.out`),
    );
  });

  it('colours what k6 colours', () => {
    const text = renderK6Summary(replayed('deep2', true).summary, { color: true, mode: 'full' });
    expect(text).toContain('  █ \u001b[1mSCENARIO: s0\u001b[0m \n');
    expect(text).toContain('\n      ↳ \u001b[1mGROUP: l2\u001b[0m \n');
    expect(text).toContain('\n          \u001b[31m↳  0% — ✓ 0 / ✗ 1\u001b[0m\n');
  });
});

it('leaves parts and details out of the compact summary, whether or not they were counted', () => {
  const compact = renderK6Summary(replayed('all', true).summary, { color: false });
  expect(compact).toBe(renderK6Summary(replayed('all', false).summary, { color: false }));
  expect(compact).not.toMatch(/SCENARIO|GROUP:|http_req_waiting/);
});
