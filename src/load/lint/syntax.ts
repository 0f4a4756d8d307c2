import type { AnyNode } from 'acorn';
import { isFunction } from '../rewrite/syntax.ts';
import type { Finding } from './finding.ts';
import type { Source } from './source.ts';

/** Syntax, regular expressions included, that k6's JavaScript engine lacks. */
export function lintSyntax(source: Source): Finding[] {
  return [...source.findings, ...source.nodes.flatMap((node) => lintNode(node, source))];
}

function lintNode(node: AnyNode, source: Source): Finding[] {
  if (node.type === 'ForOfStatement' && node.await) {
    return [source.finding(node, 'error', 'for-await', 'k6 cannot parse `for await`: await in a plain loop')];
  }
  if (isFunction(node) && node.async && node.generator) {
    return [source.finding(node, 'error', 'async-generator', 'k6 has no async generators')];
  }
  if (node.type === 'Literal' && node.regex) {
    return lintPattern(node, node.regex.pattern, node.regex.flags, source);
  }
  return lintImportMeta(node, source) ?? lintRegExp(node, source);
}

function lintImportMeta(node: AnyNode, source: Source): Finding[] | undefined {
  if (node.type !== 'MemberExpression' || node.object.type !== 'MetaProperty' || node.computed)
    return undefined;
  const { property } = node;
  if (property.type !== 'Identifier' || node.object.meta.name !== 'import' || property.name === 'resolve') {
    return undefined;
  }
  const message = `import.meta.${property.name} is undefined in k6, which has import.meta.resolve()`;
  return [source.finding(node, 'warning', 'import-meta', message)];
}

/** `new RegExp('...', '...')`. */
function lintRegExp(node: AnyNode, source: Source): Finding[] {
  if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return [];
  if (node.callee.type !== 'Identifier' || node.callee.name !== 'RegExp') return [];
  const [pattern, flags] = node.arguments.map((each) =>
    each.type === 'Literal' && typeof each.value === 'string' ? each.value : '',
  );
  return lintPattern(node, pattern ?? '', flags ?? '', source);
}

function lintPattern(node: AnyNode, pattern: string, flags: string, source: Source): Finding[] {
  const findings: Finding[] = [];
  // What a call makes, a script may expect to fail.
  const severity = node.type === 'Literal' ? 'error' : 'warning';
  for (const flag of 'dv') {
    if (!flags.includes(flag)) continue;
    findings.push(
      source.finding(node, severity, 'regexp-flag', `k6 has no regular expressions with the flag ${flag}`),
    );
  }
  // What a backslash or a class of characters takes the meaning from does not count.
  const bare = pattern
    .replace(/\\[^pP]/g, '')
    .replace(/\[[^\]]*\]/g, (set) => (/\\[pP]\{/.test(set) ? '\\p{' : ''));
  const unicode = /[uv]/.test(flags) && /\\[pP]\{/.test(bare);
  if (unicode) {
    const message = 'k6 does not know \\p{...}: it matches nothing there, without an error';
    findings.push(source.finding(node, 'warning', 'regexp-property', message));
  }
  if (/\(\?<[^=!]/.test(bare)) {
    const message = 'k6 does not know named groups: `groups` is undefined there; use the group by its number';
    findings.push(source.finding(node, 'warning', 'regexp-group', message));
  }
  if (/\(\?[a-z-]+:/.test(bare)) {
    findings.push(
      source.finding(node, severity, 'regexp-modifier', 'k6 has no flags within regular expressions'),
    );
  }
  return findings;
}
