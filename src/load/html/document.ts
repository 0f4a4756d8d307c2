import { createRequire } from 'node:module';
import type { Cheerio, CheerioAPI } from 'cheerio';

type RootOf<T> = T extends Cheerio<infer D> ? D : never;
export type DocumentNode = RootOf<ReturnType<CheerioAPI['root']>>;
export type ChildNode = DocumentNode['children'][number];
export type DomNode = ChildNode | DocumentNode;
export type DomElement = Extract<ChildNode, { attribs: unknown }>;
export type Nodes = Cheerio<DomNode>;
export type Elements = Cheerio<DomElement>;

const require = createRequire(import.meta.url);
let library: typeof import('cheerio') | undefined;

/** The package `cheerio`, loaded when it is first needed. */
export function cheerioLibrary(): typeof import('cheerio') {
  library ??= require('cheerio') as typeof import('cheerio');
  return library;
}

/** The document that `html` is, by the rules of HTML5. */
export function parseDocument(html: string): CheerioAPI {
  return cheerioLibrary().load(html);
}

export function isElement(node: DomNode | null | undefined): node is DomElement {
  return node !== null && node !== undefined && 'attribs' in node;
}

export function childrenOf(node: DomNode): readonly ChildNode[] {
  return 'children' in node ? (node.children as ChildNode[]) : [];
}

export function parentOf(node: DomNode): DomNode | undefined {
  return (node.parent as DomNode | null) ?? undefined;
}

export function attributeOf(node: DomNode, name: string): string | undefined {
  return isElement(node) ? node.attribs[name.toLowerCase()] : undefined;
}

export function tagOf(node: DomNode): string {
  return isElement(node) ? node.name : '';
}

/** The text of a node and of all that is in it, comments apart. */
export function textOf(node: DomNode): string {
  if (node.type === 'text') return node.data;
  return childrenOf(node).map(textOf).join('');
}

/** The elements in `node`, in order, that `wanted` takes. */
export function descendants(node: DomNode, wanted: (element: DomElement) => boolean): DomElement[] {
  return childrenOf(node).flatMap((child) => {
    const below = descendants(child, wanted);
    return isElement(child) && wanted(child) ? [child, ...below] : below;
  });
}

/** The nearest element around `node` that `wanted` takes. */
export function ancestor(node: DomNode, wanted: (element: DomElement) => boolean): DomElement | undefined {
  for (let each = parentOf(node); each !== undefined; each = parentOf(each)) {
    if (isElement(each) && wanted(each)) return each;
  }
  return undefined;
}
