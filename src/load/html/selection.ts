import type { CheerioAPI } from 'cheerio';
import { GoError } from '../go-error.ts';
import { goType } from '../http/go-text.ts';
import {
  attributeOf,
  childrenOf,
  type DomNode,
  type Elements,
  isElement,
  type Nodes,
  parseDocument,
  textOf,
} from './document.ts';
import { Element, elementOf, nodeOf } from './element.ts';
import { renderChildren } from './render.ts';
import { selectorOf } from './selectors.ts';
import { dataAttribute, dataKey, dataValue, fieldValue, formObject, formText, formValues } from './values.ts';

/** What k6's `parseHTML`, `Response.html` and the methods below give: nodes of a document, as in jQuery. */
export class Selection {
  readonly url: string;
  readonly #$: CheerioAPI;
  readonly #nodes: Nodes;
  readonly #before: Selection | undefined;

  constructor($: CheerioAPI, nodes: Nodes, url: string, before?: Selection) {
    this.#$ = $;
    this.#nodes = nodes;
    this.url = url;
    this.#before = before;
  }

  /** The whole document in `html`; links in it are relative to `url`. */
  static parse(html: string, url: string): Selection {
    const $ = parseDocument(html);
    return new Selection($, $.root() as unknown as Nodes, url);
  }

  static nodesOf(selection: Selection): readonly DomNode[] {
    return selection.#nodes.toArray();
  }

  /** Whether `selector` takes `node`; none does that is no selector. */
  static matches(from: Selection, node: DomNode, selector: string): boolean {
    return from.#query(() => from.#$(node).filter(selector)).size() > 0;
  }

  static of(nodes: readonly DomNode[], from: Selection): Selection {
    return new Selection(from.#$, from.#$([...nodes]) as unknown as Nodes, from.url, from);
  }

  #to(nodes: Nodes): Selection {
    return new Selection(this.#$, nodes, this.url, this);
  }

  /** What `query` gives; nothing for a selector that is none, as in k6. */
  #query(query: () => unknown): Selection {
    try {
      return this.#to(query() as Nodes);
    } catch {
      return this.#to(this.#$([]) as unknown as Nodes);
    }
  }

