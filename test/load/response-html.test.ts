import { expect, it } from 'vitest';
import { clickLink, htmlOf, submitForm } from '../../src/load/http/response-html.ts';

const page = {
  url: 'http://127.0.0.1:8802/page/x',
  body: `<form id=a action="/echo/a" method="get"><input name=x value=1><input name=y value="a b"><input type=submit name=go value=Go><input type=submit name=go2 value=Go2></form>
<form id=b method=POST><input name=x value=1><input type=checkbox name=c checked="checked" value=cv><select name=m multiple><option selected>1<option selected>2</select><button type=submit name=bb value=bv></button></form>
<form id=c action="echo/rel?old=1" method=get><input name=q></form><form id=e action="#x"></form>
<a href="/echo/1">1</a><a class=rel href="echo/rel?x=1#f">2</a><a class=no>4</a><a class=bad href="http://[bad">5</a><a class=q href="?z=1">6</a>`,
};
const request = async (method: string, url: string, body: unknown, params: unknown) => ({
  method,
  url,
  body,
  params,
});
const at = (path: string) => `http://127.0.0.1:8802${path}`;

// What k6 2.0.0 sends for the same page.
it.each<[object | undefined, object]>([
  [undefined, { method: 'GET', url: at('/echo/a?c=cv&go=Go&m=1%2C2&q=&x=1&y=a+b'), body: null }],
  [{ submitSelector: '[name=go2]', formSelector: '#a' }, { url: at('/echo/a?go2=Go2&x=1&y=a+b') }],
  [{ formSelector: '#a', fields: { x: '2', n: ['1', '2'] } }, { url: at('/echo/a?go=Go&n=1%2C2&x=2&y=a+b') }],
  [
    { formSelector: '#b' },
    { method: 'POST', url: at('/page/x'), body: { x: '1', c: 'cv', m: '[1 2]', bb: 'bv' } },
  ],
  [
    { formSelector: '#b', fields: { c: 'over', k: 5 }, params: { headers: { 'X-A': '1' } } },
    { body: { x: '1', c: 'over', m: '[1 2]', bb: 'bv', k: 5 }, params: { headers: { 'X-A': '1' } } },
  ],
  [{ formSelector: '#c', fields: { q: 'load test' } }, { url: at('/page/echo/rel?q=load+test') }],
  [{ formSelector: '#e' }, { url: at('/page/x#x') }],
])('submits a form with %j', async (args, expected) => {
  expect(await submitForm(page, request, args)).toMatchObject(expected);
});

it.each<[object | undefined, string]>([
  [undefined, at('/echo/1')],
  [{ selector: 'a.rel' }, at('/page/echo/rel?x=1#f')],
  [{ selector: 'a.q' }, at('/page/x?z=1')],
])('follows the link of %j', async (args, url) => {
  expect(await clickLink(page, request, args)).toEqual({ method: 'GET', url, body: null, params: undefined });
});

it.each<[() => Promise<unknown>, string]>([
  [
    () => submitForm(page, request, { formSelector: '#none' }),
    `no form found for selector '#none' in response '${page.url}'`,
  ],
  [() => submitForm(page, request, null), 'Cannot convert undefined or null to object'],
  [
    () => clickLink(page, request, { selector: 'zz' }),
    `no element found for selector 'zz' in response '${page.url}'`,
  ],
  [
    () => clickLink(page, request, { selector: 'a.no' }),
    `no valid href attribute value found on element 'a.no' in response '${page.url}'`,
  ],
  [() => clickLink(page, request, { selector: 'a.bad' }), `parse "http://[bad": missing ']' in host`],
  [() => submitForm({ ...page, body: null }, request), "the body is null so we can't transform it to HTML"],
])('refuses what is not on the page', async (use, message) => {
  await expect(use()).rejects.toThrow(message);
});

it('gives the page, or a part of it, of a body of text or bytes', () => {
  const bytes = new TextEncoder().encode(page.body);
  expect(htmlOf(page).find('a').size()).toBe(5);
  expect(htmlOf({ ...page, body: bytes.buffer }, 'a').text()).toBe('12456');
  expect(htmlOf(page, 'a').url).toBe(page.url);
});
