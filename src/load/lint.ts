import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { FxscaleError, messageOf } from '../errors.ts';
import { lintCallbacks } from './lint/callbacks.ts';
import { lintData } from './lint/data.ts';
import type { Finding } from './lint/finding.ts';
import { lintGlobals } from './lint/globals.ts';
import { lintImports } from './lint/imports.ts';
import { lintOptions } from './lint/options.ts';
import { parseSource, type Source } from './lint/source.ts';
import { lintSyntax } from './lint/syntax.ts';
import { shownPath } from './rewrite/origin.ts';

export type { Finding } from './lint/finding.ts';

/**
 * What the real k6 would refuse, or treat differently, in the script at `file` and in the files that it imports, in
 * the order of the files and their lines. Packages and modules from the network are not looked into. Throws FILE
 * when the script cannot be read and SCRIPT (file:line:column) when a file is not JavaScript or TypeScript.
 */
export async function lintScript(file: string): Promise<Finding[]> {
  const entry = path.resolve(file);
  const findings: Finding[] = [];
  const pending = [entry];
  const seen = new Set(pending);
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const source = await readSource(next, next === entry ? file : next);
    const imports = await lintImports(source);
    findings.push(...lintSource(source, next === entry, imports.findings));
    for (const found of imports.files) {
      if (seen.has(found)) continue;
      seen.add(found);
      pending.push(found);
    }
  }
  return findings;
}

/** `file:line:column: severity: message`, with the rule that found it. */
export function formatFinding({ file, line, column, severity, rule, message }: Finding): string {
  return `${file}:${line}:${column}: ${severity}: ${message} (${rule})`;
}

function lintSource(source: Source, isEntry: boolean, imports: Finding[]): Finding[] {
  const findings = [
    ...imports,
    ...lintSyntax(source),
    ...lintGlobals(source),
    ...lintCallbacks(source),
    ...lintData(source),
    ...(isEntry ? lintOptions(source) : []),
  ];
  return findings.sort((a, b) => a.line - b.line || a.column - b.column);
}

async function readSource(file: string, given: string): Promise<Source> {
  let text: string;
  try {
    if ((await stat(file)).isDirectory()) {
      throw new FxscaleError('FILE', `${given} is a folder: give the path of a k6 script, .js or .ts`);
    }
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof FxscaleError) throw cause;
    throw new FxscaleError('FILE', `cannot read the script ${shownPath(given)}: ${messageOf(cause)}`, {
      cause,
    });
  }
  return parseSource(file, text);
}
