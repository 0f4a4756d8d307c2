import { childrenOf, type DomElement, type DomNode, isElement } from './document.ts';

const empty = new Set([
  ...[
    'area',
    'base',
    'br',
    'col',
    'embed',
    'hr',
    'img',
    'input',
    'keygen',
    'link',
    'meta',
    'param',
    'source',
  ],
  ...['track', 'wbr'],
]);
/** Elements whose text is written as it stands. */
const raw = new Set(['iframe', 'noembed', 'noframes', 'noscript', 'plaintext', 'script', 'style', 'xmp']);
const entities: Record<string, string> = {
  '&': '&amp;',
  "'": '&#39;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
};

function escaped(text: string): string {
  return text.replace(/[&'<>"]/g, (character) => entities[character] ?? character);
}

/** A node as HTML, written as Go writes it, which is what k6 shows. */
export function render(node: DomNode): string {
  if (node.type === 'text') return escaped(node.data);
  if (node.type === 'comment') return `<!--${node.data}-->`;
  if (node.type === 'directive') return doctype(node.data);
  if (isElement(node)) return renderElement(node);
  return renderChildren(node);
}

function doctype(data: string): string {
  return `<!DOCTYPE ${data.replace(/^!doctype\s*/i, '')}>`;
}

function renderElement(element: DomElement): string {
  const attributes = Object.entries(element.attribs).map(([name, value]) => ` ${name}="${escaped(value)}"`);
  const open = `<${element.name}${attributes.join('')}`;
  if (empty.has(element.name)) return `${open}/>`;
  return `${open}>${renderChildren(element)}</${element.name}>`;
}

/** What is in a node, as HTML. */
export function renderChildren(node: DomNode): string {
  const isRaw = isElement(node) && raw.has(node.name);
  return childrenOf(node)
    .map((child) => (isRaw && child.type === 'text' ? child.data : render(child)))
    .join('');
}
