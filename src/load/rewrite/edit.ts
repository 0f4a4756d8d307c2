import type { AnyNode, Identifier } from 'acorn';
import MagicString from 'magic-string';
import type { Analysis } from './analysis.ts';
import type { Colours } from './colour.ts';
import { editCalls } from './edit-calls.ts';
import { editFunction } from './edit-functions.ts';
import { walk } from './syntax.ts';

/** Names that the rewritten code uses and that the script does not. */
export type Reserved = { runtime: string; modules: string; vu: string; handle: string; temporary: string };

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
  editCalls(edits, colours, parents);
  for (const value of colours.functions.keys()) editFunction(edits, value, colours, parents);
  editGlobals(edits, analysis, parents);
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
