import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parsePage } from '../../src/load/html/parse.ts';
import type { Selection } from '../../src/load/html/selection.ts';

const page = parsePage(
  `<!DOCTYPE html><html lang="en"><head><title>T &amp; U</title></head><body><!-- c --><div id="a" class="one two" data-some-key="5" data-json='{"a":1}' data-bool="true" data-null="null" data-num="1.50" data-str="x" data-empty="">
<p class=p1>first <b>bold</b></p><p>second</p><p lang=fr>third</p></div>
<form id=f1 method=post action="/go?x=1"><input name="x" value="1"><input type="checkbox" name="c" checked><input type=checkbox name=c2><input type=radio name=r value=1><input type=radio name=r value=2 checked>
<input name=dis value=d disabled><input type=submit name=sub value=S><input type=file name=fi><input type=hidden name=h value="h v&"><input value=noname><button name=btn value=bv>B</button>
<select name="s"><option value="a">A</option><option value="b" selected>B</option></select><select name=m multiple><option selected>m1<option selected value=m2>M2<option>m3</select><select name=s0><option>o1<option>o2</select>
<textarea name="t">long
text</textarea><label for=x1>L</label><fieldset name=fs><legend>lg</legend><input id=x1 name=x1></fieldset></form><a href="/x?y=1#h" rel="nofollow noopener">link</a><a id=abs href="https://u:p@host.test:8080/p/a?q=1#frag">abs</a>
<table><caption>cap</caption><thead><tr><th>h</th></tr></thead><tbody><tr><td>1</td><td colspan=2>2</td></tr></tbody></table><ul><li>1<li>2<li>3</ul><progress value=2 max=10></progress></body></html>`,
  '',
);
const $ = (selector: string) => page.find(selector);
const p = $('p');
const texts = (selection: Selection) => selection.map((_: number, each: Selection) => each.text());
const names = (selection: Selection) => selection.map((_: number, each: Selection) => tag(each, 0));
const tag = (selection: Selection, index: number) =>
  (selection.get(index) as { nodeName(): string }).nodeName();

