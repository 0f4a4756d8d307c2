import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

/**
 * Who may import whom, row by row: what a room may import besides itself. `type x` allows only `import type`;
 * `node:` a Node module, `npm:name` one package, `npm:*` any package but those that belong to one room alone.
 */
const base = ['src/run.ts', 'src/units.ts', 'src/errors.ts', 'src/models/'];
const plan = ['type src/planners/', 'type src/run.ts', 'src/units.ts'];
const outermost = [
  ...base,
  'src/planners/',
  'src/collect/',
  'src/load/',
  'src/emit/',
  'src/report/',
  'node:',
];
const rooms: Record<string, string[]> = {
  'src/models/': [],
  'src/errors.ts': base,
  'src/units.ts': base,
  'src/run.ts': [...base, 'npm:zod'],
  'src/config-kinds.ts': ['npm:zod'],
  'src/config-key.ts': ['type src/config-kinds.ts'],
  'src/config-keys-database.ts': ['src/config-key.ts', 'src/config-kinds.ts'],
  'src/config-keys-declared.ts': ['src/config-key.ts', 'src/config-kinds.ts'],
  'src/config-keys-manifests.ts': ['src/config-key.ts', 'src/config-kinds.ts'],
  'src/config-keys-streams.ts': ['src/config-key.ts', 'src/config-kinds.ts'],
  'src/config-keys.ts': [
    'src/config-key.ts',
    'src/config-keys-database.ts',
    'src/config-keys-declared.ts',
    'src/config-keys-manifests.ts',
    'src/config-keys-streams.ts',
    'src/config-kinds.ts',
  ],
  'src/config.ts': [...base, 'src/config-keys.ts', 'type src/config-key.ts', 'npm:zod', 'npm:yaml'],
  'src/config-file.ts': [...base, 'src/config.ts', 'node:', 'type npm:commander'],
  'src/plan-file.ts': [...base, 'src/planners/types.ts', 'node:', 'npm:zod'],
  'src/starter-config.ts': ['src/config-keys.ts'],
  'src/starter.ts': [
    ...base,
    'src/config-file.ts',
    'src/own-package.ts',
    'src/starter-config.ts',
    'src/whole-files.ts',
    'node:',
  ],
  'src/whole-files.ts': [...base, 'src/folder.ts', 'node:'],
  'src/flag.ts': [...base, 'npm:commander'],
  'src/folder.ts': ['node:'],
  'src/store.ts': [...base, 'src/folder.ts', 'node:'],
  'src/planners/': base,
  'src/load/': [...base, 'node:', 'npm:*'],
  'src/collect/': ['src/run.ts', 'src/units.ts', 'src/errors.ts', 'node:', 'npm:*'],
  'src/emit/': ['type src/planners/', 'type src/models/', 'src/models/hpa/quantity.ts', 'src/units.ts'],
  'src/report/': [...plan, 'type src/models/'],
  'src/report/doctor-words.ts': [
    ...plan,
    'type src/doctor/',
    'type src/calibrate.ts',
    'type src/calibration.ts',
  ],
  'src/report/doctor.ts': [...plan, 'src/doctor/check.ts', 'type src/diagnosis.ts', 'src/report/'],
  'src/report/terminal.ts': [...plan, 'type src/models/', 'src/report/', 'npm:chalk', 'npm:cli-table3'],
  'src/doctor/': ['src/errors.ts', 'node:'],
  'src/own-package.ts': ['node:'],
  'src/loopback.ts': ['src/errors.ts', 'node:'],
  'src/calibrate.ts': [...base, 'type src/calibration.ts', 'src/load/', 'src/loopback.ts', 'node:'],
  'src/calibration.ts': [...base, 'src/doctor/', 'src/folder.ts', 'src/own-package.ts', 'node:', 'npm:zod'],
  'src/source-checks.ts': [...base, 'src/collect/', 'src/doctor/', 'src/load/masking.ts', 'src/recording.ts'],
  'src/diagnosis.ts': [
    ...base,
    'src/doctor/',
    'src/calibrate.ts',
    'src/calibration.ts',
    'src/own-package.ts',
    'src/source-checks.ts',
    'node:',
  ],
  'src/platform-settings.ts': base,
  'src/demo-token.ts': ['node:'],
  'src/platform.ts': [
    ...base,
    'type src/planners/',
    'src/emit/',
    'src/report/',
    'src/platform-settings.ts',
    'node:',
  ],
  'src/artifacts.ts': [
    ...base,
    'type src/planners/',
    'type src/emit/',
    'src/report/',
    'src/folder.ts',
    'src/manifest-files.ts',
    'src/own-package.ts',
    'src/whole-files.ts',
    'node:',
  ],
  'src/manifest-files.ts': [...base, 'type src/planners/', 'src/emit/', 'npm:yaml'],
  'src/plan-flags-manifests.ts': [...base, 'src/emit/', 'src/flag.ts', 'npm:commander'],
  'src/hpa-traces.ts': [...base, 'npm:zod'],
  'src/hpa-replay.ts': [...base, 'type src/hpa-traces.ts'],
  'src/text-lines.ts': [...base, 'node:'],
  'src/prometheus-rates.ts': [...base, 'src/collect/prometheus-api.ts'],
  'src/recorded-workload.ts': [...base, 'src/collect/prometheus-api.ts', 'src/prometheus-rates.ts'],
  'src/recorded-traffic.ts': [
    ...base,
    'src/collect/collector.ts',
    'src/collect/prometheus-api.ts',
    'src/prometheus-rates.ts',
    'src/traffic-files.ts',
  ],
  'src/traffic-source.ts': [...base, 'src/recorded-traffic.ts', 'src/traffic-files.ts'],
  'src/traffic-report.ts': [
    ...base,
    'src/planners/',
    'type src/report/',
    'src/simulate-flags.ts',
    'src/traffic-source.ts',
  ],
  'src/holiday-flag.ts': [...base, 'src/planners/', 'src/flag.ts', 'npm:commander'],
  'src/traffic-files.ts': [...base, 'src/load/modules/csv-records.ts', 'node:'],
  'src/plan-flags-streams.ts': [...base, 'src/planners/', 'src/flag.ts', 'npm:commander'],
  'src/simulate-flags.ts': [
    ...base,
    'src/planners/',
    'src/flag.ts',
    'src/holiday-flag.ts',
    'src/traffic-files.ts',
    'npm:commander',
  ],
  'src/plan-flags-database.ts': [...base, 'src/planners/', 'src/flag.ts', 'npm:commander'],
  'src/price-file.ts': [...base, 'src/planners/', 'node:', 'npm:yaml'],
  'src/plan-traffic.ts': [
    ...base,
    'src/planners/',
    'src/holiday-flag.ts',
    'src/traffic-source.ts',
    'npm:commander',
  ],
  'src/plan-flags-service.ts': [...base, 'src/planners/', 'src/flag.ts', 'npm:commander'],
  'src/simulation-inputs.ts': [
    ...base,
    'src/planners/',
    'src/manifests.ts',
    'src/plan-file.ts',
    'src/recorded-workload.ts',
    'src/simulate-flags.ts',
    'src/store.ts',
    'src/traffic-source.ts',
    'node:',
  ],
  'src/tune-worker.ts': [...base, 'type src/planners/', 'node:'],
  'src/tune.ts': [...base, 'src/planners/', 'type src/tune-worker.ts', 'src/tune-worker.js', 'node:'],
  'src/tune-hpas.ts': [
    ...base,
    'src/planners/',
    'src/emit/',
    'type src/report/',
    'type src/simulation-inputs.ts',
    'src/tune.ts',
    'node:',
    'npm:yaml',
  ],
  'src/simulate-all.ts': [...base, 'src/planners/', 'type src/report/', 'type src/simulation-inputs.ts'],
  'src/rightsize-flags.ts': [
    ...base,
    'type src/planners/',
    'src/collect/prometheus-api.ts',
    'src/traffic-files.ts',
  ],
  'src/rightsizing-history.ts': [...base, 'type src/planners/', 'src/collect/'],
  'src/rightsizing.ts': [
    ...base,
    'src/planners/',
    'src/collect/',
    'src/rightsize-flags.ts',
    'src/rightsizing-history.ts',
  ],
  'src/patch-files.ts': [...base, 'type src/planners/', 'src/emit/', 'src/whole-files.ts', 'npm:yaml'],
  'src/manifests.ts': [...base, 'npm:yaml'],
  'src/interrupt.ts': base,
  'src/run-flags.ts': [...base, 'npm:commander'],
  'src/run-settings.ts': [...base, 'src/run-flags.ts', 'src/load/', 'node:'],
  'src/run-log.ts': [...base, 'src/load/', 'src/report/', 'node:'],
  'src/summary-files.ts': [...base, 'type src/load/', 'node:'],
  'src/sample-files.ts': [...base, 'type src/load/', 'node:'],
  'src/measure.ts': [
    ...base,
    'src/load/',
    'src/calibration.ts',
    'src/recording.ts',
    'src/sample-files.ts',
    'src/store.ts',
    'node:',
  ],
  'src/recording.ts': [...base, 'src/collect/', 'src/load/', 'src/own-package.ts', 'src/store.ts', 'node:'],
  'src/measure-k6.ts': [...base, 'src/load/', 'src/store.ts', 'src/recording.ts', 'node:'],
  'src/other-engines.ts': [
    ...base,
    'src/load/',
    'src/interrupt.ts',
    'src/measure-k6.ts',
    'src/store.ts',
    'node:',
    'type npm:commander',
    'npm:yaml',
  ],
  'src/progress.ts': [...base, 'src/load/', 'src/planners/', 'src/measure.ts', 'src/report/'],
  'src/commands/': [...outermost, 'top level', 'npm:commander', 'npm:yaml'],
  'src/cli.ts': [
    ...base,
    'src/commands/',
    'src/load/masking.ts',
    'src/config-file.ts',
    'src/own-package.ts',
    'npm:commander',
  ],
  'server/': ['node:', 'npm:*'],
};
const oneRoomOnly = new Set(['commander', 'chalk', 'cli-table3']);
/** Rooms without a clock, chance, or anything to print to. */
const pure = ['src/models/', 'src/planners/', 'src/emit/', 'src/report/'];
const impure =
  /\b(?:Math\.random|Date\.now|new Date\(\)|performance\.now|process\.\w+|console\.\w+|set(?:Timeout|Interval|Immediate)\()/;
const LONGEST = 300;

type Import = { file: string; target: string; typeOnly: boolean };

const root = path.join(import.meta.dirname, '..');
const files = ['src', 'server'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?[jt]s$/.test(name))
    .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/'))),
);
const text = new Map(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));

