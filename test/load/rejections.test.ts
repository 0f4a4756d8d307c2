import { describe, expect, it } from 'vitest';
import { watchRejections } from '../../src/load/rejections.ts';
import { logOf, startScript } from './recorded-script.ts';
import { scriptPath } from './script-runs.ts';

/** The lines without the places in the stack. */
const heads = (lines: string[]) => lines.map((line) => line.split('\n')[0]);
const uncaught = (what: string) => `error: Uncaught (in promise) ${what}`;
const stopped = (id: number) =>
  `warning: setTimeout ${id} was stopped because the VU iteration was interrupted`;

describe('a rejection that nothing in the script handles', () => {
  it.each([
    ['Promise.reject(new Error("a")); console.log("on");', ['on', stopped(1), uncaught('Error: a')]],
    ['return Promise.reject({ a: 1 });', [stopped(1), uncaught('[object Object]')]],
    ['Promise.reject(undefined); Promise.reject(null);', [stopped(1), uncaught('undefined')]],
    ['setTimeout(() => { Promise.reject("late"); }, 1);', [stopped(1), uncaught('late')]],
    [
      'const p = Promise.reject(new Error("a")); setTimeout(() => p.catch(() => 0), 1);',
      [stopped(2), stopped(1), uncaught('Error: a')],
    ],
    ['const p = Promise.reject(1); p.catch(() => console.log("caught"));', ['caught', 'later']],
    ['Promise.reject(1).then(() => 0, () => console.log("caught"));', ['caught', 'later']],
  ])('%s', async (body, lines) => {
    const code = `export default function () { setTimeout(() => console.log('later'), 40); ${body} }`;
    expect(heads(await logOf(scriptPath(code)))).toEqual(lines);
  });

  it('ends an async iteration like its own', async () => {
    const code = `export default async function () { setTimeout(() => console.log('later'), 40); await null; throw new TypeError('t'); }`;
    expect(heads(await logOf(scriptPath(code)))).toEqual([stopped(1), uncaught('TypeError: t')]);
  });

  it('is none while the script, which is blocked, has not come to its handler', async () => {
    const code = `import { sleep } from 'k6';
      export default function () { const p = Promise.reject(new Error('a')); sleep(0.02); p.catch((e) => console.log('caught', e)); }`;
    expect(await logOf(scriptPath(code))).toEqual(['caught Error: a']);
  });

  it('is named after what is thrown when the script is not asynchronous', async () => {
    const code = `import { sleep } from 'k6'; export default function () { sleep(0.001); throw new Error('plain'); }`;
    expect(heads(await logOf(scriptPath(code)))).toEqual(['error: Error: plain']);
  });

  it('fails the iteration of its own VU only', async () => {
    const code = `export default async function () {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (__VU === 2) Promise.reject(new Error('of ' + __VU));
      await new Promise((resolve) => setTimeout(resolve, 5));
      console.log('end of', __VU);
    }`;
    const forget = watchRejections();
    try {
      const { lines, userNumber } = await startScript(scriptPath(code));
      const users = await Promise.all([1, 2, 3].map(userNumber));
      await Promise.all(users.map((user) => user.iterate(0, undefined)));
      expect(heads(lines).sort()).toEqual(
        ['end of 1', 'end of 3', uncaught('Error: of 2'), stopped(2)].sort(),
      );
    } finally {
      forget();
    }
  });

  it.each([
    ['Promise.reject(new Error("a")); export default function () {}', 'Uncaught (in promise) Error: a'],
    ['throw new Error("a"); export default function () {}', 'Error: a'],
  ])('ends the initialisation: %s', async (code, message) => {
    const forget = watchRejections();
    try {
      await expect(startScript(scriptPath(code))).rejects.toMatchObject({
        code: message.startsWith('Uncaught') ? 'SCRIPT_OTHER' : 'SCRIPT',
        message: expect.stringContaining(message),
      });
    } finally {
      forget();
    }
  });
});