// What k6 2.0.0 gives for the same page.
it.each<[string, () => unknown, unknown]>([
  [
    'the root',
    () => [page.size(), tag(page, 0), page.children().size(), page.contents().size()],
    [1, '#document', 1, 2],
  ],
  [
    'attr',
    () => [$('#a').attr('class'), p.attr('class'), $('#a').attr('none', 'def')],
    ['one two', 'p1', 'def'],
  ],
  ['text', () => [p.text(), $('zz').text(), $('title').text()], ['first boldsecondthird', '', 'T & U']],
  ['html', () => [p.html(), $('zz').html()], ['first <b>bold</b>', '']],
  [
    'children',
    () => [$('#a').children().size(), $('#a').contents().size(), $('form').children('input').size()],
    [3, 4, 10],
  ],
  [
    'closest',
    () => [
      $('b').closest('div').attr('id'),
      $('b').closest('zz').size(),
      $('b')
        .closest(p as never)
        .size(),
    ],
    ['a', 0, 1],
  ],
  ['data', () => page.find('#a').data(), { num: '1.50', str: 'x', someKey: 5, json: { a: 1 }, bool: true }],
  [
    'data of one key',
    () => ['someKey', 'some-key', 'null', 'empty'].map((key) => $('#a').data(key)),
    [5, 5, undefined, undefined],
  ],
  ['eq', () => [p.eq(1).text(), p.eq(-1).text(), p.eq(7).size(), p.eq().size()], ['second', 'third', 0, 1]],
  [
    'filter',
    () =>
      [p.filter('.p1'), p.filter((i: number) => i === 1), p.filter($('.p1'))].map((each) =>
        (each as Selection).text(),
      ),
    ['first bold', 'second', 'first bold'],
  ],
  ['find', () => [$('p,b').size(), $('div').find($('b')).size(), $('').size(), $('p[').size()], [4, 1, 0, 0]],
  [
    'pseudo-classes',
    () =>
      [
        'p:first-child',
        'p:not(.p1)',
        'p:contains("first")',
        'p:has(b)',
        'input:checked',
        ':input',
        'option:selected',
        'p:first',
      ].map((each) => $(each).size()),
    [1, 2, 1, 1, 2, 16, 0, 0],
  ],
  ['has', () => [p.has('b').size(), p.has($('b')).size(), p.has('zz').size()], [1, 1, 0]],
  [
    'is',
    () => [p.is('.p1'), p.is('b'), p.is((i: number) => i === 2), p.is($('.p1'))],
    [true, false, true, true],
  ],
  [
    'not',
    () =>
      [p.not('.p1'), p.not((i: number) => i === 0), p.not($('.p1'))].map((each) =>
        (each as Selection).size(),
      ),
    [2, 2, 2],
  ],
  [
    'next',
    () => [
      p.first().next().text(),
      p.next().size(),
      p.next('.p1').size(),
      p.nextAll().size(),
      p.first().nextUntil('[lang]').text(),
      p.first().nextUntil().size(),
      p.first().nextUntil(p.last()).size(),
    ],
    ['second', 2, 0, 2, 'second', 2, 1],
  ],
  [
    'prev',
    () => [p.last().prev().text(), texts(p.last().prevAll()), p.last().prevUntil('.p1').text()],
    ['second', ['second', 'first bold'], 'second'],
  ],
  [
    'parents',
    () => [
      p.parent().size(),
      names($('b').parents()),
      names($('b').parentsUntil('body')),
      $('b').parentsUntil('body', 'div').size(),
    ],
    [1, ['p', 'div', 'body', 'html'], ['p', 'div'], 1],
  ],
  ['siblings', () => [p.eq(1).siblings().size(), p.eq(1).siblings('.p1').size()], [2, 1]],
  [
    'index',
    () => [p.eq(1).index(), p.index(), $('zz').index(), p.index('.p1'), p.index($('[lang=fr]').get(0))],
    [1, 0, -1, 0, 2],
  ],
  ['add and end', () => [p.add('b').size(), p.add(p).size(), p.first().end().size()], [4, 3, 3]],
  [
    'slice',
    () => [p.slice(1), p.slice(0, 2), p.slice(-1), p.slice(-2, -1), p.slice()].map((each) => each.size()),
    [2, 2, 1, 1, 3],
  ],
  [
    'val',
    () =>
      ['input', '[name=s]', '[name=m]', '[name=s0]', 'textarea', '[name=c]', 'option', 'p', 'button'].map(
        (each) => $(each).val(),
      ),
    ['1', 'b', ['m1', 'm2'], '', 'long\ntext', 'on', 'a', undefined, 'bv'],
  ],
  ['serialize', () => $('form').serialize(), 'dis=d&h=h+v%26&m=m1&m=m2&s=b&s0=&t=long%0Atext&x=1&x1='],
  [
    'serializeArray',
    () => $('form').serializeArray().slice(2, 5),
    [
      { name: 'h', value: 'h v&' },
      { name: 's', value: 'b' },
      { name: 'm', value: ['m1', 'm2'] },
    ],
  ],
  [
    'serializeObject',
    () => $('form').serializeObject(),
    { dis: 'd', h: 'h v&', s: 'b', m: ['m1', 'm2'], s0: '', t: 'long\ntext', x1: '', x: '1' },
  ],
  ['map', () => p.map((i: number) => (i === 1 ? undefined : i)), [0, undefined, 2]],
  ['each', () => (p.each(() => false) as Selection).size(), 3],
])('has %s as k6 does', (_, give, expected) => {
  expect(give()).toEqual(expected);
});

it.each<[string, () => unknown, string]>([
  ['each', () => p.each(5), 'the argument to each() must be a function'],
  ['map', () => p.map(), 'the argument to map() must be a function'],
  ['filter', () => p.filter(5), 'the argument to filter() must be a function, a selector or a selection'],
  ['is', () => p.is(p.get(0)), 'the argument to is() must be a function, a selector or a selection'],
  ['closest', () => p.closest(), "invalid argument, cannot use a '<nil>' as a selector"],
])('refuses what %s cannot use', (_, use, message) => {
  expect(use).toThrow(message);
});

type Methods = Record<string, (...args: unknown[]) => unknown>;
const element = (selector: string) => $(selector).get(0) as Methods;

