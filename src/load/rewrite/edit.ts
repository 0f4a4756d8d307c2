import type { AnyNode, Identifier, MemberExpression } from 'acorn';
import MagicString from 'magic-string';
import type { Analysis } from './analysis.ts';
import type { Colours } from './colour.ts';
import { editCalls, linksOf, startOfAccess } from './edit-calls.ts';
import { editFunction } from './edit-functions.ts';
import { editWaits } from './edit-waits.ts';
import { editGuards } from './guards.ts';
import { keyOf, walk } from './syntax.ts';

/** Names that the rewritten code uses and that the script does not. */
export type Reserved = {
  runtime: string;
  /** Counts the turns of loops. */
  count: string;
  modules: string;
  vu: string;
  handle: string;
  temporary: string;
  place: string;
};

type Edit = { node: AnyNode; apply: () => void };

/** The changes to a bundle's text. They are applied from the inside out, so that outer text ends up outside. */
export class Edits {
  readonly text: MagicString;
  readonly code: string;
  readonly reserved: Reserved;
  readonly temporaries: string[] = [];
  readonly #edits: Edit[] = [];
  #locals = 0;

  constructor(code: string) {
    this.code = code;
    this.text = new MagicString(code);
    const free = (name: string): string => (code.includes(name) ? free(`${name}_`) : name);
    this.reserved = {
      runtime: free('__fx'),
      modules: free('__k6'),
      vu: free('__vu'),
      handle: free('__h'),
      temporary: free('__t'),
      place: free('__at'),
      count: free('__n'),
    };
  }

  /** `apply` is called once all edits inside `node` are made. */
  at(node: AnyNode, apply: () => void): void {
    this.#edits.push({ node, apply });
  }

  apply(): void {
    const inner = (a: Edit, b: Edit) => a.node.end - b.node.end || b.node.start - a.node.start;
    for (const { apply } of this.#edits.sort(inner)) apply();
  }

  before(at: number, text: string): void {
    this.text.prependRight(at, text);
  }

  after(at: number, text: string): void {
    this.text.appendLeft(at, text);
  }

  replace(start: number, end: number, text: string): void {
    this.text.overwrite(start, end, text, { contentOnly: true });
  }

  /** The same, with everything that was inserted at its ends. */
  replaceWhole(start: number, end: number, text: string): void {
    this.text.overwrite(start, end, text);
  }

  /** A name for a parameter. */
  localName(): string {
    return `${this.reserved.handle}${this.#locals++}`;
  }

  temporaryName(): string {
    const name = `${this.reserved.temporary}${this.temporaries.length}`;
    this.temporaries.push(name);
    return name;
  }
}

/** Awaits what `colours` says and makes the functions asynchronous in which that happens. */
export function editCode(edits: Edits, analysis: Analysis, colours: Colours): void {
  const parents = new Map<AnyNode, AnyNode | undefined>();
  for (const statement of analysis.names.statements) {
    walk(statement, (node, parent) => {
      parents.set(node, parent);
      return true;
    });
  }
  editCalls(edits, analysis, colours, parents);
  for (const value of colours.functions.keys()) editFunction(edits, value, colours, parents);
  if (colours.sites.size > 0) editWaits(edits, analysis, parents);
  editGuards(edits, analysis.names.statements, parents);
  editGlobals(edits, analysis, parents);
  for (const [node, parent] of parents) if (node.type === 'MemberExpression') editStack(edits, node, parent);
}

/** `error.stack`, where it is read, names the places in the user's files. */
function editStack(edits: Edits, node: MemberExpression, parent: AnyNode | undefined): void {
  if (keyOf(node) !== 'stack' || node.object.type === 'Super') return;
  const isTarget =
    parent?.type === 'UpdateExpression' ||
    (parent?.type === 'AssignmentExpression' && parent.left === node) ||
    (parent?.type === 'UnaryExpression' && parent.operator === 'delete') ||
    (parent?.type === 'CallExpression' && parent.callee === node) ||
    /Pattern|ForOf|ForIn|Property|Rest/.test(parent?.type ?? '');
  if (isTarget || linksOf(node).some((link) => link.optional)) return;
  edits.at(node, () => {
    edits.before(node.start, `${edits.reserved.runtime}.stackOf(`);
    edits.replace(startOfAccess(edits, node), node.end, ')');
  });
}

/** `__VU` and `__ITER` are read from the VU each time. */
function editGlobals(edits: Edits, { names }: Analysis, parents: Map<AnyNode, AnyNode | undefined>): void {
  const fields = new Map([
    ['__VU', 'id'],
    ['__ITER', 'iteration'],
  ]);
  for (const node of names.unresolved) {
    const field = fields.get(node.name);
    if (field === undefined) continue;
    const text = `${edits.reserved.vu}.${field}`;
    edits.at(node, () =>
      edits.replace(node.start, node.end, isShorthand(node, parents) ? `${node.name}: ${text}` : text),
    );
  }
}

function isShorthand(node: Identifier, parents: Map<AnyNode, AnyNode | undefined>): boolean {
  const parent = parents.get(node);
  return parent?.type === 'Property' && parent.shorthand;
}
