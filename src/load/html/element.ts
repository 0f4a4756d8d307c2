import {
  ancestor,
  attributeOf,
  childrenOf,
  type DomElement,
  type DomNode,
  descendants,
  isElement,
  parentOf,
  tagOf,
  textOf,
} from './document.ts';
import { own } from './element-kinds.ts';
import { render, renderChildren } from './render.ts';
import { Selection } from './selection.ts';

const NAMESPACE = 'http://www.w3.org/1999/xhtml';
const numbers: Record<string, number> = { text: 3, comment: 8, root: 9, directive: 10 };
const names: Record<string, string> = { text: '#text', comment: '#comment', root: '#document' };

/** An attribute as k6 shows it: `ownerElement` of its documentation is called so. */
function attribute(owner: Element, name: string, value: string): object {
  return {
    owner_element: owner,
    name,
    value,
    localName: () => name,
    namespaceURI: () => NAMESPACE,
    prefix: () => '',
  };
}

/** A node of a document, as the DOM has it; what belongs to one kind of element only is added by its kind. */
export class Element {
  readonly #node: DomNode;
  readonly #from: Selection;

  constructor(node: DomNode, from: Selection) {
    this.#node = node;
    this.#from = from;
  }

  static nodeOf(element: Element): DomNode {
    return element.#node;
  }

  #of(node: DomNode | null | undefined): Element | undefined {
    return node === null || node === undefined ? undefined : elementOf(node, this.#from);
  }

