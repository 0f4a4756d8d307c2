import type { AnyNode, CallExpression, Program } from 'acorn';
import type { Analysis } from './analysis.ts';
import type { Edits } from './edit.ts';
import type { Origin } from './origin.ts';
import { keyOf, walk } from './syntax.ts';
import { FunctionValue } from './values.ts';

/**
 * What depends on the file that it stands in, or on when it is called: `open`, `require`, `import()`, `import.meta`.
 * The bundler has put the files of the script into one text, and left what it cannot resolve. Returns code that
 * the factory begins with.
 */
export function editPlaces(
  edits: Edits,
  program: Program,
  analysis: Analysis,
  origin: Origin,
  given: { hasOpen: boolean; strict: boolean },
): string {
  const { runtime, modules, vu, place } = edits.reserved;
  editImports(edits, program, origin, given.strict);
  editRequires(edits, program, analysis);
  const required = edits.code.includes('__require')
    ? ` const require = ${runtime}.requirer(${modules}, ${vu});`
    : '';
  const opens = given.hasOpen && analysis.names.unresolved.some((node) => node.name === 'open');
  if (!opens) return required;
  editFiles(edits, program, origin);
  return `${required} const ${place} = {}; open = ${runtime}.opener(open, ${place});`;
}

/** `import.meta`, and `import()` of what is not a file. */
function editImports(edits: Edits, program: Program, origin: Origin, strict: boolean): void {
  if (!/\bimport\s*[.(]/.test(edits.code)) return;
  const { runtime, modules } = edits.reserved;
  walk(program, (node) => {
    if (node.type === 'MetaProperty' && node.meta.name === 'import') {
      const file = JSON.stringify(origin.fileOf(node.start, node.end) ?? '');
      edits.at(node, () => edits.replace(node.start, node.end, `${runtime}.meta(${file})`));
    }
    if (node.type === 'ImportExpression') {
      edits.at(node, () =>
        edits.replace(
          node.start,
          node.source.start,
          `${runtime}.${strict ? 'notImported' : 'imported'}(${modules}, `,
        ),
      );
    }
    return true;
  });
}

/** The bundler's `require_name()` and `__toCommonJS(name)`, in functions: k6 has `require` only in init. */
function editRequires(edits: Edits, program: Program, analysis: Analysis): void {
  const loaders = new Set(['__toCommonJS']);
  for (const { call, name } of moduleBodies(program)) if (isCallOf(call, '__commonJS')) loaders.add(name);
  for (const { node, owner } of analysis.sites) {
    const isInFunction = owner instanceof FunctionValue && owner.role !== 'module';
    if (!isInFunction || node.type !== 'CallExpression' || node.callee.type !== 'Identifier') continue;
    if (!loaders.has(node.callee.name)) continue;
    edits.at(node, () => {
      edits.before(node.start, `(${edits.reserved.runtime}.initOnly(${edits.reserved.vu}), `);
      edits.after(node.end, ')');
    });
  }
}

/** Notes which file's code is running while modules are evaluated: paths given to `open` are relative to it. */
function editFiles(edits: Edits, program: Program, origin: Origin): void {
  const { place } = edits.reserved;
  const assign = (node: AnyNode) =>
    `${place}.file = ${JSON.stringify(origin.fileOf(node.start, node.end) ?? '')};`;
  let last = '';
  for (const statement of program.body) {
    if (/^(?:Import|Export)/.test(statement.type)) continue;
    const file = origin.fileOf(statement.start, statement.end);
    if (file === undefined || file === last) continue;
    last = file;
    edits.at(statement, () => edits.before(statement.start, `${assign(statement)} `));
  }
  for (const { body } of moduleBodies(program)) {
    if (body.start + 1 >= body.end) continue;
    const was = edits.localName();
    edits.at(body, () => {
      edits.after(body.start + 1, ` const ${was} = ${place}.file; ${assign(body)} try {`);
      edits.before(body.end - 1, `} finally { ${place}.file = ${was}; } `);
    });
  }
}

type ModuleBody = { name: string; call: CallExpression; body: AnyNode };

/** The modules that run when they are asked for: `var require_name = __commonJS({ "file"(exports, module) {...} })`. */
function moduleBodies(program: Program): ModuleBody[] {
  return program.body.flatMap((statement) => {
    if (statement.type !== 'VariableDeclaration') return [];
    return statement.declarations.flatMap(({ id, init }) => {
      if (id.type !== 'Identifier' || init?.type !== 'CallExpression') return [];
      if (!isCallOf(init, '__commonJS') && !isCallOf(init, '__esm')) return [];
      const [files] = init.arguments;
      const property = files?.type === 'ObjectExpression' ? files.properties[0] : undefined;
      if (property?.type !== 'Property' || property.value.type !== 'FunctionExpression') return [];
      return keyOf(property) === undefined ? [] : [{ name: id.name, call: init, body: property.value.body }];
    });
  });
}

function isCallOf(call: CallExpression, name: string): boolean {
  return call.callee.type === 'Identifier' && call.callee.name === name;
}