  /** A selector, or the nodes of a selection or an element. */
  #given(selector: unknown): string | Elements {
    if (typeof selector === 'string') return selectorOf(selector);
    if (selector instanceof Selection) return selector.#nodes as unknown as Elements;
    if (selector instanceof Element) return this.#$([nodeOf(selector)]) as unknown as Elements;
    throw new GoError(`invalid argument, cannot use a '${goType(selector)}' as a selector`);
  }

  add(selector: unknown): Selection {
    const given = this.#given(selector);
    return this.#query(() => this.#nodes.add(given));
  }

  attr(name?: unknown, otherwise?: unknown): unknown {
    const [first] = this.#nodes.toArray();
    const value = first === undefined ? undefined : attributeOf(first, String(name));
    return value ?? otherwise;
  }

  children(selector?: unknown): Selection {
    return this.#walk(selector, (given) => this.#nodes.children(given));
  }

  closest(selector?: unknown): Selection {
    const given = this.#given(selector);
    return this.#query(() => this.#nodes.closest(given));
  }

  contents(): Selection {
    return Selection.of(this.#nodes.toArray().flatMap(childrenOf), this);
  }

  data(key?: unknown): unknown {
    const [first] = this.#nodes.toArray();
    if (first === undefined) return undefined;
    if (key !== undefined) {
      const text = attributeOf(first, dataAttribute(String(key)));
      return text === undefined ? undefined : dataValue(text);
    }
    const attributes = isElement(first) ? Object.entries(first.attribs) : [];
    const entries = attributes.flatMap(([name, text]) => {
      const shown = dataKey(name);
      return shown === undefined ? [] : [[shown, dataValue(text)]];
    });
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }

  end(): Selection {
    return this.#before ?? Selection.of([], this);
  }

  eq(index?: unknown): Selection {
    return this.#to(this.#nodes.eq(Math.trunc(Number(index ?? 0)) || 0));
  }

  find(selector?: unknown): Selection {
    const given = this.#given(selector);
    return this.#query(() => this.#nodes.find(given));
  }

  first(): Selection {
    return this.#to(this.#nodes.first());
  }

  get(index?: unknown): unknown {
    const nodes = this.#nodes.toArray();
    if (index === undefined) return nodes.map((node) => elementOf(node, this));
    const node = nodes.at(Math.trunc(Number(index)) || 0);
    return node === undefined ? undefined : elementOf(node, this);
  }

  has(selector?: unknown): Selection {
    const given = this.#given(selector);
    if (typeof given === 'string')
      return this.#query(() => this.#nodes.filter((_, node) => this.#$(node).find(given).length > 0));
    const wanted = new Set<DomNode>(given.toArray());
    const holds = (node: DomNode): boolean =>
      childrenOf(node).some((child) => wanted.has(child) || holds(child));
    return this.#to(this.#nodes.filter((_, node) => holds(node)));
  }

  html(): string {
    const [first] = this.#nodes.toArray();
    return first === undefined ? '' : renderChildren(first);
  }

  index(selector?: unknown): number {
    const nodes = this.#nodes.toArray();
    const [first] = nodes;
    if (first === undefined) return -1;
    if (selector === undefined) return this.#nodes.first().prevAll().length;
    if (typeof selector === 'string')
      return this.#$(selector)
        .toArray()
        .indexOf(first as never);
    const given = this.#given(selector);
    const wanted = typeof given === 'string' ? undefined : given.get(0);
    return wanted === undefined ? -1 : nodes.indexOf(wanted);
  }

  last(): Selection {
    return this.#to(this.#nodes.last());
  }

  next(selector?: unknown): Selection {
    return this.#walk(selector, (given) => this.#nodes.next(given));
  }

  nextAll(selector?: unknown): Selection {
    return this.#walk(selector, (given) => this.#nodes.nextAll(given));
  }

  nextUntil(until?: unknown, filter?: unknown): Selection {
    return this.#walkUntil(until, filter, (given, only) => this.#nodes.nextUntil(given, only));
  }

  parent(selector?: unknown): Selection {
    return this.#walk(selector, (given) => this.#nodes.parent(given));
  }

  parents(selector?: unknown): Selection {
    return this.#walk(selector, (given) => this.#nodes.parents(given));
  }

  parentsUntil(until?: unknown, filter?: unknown): Selection {
    return this.#walkUntil(until, filter, (given, only) => this.#nodes.parentsUntil(given, only));
  }

  prev(selector?: unknown): Selection {
    return this.#walk(selector, (given) => this.#nodes.prev(given));
  }

  prevAll(selector?: unknown): Selection {
    return this.#walk(selector, (given) => this.#nodes.prevAll(given));
  }

  prevUntil(until?: unknown, filter?: unknown): Selection {
    return this.#walkUntil(until, filter, (given, only) => this.#nodes.prevUntil(given, only));
  }

  siblings(selector?: unknown): Selection {
    return this.#walk(selector, (given) => this.#nodes.siblings(given));
  }

  #walk(selector: unknown, step: (given: string | Elements | undefined) => unknown): Selection {
    return this.#query(() => step(selector === undefined ? undefined : this.#given(selector)));
  }

  #walkUntil(
    until: unknown,
    filter: unknown,
    step: (given: string | Elements | undefined, only: string | Elements | undefined) => unknown,
  ): Selection {
    const only = filter === undefined ? undefined : this.#given(filter);
    return this.#walk(until, (given) => step(given, only));
  }

  serialize(): string {
    return formText(this.serializeObject());
  }

  serializeArray(): object[] {
    return formValues(this.#nodes.toArray());
  }

  serializeObject(): Record<string, string | string[]> {
    return formObject(this.#nodes.toArray());
  }

  size(): number {
    return this.#nodes.length;
  }

  slice(start?: unknown, end?: unknown): Selection {
    const from = Math.trunc(Number(start ?? 0)) || 0;
    return this.#to(end === undefined ? this.#nodes.slice(from) : this.#nodes.slice(from, Number(end)));
  }

  text(): string {
    return this.#nodes.toArray().map(textOf).join('');
  }

  toArray(): Selection[] {
    return this.#nodes.toArray().map((node) => Selection.of([node], this));
  }

  val(): unknown {
    const [first] = this.#nodes.toArray();
    return first === undefined ? undefined : fieldValue(first);
  }

  toString(): string {
    return '[object Object]';
  }

  declare each: (callback?: unknown) => unknown;
  declare map: (callback?: unknown) => unknown;
  declare filter: (test?: unknown) => unknown;
  declare not: (test?: unknown) => unknown;
  declare is: (test?: unknown) => unknown;
}
