import { describe, expect, it } from 'vitest';
import { logOf, startScript } from './recorded-script.ts';
import { scriptPath } from './script-runs.ts';

async function run(body: string): Promise<string[]> {
  return logOf(scriptPath(`import { randomSeed } from 'k6';\nexport default function () { ${body} }`));
}

describe('globals', () => {
  it('hide what only the host has', async () => {
    const names = ['process', 'Buffer', 'fetch', 'setImmediate', 'Worker', 'WebAssembly'];
    const kinds = await run(
      names.map((name) => `console.log(typeof ${name}, typeof globalThis.${name});`).join(' '),
    );
    expect(kinds).toEqual(names.map(() => 'undefined undefined'));
  });

  it('are found on the global object too', async () => {
    expect(
      await run(`console.log(globalThis.console === console, global === globalThis, globalThis.globalThis === global,
        globalThis.Math === Math, globalThis.Array === Array, typeof globalThis.open, globalThis.crypto === crypto)`),
    ).toEqual(['true true true true true function true']);
  });

  it('that one VU writes are not seen by another', async () => {
    const code = `export default function () { globalThis.mine = (globalThis.mine || 0) + __VU; globalThis.console.log(globalThis.mine); }`;
    const { lines, userNumber } = await startScript(scriptPath(code));
    for (const id of [1, 2]) await (await userNumber(id)).iterate(0, undefined);
    expect(lines).toEqual(['1', '2']);
    expect('mine' in globalThis).toBe(false);
  });

  it('give way to names that the script declares', async () => {
    const code = `import crypto from 'k6/crypto'; const process = { env: 1 }; let Math = 5;
      export default function () { const open = 'closed'; console.log(crypto.md5('', 'hex'), process.env, Math, open); }`;
    expect(await logOf(scriptPath(code))).toEqual(['d41d8cd98f00b204e9800998ecf8427e 1 5 closed']);
  });

  it('have the rest of Math', async () => {
    expect(await run('console.log(Math.max(1, 2), Math.PI > 3, String(Math), Math.random() < 1)')).toEqual([
      '2 true [object Math] true',
    ]);
  });
});

describe('randomSeed', () => {
  const draw = `const numbers = () => [Math.random(), Math.random()];
    export default function () { if (__VU < 3) randomSeed(7); console.log(JSON.stringify(numbers())); }`;

  it('makes Math.random the same for the VUs that call it, and only for them', async () => {
    const code = `import { randomSeed } from 'k6'; ${draw}`;
    const { lines, userNumber } = await startScript(scriptPath(code));
    for (const id of [1, 2, 3]) await (await userNumber(id)).iterate(0, undefined);
    expect(lines[1]).toBe(lines[0]);
    expect(lines[2]).not.toBe(lines[0]);
  });
});
