import type { AnyNode, CallExpression, MemberExpression } from 'acorn';
import type { Edits } from './edit.ts';
import { type Form, linksOf, startOfAccess, startOfArguments } from './edit-calls.ts';
import { unwrap } from './syntax.ts';

/** The part of a chain between two optional links. */
type Part = {
  /** Text before it, the outermost first. */
  opens: string[];
  /** Where its text begins in place of `?.`: from, to, and what it starts with. */
  joint: { start: number; end: number; text: string } | undefined;
  /** The temporary that holds what it begins with. */
  temporary: string | undefined;
};

/**
 * Writes an optional chain in which something is awaited as conditions: `a?.f().g` becomes
 * `((t = a) == null ? void 0 : (await t.f()).g)`. The temporaries are used before anything is awaited, so that one
 * set per module instance is enough.
 */
export function editChain(edits: Edits, chain: AnyNode, forms: Map<AnyNode, Form>): void {
  edits.at(chain, () => {
    const links = linksOf(chain).reverse();
    const parts: Part[] = [{ opens: [], joint: undefined, temporary: undefined }];
    const starts: string[] = [];
    links.forEach((link, index) => {
      let part = parts.at(-1);
      if (link.optional && part) {
        part = split(
          edits,
          link,
          links[index - 1],
          forms.get(links[index + 1] ?? link),
          links[index + 1],
          part,
          forms,
        );
        starts.unshift(`((${part.temporary} = `);
        parts.push(part);
      }
      const form = forms.get(link);
      if (!form || !part) return;
      if (!isJoined(link, links[index - 1])) form.inside();
      part.opens.unshift(form.open);
      edits.after(link.end, form.close);
    });
    write(edits, chain, parts, starts);
  });
}

/** The method's name and parenthesis are part of the joint's text already. */
function isJoined(link: AnyNode, before: AnyNode | undefined): boolean {
  if ('optional' in link && link.optional) return true;
  return link.type === 'CallExpression' && before?.type === 'MemberExpression' && before.optional;
}

function write(edits: Edits, chain: AnyNode, parts: Part[], starts: string[]): void {
  const [first, ...others] = parts;
  edits.before(chain.start, [...starts, ...(first?.opens ?? [])].join(''));
  others.forEach(({ joint, opens }, index) => {
    const closes = index > 0 ? '))' : ')';
    if (joint) {
      edits.replace(joint.start, joint.end, `${closes} == null ? void 0 : ${opens.join('')}${joint.text}`);
    }
  });
  if (others.length > 0) edits.after(chain.end, ')');
}

type Link = MemberExpression | CallExpression;

function split(
  edits: Edits,
  link: Link,
  before: Link | undefined,
  nextForm: Form | undefined,
  next: Link | undefined,
  part: Part,
  forms: Map<AnyNode, Form>,
): Part {
  const temporary = edits.temporaryName();
  const made = (start: number, end: number, text: string): Part => ({
    opens: [],
    joint: { start, end, text },
    temporary,
  });
  if (link.type === 'CallExpression') {
    const end = startOfArguments(edits, link);
    const start = edits.code.lastIndexOf('?.', end - 1);
    return made(start, end, optionalCall(edits, link, before, forms.get(link), part, temporary));
  }
  const start = startOfAccess(edits, link);
  const joinsNext = next?.type === 'CallExpression' && !next.optional;
  if (joinsNext && nextForm?.asArgument) {
    return made(start, startOfArguments(edits, next), `${temporary}, `);
  }
  if (joinsNext && nextForm) nextForm.inside();
  return made(start, start + 2, link.computed ? temporary : `${temporary}.`);
}

/** The text of `f?.(` or `object.f?.(`, with the function in `temporary`. */
function optionalCall(
  edits: Edits,
  link: CallExpression,
  before: Link | undefined,
  form: Form | undefined,
  part: Part,
  temporary: string,
): string {
  if (form?.isVariant) return `${temporary}.blocking(`;
  if (before?.type !== 'MemberExpression') return `${temporary}(`;
  const self = receiver(edits, before, part);
  if (form?.asArgument) return `${self}, `;
  return `${temporary}.call(${self}${link.arguments.length > 0 ? ', ' : ''}`;
}

/** What `this` is in the method `member` of the current part. */
function receiver(edits: Edits, member: MemberExpression, part: Part): string {
  if (member.optional) return part.temporary ?? 'this';
  const object = unwrap(member.object);
  if (object.type === 'Super' || object.type === 'ThisExpression') return 'this';
  const self = edits.temporaryName();
  part.opens.unshift(`(${self} = `);
  edits.after(member.object.end, ')');
  return self;
}