/** Static, dynamic and re-exporting imports, and the modules that workers start from. */
function importsOf(file: string, source: string): Import[] {
  const forms =
    /^(?:import|export)\s+(?<type>type\s)?[^;'"]*?\bfrom\s*['"](?<from>[^'"]+)|^import\s*['"](?<bare>[^'"]+)|\bimport\(\s*['"`](?<dynamic>[^'"`]+)|new URL\(\s*['"`](?<worker>\.[^'"`]+\.[cm]?[jt]s)['"`],\s*import\.meta/gm;
  return [...source.matchAll(forms)].map(({ groups = {} }) => {
    const target = groups.from ?? groups.bare ?? groups.dynamic ?? groups.worker ?? '';
    const relative = target.startsWith('.');
    const resolved = relative ? path.posix.join(path.posix.dirname(file), target) : packageOf(target);
    return { file, target: resolved, typeOnly: groups.type !== undefined };
  });
}

function packageOf(target: string): string {
  if (target.startsWith('node:')) return 'node:';
  return `npm:${target.split('/', target.startsWith('@') ? 2 : 1).join('/')}`;
}

function roomOf(file: string): string | undefined {
  return Object.keys(rooms)
    .filter((room) => file === room || (room.endsWith('/') && file.startsWith(room)))
    .sort((a, b) => b.length - a.length)[0];
}

function isAllowed({ file, target, typeOnly }: Import): boolean {
  const room = roomOf(file) ?? '';
  if (room !== 'src/commands/' && room.endsWith('/') && target.startsWith(room)) return true;
  return (rooms[room] ?? []).some((entry) => {
    const rule = entry.replace(/^type /, '');
    if (rule !== entry && !typeOnly) return false;
    if (rule === 'npm:*') return target.startsWith('npm:') && !oneRoomOnly.has(target.slice(4));
    if (rule === 'top level') return /^src\/[^/]+$/.test(target) && target !== 'src/cli.ts';
    return rule.endsWith('/') ? target.startsWith(rule) : target === rule;
  });
}

const imports = [...text].flatMap(([file, source]) => importsOf(file, source));

it('knows every file by a row of the table', () => {
  expect(files.length).toBeGreaterThan(5);
  expect(files.filter((file) => roomOf(file) === undefined)).toEqual([]);
});

it('lets a file import only what the row of its room allows', () => {
  expect(imports.length).toBeGreaterThan(5);
  expect(imports.filter((each) => !isAllowed(each))).toEqual([]);
});

it('lets a collector use one client package', () => {
  const packages = (file: string) =>
    new Set(
      imports
        .filter((each) => each.file === file && each.target.startsWith('npm:'))
        .map((each) => each.target),
    );
  const collectors = files.filter((file) => file.startsWith('src/collect/'));
  expect(collectors.filter((file) => packages(file).size > 1)).toEqual([]);
});

it('keeps clock, chance, process and console out of the pure rooms', () => {
  const code = (source: string) => source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const found = [...text]
    .filter(([file]) => pure.some((room) => file.startsWith(room)))
    .flatMap(([file, source]) => impure.exec(code(source))?.map((match) => `${file}: ${match}`) ?? []);
  expect(found).toEqual([]);
});

it('keeps files short, or says in them why not', () => {
  const long = [...text].filter(([, source]) => source.split('\n').length - 1 > LONGEST);
  const unexplained = long.filter(
    ([, source]) => !source.split('\n', 15).join('\n').includes('Longer than 300 lines because'),
  );
  expect(unexplained.map(([file]) => file)).toEqual([]);
});

// The rules themselves, on imports that must be caught and imports that must pass.
it.each([
  ['src/models/usl.ts', "import fs from 'node:fs';", false],
  ['src/models/usl.ts', "import type { Run } from '../run.ts';", false],
  ['src/models/hpa/rules.ts', "import { Histogram } from '../histogram.ts';", true],
  ['src/planners/cpu.ts', "export type { A } from '../emit/hpa.ts';", false],
  ['src/collect/redis.ts', "const x = await import('../load/engine.ts');", false],
  ['src/load/engine.ts', "new Worker(new URL('../collect/sampler.ts', import.meta.url))", false],
  ['src/load/engine.ts', "import chalk from 'chalk';", false],
  ['src/emit/hpa.ts', "import type { Plan } from '../planners/plan.ts';", true],
  ['src/emit/hpa.ts', "import {\n  planCapacity,\n} from '../planners/plan.ts';", false],
  ['src/report/markdown.ts', "import chalk from 'chalk';", false],
  ['src/report/terminal.ts', "import chalk from 'chalk';", true],
  ['src/report/json.ts', "import 'node:fs';", false],
  ['src/commands/run.ts', "import { plan } from './plan.ts';", false],
  ['src/commands/run.ts', "import { store } from '../store.ts';", true],
  ['server/app.ts', "import { maskUrl } from '../src/units.ts';", false],
  ['src/store.ts', "export * from '../server/http/app.ts';", false],
])('judges %s: %j', (file, source, allowed) => {
  const found = importsOf(file, source);
  expect(found).toHaveLength(1);
  expect(found.every(isAllowed)).toBe(allowed);
});
