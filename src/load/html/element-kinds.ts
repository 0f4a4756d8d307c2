import {
  ancestor,
  attributeOf,
  childrenOf,
  type DomElement,
  type DomNode,
  descendants,
  isElement,
  textOf,
} from './document.ts';
import { linkParts } from './link-parts.ts';
import { optionsOf, optionValue, selectedOptions } from './values.ts';

/** What a method gives: text, a number, nodes, ... */
type Method = (node: DomNode) => unknown;
type Methods = Record<string, Method>;

const text =
  (attribute: string, otherwise = ''): Method =>
  (node) =>
    attributeOf(node, attribute) ?? otherwise;
const flag =
  (attribute: string): Method =>
  (node) =>
    attributeOf(node, attribute) !== undefined;
const whole =
  (attribute: string, otherwise = 0): Method =>
  (node) => {
    const number = Number.parseInt(attributeOf(node, attribute) ?? '', 10);
    return Number.isNaN(number) ? otherwise : number;
  };

function all(make: (attribute: string) => Method, names: string): Methods {
  return Object.fromEntries(names.split(' ').map((name) => [name, make(name.toLowerCase())]));
}

const named =
  (...names: string[]) =>
  ({ name }: DomElement) =>
    names.includes(name);
const fieldNames = ['button', 'fieldset', 'input', 'keygen', 'object', 'output', 'select', 'textarea'];
const formOf: Method = (node) => ancestor(node, named('form'));
const documentOf = (node: DomNode): DomNode => {
  let top: DomNode = node;
  while (top.parent) top = top.parent as DomNode;
  return top;
};
const ownChildren = (node: DomNode, ...names: string[]) =>
  childrenOf(node)
    .filter(isElement)
    .filter(named(...names));
const within = (node: DomNode, ...names: string[]) => descendants(node, named(...names));

/** The labels that name a field by its id, or hold it. */
function labelsOf(node: DomNode): DomElement[] {
  const id = attributeOf(node, 'id');
  const outer = ancestor(node, named('label'));
  return within(documentOf(node), 'label').filter(
    (label) => label === outer || (id !== undefined && attributeOf(label, 'for') === id),
  );
}

function controlOf(label: DomNode): DomElement | undefined {
  const id = attributeOf(label, 'for');
  if (id === undefined) return within(label, ...fieldNames)[0];
  return descendants(documentOf(label), (element) => attributeOf(element, 'id') === id)[0];
}

const ofForm =
  (own: string, ofForm: string, otherwise: string): Method =>
  (node) => {
    const form = ancestor(node, named('form'));
    return attributeOf(node, own) ?? (form && attributeOf(form, ofForm)) ?? otherwise;
  };
const URL_ENCODED = 'application/x-www-form-urlencoded';
const field: Methods = {
  form: formOf,
  labels: labelsOf,
  formAction: ofForm('formaction', 'action', ''),
  formEnctype: ofForm('formenctype', 'enctype', URL_ENCODED),
  formMethod: ofForm('formmethod', 'method', 'get'),
  formTarget: ofForm('formtarget', 'target', ''),
  formNoValidate: flag('formnovalidate'),
  ...all(text, 'name value'),
  ...all(flag, 'autofocus disabled'),
};

const link: Methods = {
  ...all(text, 'download hreflang media rel target type href'),
  referrerPolicy: text('referrerpolicy'),
  text: textOf,
  relList: (node) => (attributeOf(node, 'rel') ?? '').split(/\s+/).filter((name) => name !== ''),
  ...linkParts,
};
const media: Methods = {
  ...all(text, 'src preload mediaGroup crossOrigin'),
  ...all(flag, 'autoplay controls loop'),
  defaultMuted: flag('muted'),
  textTracks: (node) => within(node, 'track'),
};
const mod: Methods = { cite: text('cite'), datetime: text('datetime') };
const section: Methods = { rows: (node) => ownChildren(node, 'tr') };
const cell: Methods = {
  cellIndex: (node) =>
    node.parent ? ownChildren(node.parent as DomNode, 'td', 'th').indexOf(node as DomElement) : -1,
  colSpan: whole('colspan', 1),
  rowSpan: whole('rowspan', 1),
  headers: text('headers'),
};

function rowsOf(table: DomNode): DomElement[] {
  const part = (...names: string[]) =>
    ownChildren(table, ...names).flatMap((each) => ownChildren(each, 'tr'));
  return [...part('thead'), ...ownChildren(table, 'tr'), ...part('tbody'), ...part('tfoot')];
}

const numberOf = (node: DomNode, name: string, otherwise: number) => {
  const number = Number.parseFloat(attributeOf(node, name) ?? '');
  return Number.isNaN(number) ? otherwise : number;
};
/** k6 gives the share that is done for both. */
const progress: Method = (node) => {
  if (attributeOf(node, 'value') === undefined) return -1;
  return numberOf(node, 'value', 0) / numberOf(node, 'max', 1);
};
const optionIndex: Method = (node) => {
  const list = ancestor(node, named('select', 'datalist'));
  return list === undefined ? 0 : optionsOf(list).indexOf(node as DomElement);
};