// [selector, method, what k6 2.0.0 gives]; elements stand for themselves by name.
it.each<[string, string, unknown]>([
  ['p', 'className', 'p1'],
  ['p', 'nodeType', 1],
  ['p', 'childNodes', ['#text', 'b']],
  ['p', 'children', ['b']],
  ['p', 'nextSibling', 'p'],
  ['p', 'previousSibling', '#text'],
  ['p', 'parentElement', 'div'],
  ['p', 'ownerDocument', '#document'],
  ['p', 'innerHTML', 'first <b>bold</b>'],
  ['p', 'toString', '[object html.Node]'],
  ['p', 'lang', undefined],
  ['a', 'hash', '#h'],
  ['a', 'host', ''],
  ['a', 'pathname', '/x'],
  ['a', 'protocol', ':'],
  ['a', 'relList', ['nofollow', 'noopener']],
  ['#abs', 'host', 'host.test:8080'],
  ['#abs', 'hostname', 'host.test'],
  ['#abs', 'origin', 'https://host.test:8080'],
  ['#abs', 'password', 'p'],
  ['#abs', 'port', '8080'],
  ['#abs', 'protocol', 'https'],
  ['button', 'formAction', '/go?x=1'],
  ['button', 'formMethod', 'post'],
  ['button', 'type', 'submit'],
  ['[name=x]', 'type', 'text'],
  ['#x1', 'labels', ['label']],
  ['form', 'length', 17],
  ['fieldset', 'elements', ['input']],
  ['label', 'control', 'input'],
  ['legend', 'form', 'form'],
  ['[name=s]', 'selectedIndex', 1],
  ['[name=s]', 'type', 'select'],
  ['[name=m]', 'size', 4],
  ['[name=m]', 'value', 'm1'],
  ['[name=s0]', 'selectedIndex', -1],
  ['table', 'rows', ['tr', 'tr']],
  ['table', 'tHead', 'thead'],
  ['td', 'colSpan', 1],
  ['progress', 'value', 0.2],
])('gives %s.%s() as k6 does', (selector, method, expected) => {
  expect(shown(element(selector)[method]?.call($(selector).get(0)))).toEqual(expected);
});

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  return typeof value === 'object' && value !== null ? (value as { nodeName(): string }).nodeName() : value;
}

it('looks for elements in an element', () => {
  const div = element('#a');
  const first = $('p').get(0);
  expect(shown(div.querySelectorAll?.('p'))).toEqual(['p', 'p', 'p']);
  expect(shown(div.querySelector?.('zz'))).toBeUndefined();
  expect(shown(div.getElementsByClassName?.('p1'))).toEqual(['p']);
  expect([div.contains?.(first), element('p').contains?.(div)]).toEqual([true, false]);
  expect([element('p').isSameNode?.(first), element('p').isEqualNode?.(div)]).toEqual([true, false]);
  expect([element('p').matches?.('.p1'), element('p').matches?.('b')]).toEqual([true, false]);
  expect(div.getAttributeNode?.('id')).toMatchObject({ name: 'id', value: 'a' });
});

it('writes HTML as Go does', () => {
  const written = parsePage(
    `<p title="q&quot;'&lt;">it's "x" &amp; <br> &nbsp; &lt;</p><script>a<b && "c"</script><input disabled><!-- c>-->`,
    '',
  ).html();
  expect(written).toBe(
    '<html><head></head><body><p title="q&#34;&#39;&lt;">it&#39;s &#34;x&#34; &amp; <br/> \u00a0 &lt;</p>' +
      '<script>a<b && "c"</script><input disabled=""/><!-- c>--></body></html>',
  );
});

it('reads data attributes that are JSON as such', () => {
  const html = `<p data-a="1e3" data-b="-5" data-c="0x1" data-d="007" data-e="[1,2]" data-f="{bad" data-g=" 5" data-h="1.5" data-i="12345678901234567890" data-j="false" data-K="k" data-l-m-n=z>`;
  const data = { a: '1e3', b: -5, c: '0x1', d: '007', e: [1, 2], f: '{bad', g: ' 5', h: 1.5 };
  expect(parsePage(html, '').find('p').data()).toEqual({
    ...data,
    i: '12345678901234567890',
    j: false,
    k: 'k',
    lMN: 'z',
  });
});

it('waits for functions that block, in order', async () => {
  const seen: string[] = [];
  const waiting = (_: number, each: Selection) =>
    new Promise((resolve) => setImmediate(() => resolve(seen.push(each.text()))));
  const map = p.map as unknown as { blocking(callback: typeof waiting): Promise<number[]> };
  expect(await map.blocking.call(p, waiting)).toEqual([1, 2, 3]);
  expect(seen).toEqual(['first bold', 'second', 'third']);
});

it('reads back the text that it writes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!/[\0\r]/.test(text));
      const escaped = text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
      const written = parsePage(`<b>${escaped}</b>`, '').find('b').html();
      return parsePage(`<b>${written}</b>`, '').find('b').text() === text;
    }),
    { seed: 1 },
  );
});
