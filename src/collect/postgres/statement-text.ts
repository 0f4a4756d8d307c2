/** Longer texts are cut. */
const LONGEST = 200;

/** Comments, strings in each of their forms, quoted names, parameters, words and numbers, in this order. */
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)|"(?:[^"]|"")*(?:"|$)|\$\d+|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*/g;
/** pg_stat_statements puts parameters in place of the constants of these; of others it may keep the text as it was. */
const NORMALISED = /^\s*\(*\s*(?:select|insert|update|delete|merge|with|values|table)\b/i;

/**
 * A statement for a label: comments, constants and what is too long are left out. Of a statement that is no query only
 * its first words stay, because a password may stand anywhere in it.
 */
export function maskStatement(text: string): string {
  const bare = text
    .replace(TOKEN, (token) => {
      if (token.startsWith('--') || token.startsWith('/*')) return ' ';
      if (/^(?:[eE]?'|\$(?!\d)|\d)/.test(token)) return '?';
      return token;
    })
    .replace(/\s+/g, ' ')
    .trim();
  if (!NORMALISED.test(bare)) {
    const words = /^\w+(?: \w+)?/.exec(bare)?.[0] ?? '';
    return words === bare ? bare : `${words} …`;
  }
  return bare.length > LONGEST ? `${bare.slice(0, LONGEST)}…` : bare;
}
