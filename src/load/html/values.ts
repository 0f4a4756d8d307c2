import {
  attributeOf,
  childrenOf,
  type DomElement,
  type DomNode,
  descendants,
  isElement,
  tagOf,
} from './document.ts';
import { render, renderChildren } from './render.ts';

export type FormValue = { name: string; value: string | string[] };

/** The value of a form's field, as jQuery's `val` has it; undefined for anything else. */
export function fieldValue(node: DomNode): string | string[] | undefined {
  const value = attributeOf(node, 'value');
  switch (tagOf(node)) {
    case 'input':
      return value ?? (isChoice(node) ? 'on' : '');
    case 'button':
      return value ?? '';
    case 'textarea':
      return renderChildren(node);
    case 'option':
      return optionValue(node);
    case 'select':
      return selected(node);
    default:
      return undefined;
  }
}

function isChoice(node: DomNode): boolean {
  return ['checkbox', 'radio'].includes(attributeOf(node, 'type') ?? '');
}

export function optionValue(option: DomNode): string {
  return (
    attributeOf(option, 'value') ??
    childrenOf(option)
      .map((child) => render(child))
      .join('')
  );
}

function selected(select: DomNode): string | string[] {
  const values = selectedOptions(select).map(optionValue);
  return attributeOf(select, 'multiple') === undefined ? (values[0] ?? '') : values;
}

export function optionsOf(node: DomNode): DomElement[] {
  return descendants(node, ({ name }) => name === 'option');
}

export function selectedOptions(select: DomNode): DomElement[] {
  return optionsOf(select).filter((option) => attributeOf(option, 'selected') !== undefined);
}

const unsent = new Set(['submit', 'button', 'image', 'reset', 'file']);

/** The fields that submitting `nodes` sends, each of them a form or a field; k6 also sends what is disabled. */
export function formValues(nodes: readonly DomNode[]): FormValue[] {
  const fields = nodes.flatMap((node) => (tagOf(node) === 'form' ? descendants(node, isField) : [node]));
  return fields.flatMap((field) => {
    const name = attributeOf(field, 'name') ?? '';
    const type = attributeOf(field, 'type') ?? '';
    if (name === '' || !isElement(field) || !isField(field) || unsent.has(type)) return [];
    if (isChoice(field) && attributeOf(field, 'checked') !== 'checked') return [];
    const value = fieldValue(field);
    return value === undefined ? [] : [{ name, value }];
  });
}

function isField({ name }: DomElement): boolean {
  return name === 'input' || name === 'select' || name === 'textarea';
}

/** The later of two fields of the same name is the one that counts. */
export function formObject(nodes: readonly DomNode[]): Record<string, string | string[]> {
  return Object.fromEntries(formValues(nodes).map(({ name, value }) => [name, value]));
}

/** As `application/x-www-form-urlencoded`, by name, the way Go writes it. */
export function formText(values: Record<string, string | string[]>): string {
  return Object.keys(values)
    .sort()
    .flatMap((name) => [values[name] ?? []].flat().map((value) => `${encoded(name)}=${encoded(value)}`))
    .join('&');
}

function encoded(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

/** The value of a `data-` attribute: JSON where it is that, as jQuery has it. */
export function dataValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null' || text === 'undefined' || text === '') return undefined;
  if (text === String(Number(text))) return Number(text);
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `data-some-key` for `someKey`. */
export function dataAttribute(key: string): string {
  return `data-${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `someKey` for `data-some-key`; undefined for another attribute. */
export function dataKey(attribute: string): string | undefined {
  if (!attribute.startsWith('data-')) return undefined;
  return attribute.slice('data-'.length).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
