import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linesOf, syntheticRun } from '../planners/synthetic.ts';
import { Folder, fxscale } from './fxscale.ts';
import { inProcess } from './in-process.ts';

/**
 * The table of bad inputs. Each is answered with one line on stderr that names the thing, what is wrong with it and what
 * would be right, with nothing on stdout, and with exit code 2, or 4 for what does not answer.
 */

type BadInput = [args: string, answer: RegExp];

const folder = new Folder();
afterAll(() => folder.remove());

const hpa = (least: number, most: number) => `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: api }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: api }
  minReplicas: ${least}
  maxReplicas: ${most}
  metrics:
    - type: Resource
      resource: { name: cpu, target: { type: Utilization, averageUtilization: 60 } }
`;

function withoutRequests(line: string): string {
  const { row } = JSON.parse(line) as { row: object };
  return `${JSON.stringify({ row: { ...row, classes: {} } })}\n`;
}

beforeAll(() => {
  const [header = '', ...rows] = linesOf(syntheticRun());
  const whole = [header, ...rows].join('');
  const files = {
    'run.ndjson': whole,
    'newer.ndjson': whole.replace('fxscale.run/1', 'fxscale.run/9'),
    'zeros.ndjson':
      header +
      rows
        .filter((line) => line.startsWith('{"row"'))
        .map(withoutRequests)
        .join(''),
    'header.ndjson': header,
    'cut.ndjson': header.slice(0, 40),
    'two.ndjson': header + header,
    'bytes.ndjson': '\u0000\u0001\n',
    'empty.ndjson': '',
    'plan.json': '{\n  "schema": "fxscale.plan/1"\n}\n',
    'newer.json': '{"schema":"fxscale.plan/2"}',
    'half.json': '{"schema":"fxscale.plan/1","inputs":{',
    'hpa.yaml': hpa(2, 10),
    'upside.yaml': hpa(20, 10),
    'other.yaml': 'apiVersion: v1\nkind: Service\nmetadata: { name: api }\n',
    'gap.csv': 'time,rate\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,\n',
    'twice.csv': 'time,rate\n60,1\n60,2\n',
    'back.csv': 'time,rate\n120,1\n60,2\n',
    'header.csv': 'when,load\n60,1\n120,2\n',
    'below.csv': 'time,rate\n60,1\n120,-2\n',
    'words.csv': 'time,rate\n60,1\nsoon,2\n',
    'one.csv': 'time,rate\n60,1\n',
    'half.csv.json': '[{"time": 1',
    'object.json': '{"a": 1}',
    'typo.yaml': 'pek: 12000/s\n',
    'tab.yaml': 'replica:\n\tcpu: 1\n',
    'number.yaml': 'peak: 12000\n',
    'list.yaml': '- peak\n',
    'twice.yaml': 'seed: 1\nseed: 2\n',
    'slo.yaml': 'declared: { rps: 5, latency: 10ms }\nslo: p101=250ms\n',
    'event.yaml': 'declared: { rps: 5 }\nevents: nfp:0.5:60s:30m\n',
    'secret.yaml': `collect: "postgres://fx:\${NOT_THERE}@db/fx"\n`,
    'date.prices.yaml': 'asOf: soon\n',
    'words.prices.yaml': 'asOf: 2026-11-01\ncompute: { perCoreHour: cheap }\n',
    'taken.txt': 'a file',
  };
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  mkdirSync(path.join(folder.path, 'folder'));
});

