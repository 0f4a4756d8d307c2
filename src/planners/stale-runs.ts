import { FxscaleError } from '../errors.ts';
import type { Run } from '../run.ts';
import type { Finding } from './findings.ts';

/**
 * Whether runs may be planned from together. Throws REFUSED for runs of several builds of the service: what a request costs is
 * then not one figure.
 */
export function examineTogether(runs: readonly Run[]): Finding[] {
  checkBuilds(runs);
  return [...scriptFindings(runs), ...machineFindings(runs)];
}

function checkBuilds(runs: readonly Run[]): void {
  const [first, ...others] = runs.filter(({ header }) => header.service.build !== undefined);
  const other = others.find(({ header }) => header.service.build !== first?.header.service.build);
  if (first === undefined || other === undefined) return;
  const named = ({ header: { id, service } }: Run) => `run ${id} is of build ${service.build}`;
  throw new FxscaleError(
    'REFUSED',
    `${named(first)}, ${named(other)}: what a request costs may differ; plan from runs of one build`,
  );
}

/** The part of `NAME@HASH` after the sign differs with the text of the script. */
function scriptFindings(runs: readonly Run[]): Finding[] {
  const versions = new Map<string, Set<string>>();
  for (const { header } of runs) {
    const [name = '', hash = ''] = header.script.split('@');
    versions.set(name, (versions.get(name) ?? new Set()).add(hash));
  }
  return [...versions].flatMap(([script, hashes]): Finding[] =>
    hashes.size < 2
      ? []
      : [{ code: 'SCRIPTS_DIFFER', severity: 'warning', args: { script, versions: hashes.size } }],
  );
}

function machineFindings(runs: readonly Run[]): Finding[] {
  const classes = runs.map(({ header: { machine } }) => `${machine.cpus} CPUs, ${machine.platform}`);
  const machines = [...new Set(classes)];
  return machines.length < 2 ? [] : [{ code: 'MACHINES_DIFFER', severity: 'warning', args: { machines } }];
}
