import { describe, expect, it } from 'vitest';
import { logOf, startScript } from './recorded-script.ts';
import { scriptPath } from './script-runs.ts';

const script = (body: string) => scriptPath(`import exec from 'k6/execution';\n${body}`);

describe('exec.test.abort', () => {
  it('stops the run with the place of the call, and the script hears no more of itself', async () => {
    const file = script(`export default function () {
      try { exec.test.abort('enough'); } catch (error) { console.log('caught', error); }
      console.log('after');
    }`);
    const [line, ...more] = await logOf(file);
    expect(line).toMatch(/^stop: test aborted: enough at default \(file:\/\/.*\/main\.js:3:\d+\)$/);
    expect(more).toEqual([]);
  });

  it('counts the iteration as interrupted', async () => {
    const { session, userNumber } = await startScript(script('export default () => exec.test.abort();'));
    await (await userNumber(1)).iterate(0, undefined);
    expect([session.counts.completed, session.counts.interrupted]).toEqual([0, 1]);
  });

  it('ends the initialisation', async () => {
    await expect(
      startScript(script('exec.test.abort("early"); export default function () {}')),
    ).rejects.toMatchObject({
      code: 'SCRIPT_ABORTED',
      message: expect.stringContaining('aborted: early at file:'),
    });
  });
});

describe('exec.test.fail', () => {
  it('marks the run, and is not for the init context', async () => {
    const { session, lines, userNumber } = await startScript(
      script(`try { exec.test.fail('a'); } catch (error) { console.log(String(error)); }
        export default function () { exec.test.fail('b'); }`),
    );
    expect(session.markedFailed).toBe(false);
    await (await userNumber(1)).iterate(0, undefined);
    expect(session.markedFailed).toBe(true);
    expect(lines).toEqual([
      'GoError: execution.test.fail() called outside of VU context',
      'GoError: execution.test.fail() called outside of VU context',
      'error: test marked as failed: b',
    ]);
  });
});

describe('exec.vu.tags', () => {
  it('stay for the later iterations of the scenario, until they are deleted', async () => {
    const { lines, userNumber } = await startScript(
      script(`export default function () {
        console.log(exec.vu.tags.mine, exec.vu.metrics.tags.mine);
        if (__ITER === 0) exec.vu.tags.mine = 'x';
        if (__ITER === 1) delete exec.vu.tags.mine;
      }`),
    );
    const user = await userNumber(1);
    for (let index = 0; index < 3; index++) await user.iterate(index, undefined);
    expect(lines).toEqual(['undefined undefined', 'x x', 'undefined undefined']);
  });
});
