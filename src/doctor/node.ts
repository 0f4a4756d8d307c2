import type { Check } from './check.ts';

/** Whether `version` (`v20.19.4`) satisfies `needs`, the package's `engines.node` (`>=20.19`). */
export function judgeNode(version: string, needs: string): Check {
  const [have, least] = [numbers(version), numbers(needs)];
  const differs = least.findIndex((part, i) => part !== (have[i] ?? 0));
  const fits = differs === -1 || (have[differs] ?? 0) > (least[differs] ?? 0);
  return {
    name: 'node',
    group: 'fxscale',
    status: fits ? 'ok' : 'failed',
    version: version.replace(/^v/, ''),
    detail: { needs: least.join('.') },
  };
}

function numbers(version: string): number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);
}
