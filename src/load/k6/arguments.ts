/** One of the flags that `fxscale run` knows, as far as it matters for handing it on. */
export type KnownFlag = {
  /** `-u` and `--vus`, those that there are. */
  readonly names: readonly string[];
  readonly takesValue: boolean;
  /** fxscale's own, which k6 does not know. */
  readonly own: boolean;
};

/**
 * The flags among `given` (what stood behind `fxscale run`) that the real k6 gets, in the order and spelling that the
 * user chose: without the script and without fxscale's own. Flags that are not known are k6's to judge.
 */
export function k6Arguments(given: readonly string[], script: string, known: readonly KnownFlag[]): string[] {
  const flags = new Map(known.flatMap((flag) => flag.names.map((name) => [name, flag] as const)));
  const handed: string[] = [];
  let scriptSeen = false;
  for (let index = 0; index < given.length; index++) {
    const word = given[index] as string;
    if (!word.startsWith('-') || word === '-') {
      // The first word that belongs to no flag is the script.
      if (scriptSeen || word !== script) handed.push(word);
      scriptSeen = true;
      continue;
    }
    const { flag, attached } = flagOf(word, flags);
    const separate = flag?.takesValue === true && !attached;
    if (flag?.own !== true) handed.push(word, ...(separate ? given.slice(index + 1, index + 2) : []));
    if (separate) index++;
  }
  return handed;
}

/** The flag that `word` begins with, and whether its value is in the same word: `--vus=3`, `-u3`, `-u=3`. */
function flagOf(word: string, flags: ReadonlyMap<string, KnownFlag>) {
  const name = word.startsWith('--') ? word.replace(/=.*$/s, '') : word.slice(0, 2);
  return { flag: flags.get(name), attached: word.length > name.length };
}