  #all(nodes: readonly DomNode[]): Element[] {
    return nodes.map((node) => elementOf(node, this.#from));
  }

  #elements(): DomElement[] {
    return childrenOf(this.#node).filter(isElement);
  }

  #sibling(step: -1 | 1, wanted: (node: DomNode) => boolean): Element | undefined {
    const siblings = childrenOf(parentOf(this.#node) ?? this.#node);
    const at = siblings.indexOf(this.#node as (typeof siblings)[number]);
    for (let i = at + step; at >= 0 && i >= 0 && i < siblings.length; i += step) {
      const sibling = siblings[i];
      if (sibling !== undefined && wanted(sibling)) return this.#of(sibling);
    }
    return undefined;
  }

  attributes(): Record<string, object> {
    const attributes = isElement(this.#node) ? Object.entries(this.#node.attribs) : [];
    return Object.fromEntries(attributes.map(([name, value]) => [name, attribute(this, name, value)]));
  }

  childElementCount(): number {
    return this.#elements().length;
  }

  childNodes(): Element[] {
    return this.#all(childrenOf(this.#node));
  }

  children(): Element[] {
    return this.#all(this.#elements());
  }

  classList(): string[] {
    return (attributeOf(this.#node, 'class') ?? '').split(/\s+/).filter((name) => name !== '');
  }

  className(): string | undefined {
    return attributeOf(this.#node, 'class');
  }

  contains(other: Element): boolean {
    for (let node: DomNode | undefined = other.#node; node !== undefined; node = parentOf(node)) {
      if (node === this.#node) return true;
    }
    return false;
  }

  firstChild(): Element | undefined {
    return this.#of(childrenOf(this.#node)[0]);
  }

  firstElementChild(): Element | undefined {
    return this.#of(this.#elements()[0]);
  }

  getAttribute(name: unknown): string | undefined {
    return attributeOf(this.#node, String(name));
  }

  getAttributeNode(name: unknown): object | undefined {
    const value = attributeOf(this.#node, String(name));
    return value === undefined ? undefined : attribute(this, String(name), value);
  }

  getElementsByClassName(name: unknown): Element[] {
    const wanted = String(name).split(/\s+/);
    const has = (element: DomElement) => {
      const classes = (attributeOf(element, 'class') ?? '').split(/\s+/);
      return wanted.every((each) => classes.includes(each));
    };
    return this.#all(descendants(this.#node, has));
  }

  getElementsByTagName(name: unknown): Element[] {
    const wanted = String(name).toLowerCase();
    return this.#all(descendants(this.#node, (element) => wanted === '*' || element.name === wanted));
  }

  hasAttribute(name: unknown): boolean {
    return attributeOf(this.#node, String(name)) !== undefined;
  }

  hasAttributes(): boolean {
    return isElement(this.#node) && Object.keys(this.#node.attribs).length > 0;
  }

  hasChildNodes(): boolean {
    return childrenOf(this.#node).length > 0;
  }

  id(): string {
    return attributeOf(this.#node, 'id') ?? '';
  }

  innerHTML(): string {
    return renderChildren(this.#node);
  }

  isDefaultNamespace(): boolean {
    return true;
  }

  isEqualNode(other: Element): boolean {
    return this.nodeType() === other.nodeType() && render(this.#node) === render(other.#node);
  }

  isSameNode(other: Element): boolean {
    return this.#node === other.#node;
  }

  lang(): string | undefined {
    return attributeOf(this.#node, 'lang');
  }

  lastChild(): Element | undefined {
    return this.#of(childrenOf(this.#node).at(-1));
  }

  lastElementChild(): Element | undefined {
    return this.#of(this.#elements().at(-1));
  }

  matches(selector: unknown): boolean {
    return Selection.matches(this.#from, this.#node, String(selector));
  }

  namespaceURI(): string {
    return NAMESPACE;
  }

  nextElementSibling(): Element | undefined {
    return this.#sibling(1, isElement);
  }

  nextSibling(): Element | undefined {
    return this.#sibling(1, () => true);
  }

  nodeName(): string {
    return isElement(this.#node) ? this.#node.name : (names[this.#node.type] ?? '');
  }

  nodeType(): number {
    return numbers[this.#node.type] ?? 1;
  }

  /** The text of a text node; k6 shows none of a comment. */
  nodeValue(): string | undefined {
    if (this.#node.type === 'text') return this.#node.data;
    return this.#node.type === 'comment' ? '' : undefined;
  }

  ownerDocument(): Element | undefined {
    let node: DomNode = this.#node;
    for (let up = parentOf(node); up !== undefined; up = parentOf(up)) node = up;
    return this.#of(node);
  }

  parentElement(): Element | undefined {
    return this.#of(ancestor(this.#node, () => true));
  }

  parentNode(): Element | undefined {
    return this.#of(parentOf(this.#node));
  }

  previousElementSibling(): Element | undefined {
    return this.#sibling(-1, isElement);
  }

  previousSibling(): Element | undefined {
    return this.#sibling(-1, () => true);
  }

  querySelector(selector: unknown): Element | undefined {
    return this.querySelectorAll(selector)[0];
  }

  querySelectorAll(selector: unknown): Element[] {
    return this.#all(Selection.nodesOf(this.selection().find(String(selector))));
  }

  selection(): Selection {
    return Selection.of([this.#node], this.#from);
  }

  textContent(): string {
    return textOf(this.#node);
  }

  toString(): string {
    return '[object html.Node]';
  }
}

/** The node that `element` is. */
export function nodeOf(element: Element): DomNode {
  return Element.nodeOf(element);
}

const classes = new Map<string, typeof Element>();

/** `node` as its kind of element; links in it are relative to the document of `from`. */
export function elementOf(node: DomNode, from: Selection): Element {
  const tag = tagOf(node);
  let kind = classes.get(tag);
  if (kind === undefined) {
    kind = kindOf(tag);
    classes.set(tag, kind);
  }
  return new kind(node, from);
}

/** A class with the methods that only elements of this name have. */
function kindOf(tag: string): typeof Element {
  const methods = Object.entries(own(tag));
  if (methods.length === 0) return Element;
  class Kind extends Element {}
  for (const [name, give] of methods) {
    const value = function (this: Element): unknown {
      return shown(give(nodeOf(this)), this);
    };
    Object.defineProperty(Kind.prototype, name, { value, writable: true, configurable: true });
  }
  return Kind;
}

function shown(value: unknown, element: Element): unknown {
  if (Array.isArray(value)) return value.map((each) => shown(each, element));
  const isNode = typeof value === 'object' && value !== null && 'parent' in value;
  return isNode ? elementOf(value as DomNode, element.selection()) : value;
}
