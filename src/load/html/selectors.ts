/** The pseudo-classes that k6's selectors have; jQuery has more. */
const known = new Set([
  ...[
    'not',
    'has',
    'haschild',
    'contains',
    'containsown',
    'matches',
    'matchesown',
    'input',
    'empty',
    'root',
    'link',
  ],
  ...[
    'nth-child',
    'nth-last-child',
    'nth-of-type',
    'nth-last-of-type',
    'first-child',
    'last-child',
    'only-child',
  ],
  ...['first-of-type', 'last-of-type', 'only-of-type', 'lang', 'enabled', 'disabled', 'checked'],
]);

/** Stands for a selector that takes nothing. */
const NOTHING = ':not(*)';

/** `selector`, or one that takes nothing where k6 would not know what it asks for. */
export function selectorOf(selector: string): string {
  const bare = selector.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\[[^\]]*\]/g, '');
  const pseudos = [...bare.matchAll(/:([\w-]+)/g)].map(([, name = '']) => name.toLowerCase());
  return pseudos.every((name) => known.has(name)) ? selector : NOTHING;
}
