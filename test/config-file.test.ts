import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { program } from '../src/cli.ts';
import { originsOf } from '../src/config-file.ts';
import { Folder } from './cli/fxscale.ts';

const folder = new Folder();
afterAll(() => folder.remove());
const file = path.join(folder.path, 'fxscale.yaml');

afterEach(() => {
  delete process.env.FXSCALE_CONFIG;
  delete process.env.TEST_PASSWORD;
});

/** What a command would be run with, and where that came from. */
async function told(config: string, words: string[]) {
  writeFileSync(file, config);
  process.env.FXSCALE_CONFIG = file;
  const root = await program(words[0]);
  let command = root.commands.find((each) => each.name() === words[0]);
  command = command?.commands.find((each) => each.name() === words[1]) ?? command;
  if (command === undefined) throw new Error(`no command ${words[0]}`);
  let options: Record<string, unknown> = {};
  command.action(() => {
    options = command.opts();
  });
  await root.parseAsync(['node', 'fxscale', ...words]);
  return { options, origins: originsOf(command) };
}

describe('what a command is told', () => {
  it('is said by flags, then by fxscale.yaml, then by defaults', async () => {
    const config = 'growth: 20%/y\nhorizon: 6mo\nslo: [p99=1s, trade:p95=2s]\n';
    const { options, origins } = await told(config, ['plan', '--horizon', '24mo', '--rps', '5']);
    expect(options).toMatchObject({
      growth: 0.2,
      horizon: 24,
      rps: 5,
      slo: [
        { quantile: 0.99, seconds: 1 },
        { class: 'trade', quantile: 0.95, seconds: 2 },
      ],
      event: [],
    });
    expect(origins).toEqual({
      growth: `${file}:1:9`,
      horizon: 'flag',
      rps: 'flag',
      slo: `${file}:3:6`,
    });
    expect((await told(config, ['plan', '--slo', 'p50=1ms'])).options.slo).toEqual([
      { quantile: 0.5, seconds: 0.001 },
    ]);
  });

  it('leaves out of the file what a flag has made void', async () => {
    const config = 'peak: 9/s\navailability: zone\nzones: 4\n';
    expect((await told(config, ['plan'])).options).toMatchObject({ peak: 9, availability: 'zone', zones: 4 });
    expect((await told(config, ['plan', '--rps', '5'])).options.peak).toBeUndefined();
    expect((await told(config, ['simulate', 'hpa.yaml'])).options.peak).toBe(9);
    // What was recorded is not made larger or smaller unless that is asked for.
    expect((await told(config, ['simulate', 'a', '--traffic', 'a.csv'])).options.peak).toBeUndefined();
    expect((await told(config, ['plan', '--availability', 'zone'])).options.zones).toBe(4);
    expect((await told(config, ['plan', '--availability', 'replica'])).options.zones).toBeUndefined();
  });

  it('is for each command what that can use', async () => {
    const config = `
slo: [trade:p95=2s, p99=1s, p50=3s]
events: [nfp:3:60s:30m, "ecb:2:1m:1h@4d12h"]
replica: { cpu: 250m, startup: 9s }
traffic: flat
simulate: false
`;
    const simulated = { slo: { quantile: 0.99, seconds: 1 }, replicaCpu: 0.25, startup: 9, traffic: 'flat' };
    for (const words of [
      ['simulate', 'hpa.yaml'],
      ['simulate', 'tune'],
    ]) {
      const { options } = await told(config, words);
      expect(options).toMatchObject(simulated);
      expect(options.event).toMatchObject([{ name: 'ecb', multiplier: 2, moment: { after: 4.5 * 86_400 } }]);
    }
    // A plan or a run that is named is nearer than what the file says of replicas in general.
    const withPlan = (await told(config, ['simulate', 'hpa.yaml', '--plan', 'plan.json'])).options;
    expect(withPlan.replicaCpu).toBeUndefined();
    expect(withPlan.startup).toBe(9);

    const planned = (await told(config, ['plan', 'run.ndjson'])).options;
    expect(planned).toMatchObject({ simulate: false, replicaCpu: 0.25, startup: 9 });
    expect(planned.event).toMatchObject([{ name: 'nfp' }, { name: 'ecb', multiplier: 2 }]);
  });

  it('joins the hosts that load may go to, and replaces what is read', async () => {
    process.env.TEST_PASSWORD = 's3cret';
    const config = `allowHosts: [a.example, b.example]\ncollect: "redis://x:\${TEST_PASSWORD}@db:6379"\n`;
    const both = await told(config, ['run', 'script.js', '--allow-host', 'c.example', '-u', '3']);
    expect(both.options).toMatchObject({
      allowHost: ['c.example', 'a.example', 'b.example'],
      collect: ['redis://x:s3cret@db:6379'],
    });
    const { options } = await told(config, ['run', 'script.js', '--collect', 'pid:1']);
    expect(options).toMatchObject({ allowHost: ['a.example', 'b.example'], collect: ['pid:1'] });
    expect((await told(config, ['probe', 'http://a.example/'])).options.allowHost).toEqual([
      'a.example',
      'b.example',
    ]);
  });

  it('is said by the environment before the file, where a command asks that', async () => {
    const config = 'platform: { redis: "redis://127.0.0.1:1" }\n';
    expect((await told(config, ['serve'])).options.redis).toBe('redis://127.0.0.1:1');
    process.env.REDIS_URL = 'redis://127.0.0.1:2';
    expect((await told(config, ['serve'])).options.redis).toBeUndefined();
    process.env.REDIS_URL = '';
  });

  it('comes from no file when that is said', async () => {
    expect((await told('peak: 5/s\n', ['plan', '--config', 'none'])).origins).toEqual({ config: 'flag' });
    // k6 has a --config, and it is k6's.
    const { options } = await told('workers: 3\n', ['run', 'script.js', '--config', 'k6.json']);
    expect(options).toMatchObject({ config: 'k6.json', workers: 3 });
  });
});