const kinds: Record<string, Methods> = {
  a: link,
  area: { ...link, alt: text('alt'), coords: text('coords'), shape: text('shape') },
  audio: media,
  base: all(text, 'href target'),
  button: { ...field, type: text('type', 'submit'), value: text('value') },
  canvas: { width: whole('width', 150), height: whole('height', 150) },
  data: { value: text('value') },
  datalist: { options: optionsOf },
  del: mod,
  embed: all(text, 'src type width height'),
  fieldset: {
    elements: (node) => within(node, ...fieldNames),
    form: formOf,
    type: () => 'fieldset',
    validity: () => undefined,
    name: text('name'),
    disabled: flag('disabled'),
  },
  form: {
    elements: (node) => within(node, ...fieldNames),
    length: (node) => within(node, ...fieldNames).length,
    method: (node) => (attributeOf(node, 'method')?.toLowerCase() === 'post' ? 'post' : 'get'),
    enctype: text('enctype', URL_ENCODED),
    encoding: text('enctype', URL_ENCODED),
    autocomplete: text('autocomplete', 'on'),
    acceptCharset: text('accept-charset'),
    noValidate: flag('novalidate'),
    ...all(text, 'action name target'),
  },
  iframe: all(text, 'name src width height'),
  img: {
    ...all(text, 'alt src srcset sizes crossOrigin useMap name'),
    ...{ currentSrc: text('src'), referrerPolicy: text('referrerpolicy'), isMap: flag('ismap') },
    ...all(whole, 'width height'),
  },
  input: {
    ...field,
    type: text('type', 'text'),
    ...all(text, 'accept alt max min pattern placeholder src step'),
  },
  ins: mod,
  keygen: {
    ...all(text, 'name challenge keytype'),
    form: formOf,
    labels: labelsOf,
    disabled: flag('disabled'),
  },
  label: { control: controlOf, form: formOf, htmlFor: text('for') },
  legend: { form: formOf },
  li: { value: whole('value'), type: text('type') },
  link: { ...link, crossOrigin: text('crossorigin'), integrity: text('integrity'), sizes: text('sizes') },
  map: { name: text('name'), areas: (node) => within(node, 'area'), images: imagesOf },
  meta: { ...all(text, 'content name'), httpEquiv: text('http-equiv') },
  meter: { labels: labelsOf, ...all(whole, 'min max low high optimum') },
  object: { form: formOf, ...all(text, 'data type name useMap width height') },
  ol: { start: whole('start', 1), reversed: flag('reversed'), type: text('type') },
  optgroup: { disabled: flag('disabled'), label: text('label') },
  option: {
    disabled: (node) =>
      flag('disabled')(node) ||
      ancestor(node, (each) => each.name === 'optgroup' && 'disabled' in each.attribs) !== undefined,
    form: formOf,
    index: optionIndex,
    label: (node) => attributeOf(node, 'label') ?? textOf(node),
    text: textOf,
    value: optionValue,
    selected: flag('selected'),
    defaultSelected: flag('selected'),
  },
  output: {
    form: formOf,
    labels: labelsOf,
    value: textOf,
    defaultValue: textOf,
    name: text('name'),
    htmlFor: text('for'),
  },
  param: all(text, 'name value'),
  pre: all(text, 'name value'),
  progress: {
    labels: labelsOf,
    max: (node) => numberOf(node, 'max', 1),
    position: progress,
    value: progress,
  },
  q: { cite: text('cite') },
  blockquote: { cite: text('cite') },
  script: {
    text: textOf,
    ...all(text, 'src type charset crossOrigin'),
    ...all(flag, 'async defer'),
    noModule: flag('nomodule'),
  },
  select: {
    ...field,
    length: (node) => optionsOf(node).length,
    options: optionsOf,
    selectedIndex: (node) => optionsOf(node).findIndex(flag('selected')),
    selectedOptions,
    size: (node) => whole('size', flag('multiple')(node) ? 4 : 1)(node),
    type: (node) => (flag('multiple')(node) ? 'select-multiple' : 'select'),
    value: (node) => {
      const [first] = selectedOptions(node);
      return first === undefined ? '' : optionValue(first);
    },
    multiple: flag('multiple'),
    required: flag('required'),
  },
  source: all(text, 'src srcset sizes media type keySystem'),
  style: { type: text('type'), media: text('media') },
  table: {
    caption: (node) => ownChildren(node, 'caption')[0],
    rows: rowsOf,
    tBodies: (node) => ownChildren(node, 'tbody'),
    tFoot: (node) => ownChildren(node, 'tfoot')[0],
    tHead: (node) => ownChildren(node, 'thead')[0],
    sortable: flag('sortable'),
  },
  tbody: section,
  tfoot: section,
  thead: section,
  td: cell,
  th: { ...cell, abbr: text('abbr'), scope: text('scope'), sorted: flag('sorted') },
  col: { span: whole('span', 1) },
  colgroup: { span: whole('span', 1) },
  textarea: {
    ...field,
    length: (node) => (attributeOf(node, 'value') ?? '').length,
    type: () => 'textarea',
    ...all(text, 'accessKey autocomplete placeholder wrap'),
    ...{ rows: whole('rows'), cols: whole('cols'), maxLength: whole('maxlength', -1) },
    ...all(flag, 'readOnly required'),
  },
  time: { datetime: text('datetime') },
  title: { text: textOf },
  tr: {
    cells: (node) => ownChildren(node, 'td', 'th'),
    rowIndex: (node) => {
      const table = ancestor(node, named('table'));
      return table === undefined ? -1 : rowsOf(table).indexOf(node as DomElement);
    },
    sectionRowIndex: (node) =>
      node.parent ? ownChildren(node.parent as DomNode, 'tr').indexOf(node as DomElement) : -1,
  },
  track: { ...all(text, 'kind src srclang label'), default: flag('default') },
  ul: { type: text('type') },
  video: { ...media, poster: text('poster'), ...all(whole, 'width height') },
};

function imagesOf(map: DomNode): DomElement[] {
  const name = attributeOf(map, 'name');
  return within(documentOf(map), 'img', 'object').filter(
    (each) => attributeOf(each, 'usemap') === `#${name}`,
  );
}

/** The methods that elements of the name `tag` have besides those of all. */
export function own(tag: string): Methods {
  return Object.hasOwn(kinds, tag) ? (kinds[tag] ?? {}) : {};
}