const plan: BadInput[] = [
  ['', /needs a run file, or declared figures: --rps, --trades-per-day or --peak-connections/],
  ['--peak -3/s', /--peak .*"-3\/s" is not a rate: .*12000\/s/],
  ['--peak 0/s', /--peak .*must be above zero/],
  ['--peak 12k', /--peak .*"12k" is not a rate: .*12k\/s/],
  ['--peak 9..5..1/s', /--peak .*"9\.\.5\.\.1\/s" is not a range: write lowest\.\.likeliest\.\.highest/],
  ['--peak 5/s --rps 5', /--peak and --rps both state the load: leave one out/],
  ['--rps 0', /--rps .*"0" is not a number above zero: .*1000/],
  ['--rps 1e300', /--rps .*"1e300" is not a number of anything that there is: write 1e15 at most/],
  ['--rps', /--rps <count>' argument missing; see fxscale plan --help/],
  ['--rsp 5', /unknown option '--rsp' \(Did you mean --rps\?\)/],
  ['--rps 5 --latency 10ms --slo p101=250ms', /--slo .*"p101=250ms" is not an SLO: write p99=250ms/],
  ['--rps 5 --latency 10ms --slo p99=0ms', /--slo .*the time must be above zero/],
  ['--rps 5 --latency 10ms --slo p99=1s --slo p99=2s', /--slo: one quantile .* two targets: leave one/],
  [
    '--rps 5 --latency 100ms --slo p99=50ms',
    /--slo p99=50ms: .* takes 461ms at the lowest load.*cut its service time/,
  ],
  ['--rps 5 --slo p99=250ms', /--slo: nothing tells how long a request takes; give a run, or --latency/],
  ['--rps 5 --mix quote=1', /--mix: declared figures know no request classes; give a run/],
  ['run.ndjson --mix quote=1 --mix trade=1', /--mix is given twice: leave one out/],
  ['run.ndjson --mix quote=1,quote=2', /--mix .*"quote=1,quote=2" is not a mix: .*quote=70,trade=30/],
  ['run.ndjson --mix quote=0', /--mix .*one share must be above zero/],
  ['--rps 5 --zones 3', /--zones: has an effect only with --availability zone/],
  ['--rps 5 --availability zone --zones 1', /--zones .*"1" is not a count of zones: write 2 or more/],
  ['--rps 5 --availability planet', /--availability .*Allowed choices are replica, zone/],
  ['--rps 5 --event nfp:0.5:60s:30m', /--event .*the multiplier is of the peak, so it is 1 or more/],
  ['--rps 5 --event nfp:3', /--event .*"nfp:3" is not an event: write NAME:MULTIPLIER:RISE:DECAY/],
  ['--rps 5 --event nfp:3:60:30m', /--event .*"60" is not a duration: write for example 500ms/],
  ['--rps 5 --horizon 0mo', /--horizon .*"0mo" is not a horizon: write for example 12mo or 2y/],
  ['--rps 5 --growth -200%/y', /--growth .*"-200%\/y" is not a growth: write for example 20%\/y/],
  ['--rps 5 --growth 20%', /--growth .*"20%" is not a growth: write for example 20%\/y/],
  ['--rps 5 --confidence 100%', /--confidence .*"100%" is not a confidence: write 50% up to 99.9%/],
  ['--rps 5 --confidence 95', /--confidence .*"95" is not a percentage: .*95%/],
  ['--rps 5 --replica-cpu 0.5m', /--replica-cpu: 0.0005 cores is too little .* half a core is 500m/],
  ['--rps 5 --replica-memory 1', /--replica-memory: 1 bytes is too little .* is 512Mi/],
  ['--rps 5 --startup 20', /--startup .*"20" is not a duration: write for example 500ms, 30s/],
  ['--rps 5 --seed 1.5', /--seed .*"1.5" is not a seed: write a whole number/],
  ['--users 5', /needs a run file, or declared figures/],
  ['--rps 5 --avg-trade-kb 2', /--avg-trade-kb: how many of them\? add --trades-per-day/],
  [
    '--rps 5 --storage-gb 5',
    /--storage-gb and --volume-gb: nothing tells how it grows; add --trades-per-day/,
  ],
  ['--peak-connections 0', /--peak-connections .*"0" is not a number above zero/],
  [
    '--rps 5 --json --format markdown',
    /--json and --format markdown ask for different outputs: leave one out/,
  ],
  ['--rps 5 --format html', /--format .*Allowed choices are terminal, json, markdown/],
  ['--rps 5 --out taken.txt', /taken\.txt cannot be written: .*give a folder that may be written to/],
  [
    'newer.ndjson',
    /newer\.ndjson:1 is not a fxscale\.run\/1 run file: run\.schema: .*give one that fxscale run saved/,
  ],
  ['plan.json', /plan\.json is not a fxscale\.run\/1 run file: it is a fxscale\.plan\/1; give one/],
  ['empty.ndjson', /empty\.ndjson is not a .* run file: it is empty; give one/],
  ['cut.ndjson', /cut\.ndjson is not a .* run file: it holds no complete line; give one/],
  ['two.ndjson', /two\.ndjson:2 is not a .* run file: another run begins here: one file each/],
  ['bytes.ndjson', /bytes\.ndjson:1 is not a .* run file: this line is not JSON; give one/],
  ['zeros.ndjson', /run synthetic-1: no request was completed in it; give one with load/],
  ['header.ndjson', /run synthetic-1: no request was completed in it; give one with load/],
  ['folder', /folder cannot be read: it is a folder; give the file of a run/],
  ['missing.ndjson', /missing\.ndjson cannot be read: there is no such file; give the file of a run/],
  ['run.ndjson run.ndjson', /run synthetic-1 is given twice, and would count as two: leave one out/],
  [
    '--config missing.yaml',
    /missing\.yaml cannot be read: .*name a config, or none; fxscale init writes one/,
  ],
  ['--config typo.yaml', /typo\.yaml:1:1: there is no key pek: did you mean peak\?/],
  ['--config tab.yaml', /tab\.yaml:2:1: a tab cannot indent: write spaces/],
  ['--config number.yaml', /number\.yaml:1:7: peak: "12000" is not a rate: write for example 12000\/s/],
  ['--config list.yaml', /list\.yaml:1:1: this is no list of keys: write for example peak/],
  ['--config twice.yaml', /twice\.yaml:2:1: this key is here twice: leave one out/],
  ['--config slo.yaml', /slo\.yaml:2:6: slo: "p101=250ms" is not an SLO: write for example/],
  ['--config event.yaml', /event\.yaml:2:9: events: .*the multiplier is of the peak, so it is 1 or more/],
  ['diff plan.json', /missing required argument 'after'; see fxscale plan --help/],
  [
    'diff plan.json plan.json',
    /plan\.json is no whole plan: inputs: .*give the plan\.json of fxscale plan --out/,
  ],
  [
    'diff newer.json plan.json',
    /newer\.json: this is not a plan: it has the schema fxscale\.plan\/2, not fxscale\.plan\/1: give/,
  ],
  ['diff half.json plan.json', /half\.json: this is not a plan .*give the plan\.json of fxscale plan --out/],
  [
    'diff run.ndjson plan.json',
    /run\.ndjson is a run, and not a plan: make one of it with fxscale plan run\.ndjson/,
  ],
];

const world = '--capacity 100/s --cpu-per-request 4ms --days 0.01';
const simulate: BadInput[] = [
  ['', /missing required argument 'hpa'; see fxscale simulate --help/],
  [`hpa.yaml ${world}`, /--traffic is missing: name a preset .*a CSV or JSON file/],
  [`hpa.yaml ${world} --traffic flat`, /a preset is only a shape: give its --mean or its --peak/],
  [
    `hpa.yaml ${world} --traffic flat --mean 5/s --peak 3/s`,
    /--mean and --peak both size the traffic: leave one/,
  ],
  ['hpa.yaml --traffic flat --mean 5/s', /--capacity is missing: .*or give --run or --plan/],
  [
    'hpa.yaml --traffic flat --mean 5/s --run a --plan b',
    /--run and --plan both say what a pod can do: leave one/,
  ],
  ['hpa.yaml --traffic flat --mean 5/s --plan plan.json', /plan\.json is no whole plan: inputs/],
  [`hpa.yaml ${world} --traffic gap.csv`, /gap\.csv:3:2: "" is not a rate: write requests per second/],
  [`hpa.yaml ${world} --traffic twice.csv`, /twice\.csv:3:2: it has the time of the one before it/],
  [`hpa.yaml ${world} --traffic back.csv`, /back\.csv:3:2: it comes before the one before it/],
  [
    `hpa.yaml ${world} --traffic header.csv`,
    /header\.csv:1: the header has no column time: it must name time and rate/,
  ],
  [`hpa.yaml ${world} --traffic below.csv`, /below\.csv:3:2: its rate -2 is not zero or more/],
  [`hpa.yaml ${world} --traffic words.csv`, /words\.csv:3:1: "soon" is not a time: write seconds since 1970/],
  [`hpa.yaml ${world} --traffic one.csv`, /one\.csv: a history needs at least two points/],
  [`hpa.yaml ${world} --traffic half.csv.json`, /half\.csv\.json: this is not JSON/],
  [`hpa.yaml ${world} --traffic object.json`, /object\.json: it must be an array of \{"time", "rate"\}/],
  [`hpa.yaml ${world} --traffic missing.csv`, /missing\.csv: .*: name a CSV or JSON file, .*or one of flat/],
  [
    `upside.yaml ${world} --traffic flat --mean 5/s`,
    /upside\.yaml:7: spec\.maxReplicas: is 10: must be minReplicas, 20/,
  ],
  [
    `other.yaml ${world} --traffic flat --mean 5/s`,
    /other\.yaml:2: kind: is "Service", and there is no HorizontalPodAutoscaler/,
  ],
  [
    `hpa.yaml ${world} --traffic flat --mean 5/s --k8s 1.2`,
    /--k8s .*"1\.2" is not a Kubernetes release .*for example 1\.33/,
  ],
  [
    `hpa.yaml ${world} --traffic flat --mean 5/s --event nfp:3:1s:1s`,
    /--event .*write NAME:MULTIPLIER:RISE:DECAY@TIME/,
  ],
  [
    `hpa.yaml ${world} --traffic flat --mean 5/s --start monday`,
    /--start .*"monday" is not a date: write for example/,
  ],
  [
    `hpa.yaml ${world} --traffic flat --from-prometheus http://a`,
    /--traffic and --from-prometheus both say what the load is/,
  ],
];

const others: BadInput[] = [
  ['paln', /unknown command 'paln' \(Did you mean plan\?\)/],
  ['model plan.json', /plan\.json is not a fxscale\.run\/1 run file: it is a fxscale\.plan\/1; give one/],
  ['traffic missing.csv', /traffic missing\.csv: .*name a CSV or JSON file/],
  ['traffic twice.csv', /twice\.csv:3:2: it has the time of the one before it/],
  ['traffic flat --mean 5/s --peak 3/s', /--mean and --peak both size the traffic: leave one out/],
  ['rightsize', /missing required argument 'url'; see fxscale rightsize --help/],
  ['init --dir taken.txt', /taken\.txt cannot be written: .*give a folder that may be written to/],
  ['doctor --seconds 0', /--seconds .*"0" is not a count: write a whole number of 1 or more/],
  [
    'doctor --no-calibrate --config secret.yaml',
    /secret\.yaml:1:10: collect: \$\{NOT_THERE\} is not in the environment: export/,
  ],
  ['probe nourl', /nourl is not a URL to load: write for example http/],
  ['probe http://192.0.2.1/', /192\.0\.2\.1 is not this machine: .*--allow-host 192\.0\.2\.1/],
];

const table = [
  ...plan.map(([args, answer]): BadInput => [`plan ${args}`.trim(), answer]),
  ...simulate.map(([args, answer]): BadInput => [`simulate ${args}`.trim(), answer]),
  ...others,
];

describe('a bad input', () => {
  it.each(table)('is answered in one line: fxscale %s', async (args, answer) => {
    const { code, stdout, stderr } = await inProcess(args.split(' '), folder.path);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^fxscale: [^\n]+\n$/);
    expect(stderr).toMatch(answer);
  });

  it('has exit code 4 when it is an address where nobody answers', async () => {
    const args = `simulate hpa.yaml ${world} --from-prometheus http://127.0.0.1:1`;
    const { code, stderr } = await inProcess(args.split(' '), folder.path);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^fxscale: --from-prometheus, [^\n]+ECONNREFUSED 127\.0\.0\.1:1\n$/);
  });

  it('is answered the same by the binary', async () => {
    const inside = await inProcess(['plan', '--config', 'typo.yaml'], folder.path);
    expect(await fxscale(['plan', '--config', 'typo.yaml'], { cwd: folder.path })).toEqual(inside);
  });

  it('is in the table often enough', () => {
    expect(table.length).toBeGreaterThanOrEqual(40);
  });
});
