import { keys } from './config-keys.ts';

/**
 * fxscale.yaml to begin with: every key commented out, with what holds without it and an example. `schema` is where
 * editors find its schema.
 */
export function starterConfig(schema: string): string {
  const named = Object.entries(keys).map(([name, key]) => {
    const [last = '', group = ''] = name.split('.').toReversed();
    return { group, last, key };
  });
  const parts = [...new Set(named.map(({ group }) => group))].map((group) => {
    const members = named.filter((each) => each.group === group);
    const lines = members.flatMap(({ last, key: { about, otherwise, example } }) => [
      `## ${about} (default: ${otherwise})`,
      `# ${group && '  '}${last}: ${example}`,
    ]);
    return (group ? [`# ${group}:`, ...lines] : lines).join('\n');
  });
  return [
    `# yaml-language-server: $schema=${schema}`,
    '## What fxscale is told when no flag tells it. To use a key take the "# " before it away, and before its group.',
    `## \${NAME} in an address is a variable of the environment: passwords do not belong here.`,
    '',
    parts.join('\n\n'),
    '',
  ].join('\n');
}
