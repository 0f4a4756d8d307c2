import { stat } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnyNode } from 'acorn';
import { k6Modules } from '../script/resolve.ts';
import type { Finding } from './finding.ts';
import { nearest } from './nearest.ts';
import type { Source } from './source.ts';

type Import = { node: AnyNode; specifier: string; at: AnyNode };
type Found = { finding?: Finding; file?: string };

/** What k6 would refuse of what the file imports, and the script's own files among that. */
export async function lintImports(source: Source): Promise<{ findings: Finding[]; files: string[] }> {
  const findings: Finding[] = source.nodes.flatMap((node) => lintForm(node, source));
  const files: string[] = [];
  for (const each of importsOf(source)) {
    const { finding, file } = await lintSpecifier(each, source);
    if (finding) findings.push(finding);
    if (file !== undefined) files.push(file);
  }
  return { findings, files };
}

function lintForm(node: AnyNode, source: Source): Finding[] {
  if (node.type === 'ImportExpression') {
    return [
      source.finding(
        node,
        'warning',
        'dynamic-import',
        'k6 has no import(): write import ... from at the top',
      ),
    ];
  }
  if ('attributes' in node && node.attributes.length > 0) {
    return [
      source.finding(node, 'error', 'import-attributes', 'k6 cannot parse import attributes (`with {...}`)'),
    ];
  }
  return [];
}

/** Where a specifier is written out: `import`, `export ... from`, `import()`, `require()`. */
function importsOf({ nodes, globals }: Source): Import[] {
  const requires = new Set<AnyNode>(globals.filter((each) => each.name === 'require'));
  return nodes.flatMap((node) => {
    const given =
      node.type === 'CallExpression' && requires.has(node.callee)
        ? node.arguments[0]
        : 'source' in node && node.source
          ? node.source
          : undefined;
    if (given?.type !== 'Literal' || typeof given.value !== 'string') return [];
    return [{ node, specifier: given.value, at: given }];
  });
}

async function lintSpecifier({ specifier, at }: Import, source: Source): Promise<Found> {
  const error = (rule: string, message: string) => source.finding(at, 'error', rule, message);
  if (/^k6(?:\/|$)/.test(specifier)) return lintModule(specifier, error);
  if (specifier.startsWith('https://')) return {};
  if (/^(?:\.{0,2}\/|file:\/\/)/.test(specifier)) return lintFile(specifier, source.file, error);
  const scheme = /^(\w+):\/\//.exec(specifier)?.[1];
  if (scheme !== undefined) {
    return {
      finding: error('import-scheme', `k6 imports files and https URLs, not ${scheme}: ${specifier}`),
    };
  }
  const isNode = specifier.startsWith('node:') || builtinModules.includes(specifier);
  const what = isNode
    ? `k6 has none of Node's modules: ${specifier}`
    : `k6 does not look for packages: bundle ${specifier} with the script, or import it by its https URL`;
  return { finding: error(isNode ? 'node-module' : 'npm-import', what) };
}

type Report = (rule: string, message: string) => Finding;

function lintModule(specifier: string, error: Report): Found {
  const isKnown = k6Modules.has(specifier) || /^k6\/(?:x|experimental|browser)(?:\/|$)/.test(specifier);
  if (isKnown) return {};
  const near = nearest(specifier, k6Modules);
  const hint = near === undefined ? '' : `: did you mean ${near}?`;
  return { finding: error('unknown-module', `k6 has no module ${specifier}${hint}`) };
}

const endings = ['.ts', '.js', '.mjs', '.cjs', '.json', '/index.ts', '/index.js'];

async function lintFile(specifier: string, importer: string, error: Report): Promise<Found> {
  const file = specifier.startsWith('file://')
    ? fileURLToPath(specifier)
    : path.resolve(path.dirname(importer), specifier);
  if (await isFile(file)) {
    if (!file.endsWith('.json')) return { file };
    return {
      finding: error(
        'json-import',
        `k6 cannot import JSON: write JSON.parse(open(${JSON.stringify(specifier)}))`,
      ),
    };
  }
  for (const ending of endings) {
    if (!(await isFile(file + ending))) continue;
    const finding = error('import-extension', `k6 needs the file's whole name: ${specifier}${ending}`);
    return ending.endsWith('.json') ? { finding } : { finding, file: file + ending };
  }
  return { finding: error('missing-file', `there is no file ${specifier}`) };
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
