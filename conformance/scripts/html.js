import { parseHTML } from 'k6/html';

const doc =
  parseHTML(`<html><head><title>T &amp; U</title></head><body><div id="a" class="one two" data-some-key="5">
<p>first <b>bold</b></p><p>second</p></div><form><input name="x" value="1"><input type="checkbox" name="c" checked>
<select name="s"><option value="a">A</option><option value="b" selected>B</option></select>
<textarea name="t">long</textarea></form><a href="/x?y=1">link</a></body></html>`);

export default function () {
  console.log(doc.find('title').text(), doc.find('p').size(), doc.find('p').text());
  console.log(
    doc.find('#a').attr('class'),
    doc.find('#a').is('.two'),
    doc.find('#a').attr('none'),
    doc.find('#a').attr('none', 'd'),
  );
  console.log(doc.find('p').first().html(), doc.find('b').html(), doc.find('none').html());
  console.log(JSON.stringify(doc.find('form').serializeArray()), doc.find('form').serialize());
  console.log(JSON.stringify(doc.find('form').serializeObject()));
  console.log(doc.find('input').val(), doc.find('select').val(), doc.find('textarea').val());
  console.log(doc.find('#a').data('someKey'), JSON.stringify(doc.find('#a').data()));
  console.log(
    doc.find('p').last().prev().text(),
    doc.find('b').parents().size(),
    doc.find('p').eq(-1).text(),
  );
  console.log(doc.find('p').slice(1).text(), doc.find('p').get(0).textContent(), doc.find('p').index());
  console.log(
    doc.find('p').contents().size(),
    doc.find('div').has('b').size(),
    doc.find('p').add('b').size(),
  );
  const link = doc.find('a').get(0);
  console.log(link.nodeName(), link.getAttribute('href'), link.pathname(), link.search(), link.id() === '');
  console.log(
    doc
      .find('p')
      .map((index, element) => `${index}${element.text()}`)
      .join('|'),
  );
  console.log(
    doc.find('div').children('p').siblings().size(),
    doc.find('p').nextAll().size(),
    doc.find('b').parentsUntil('body').size(),
  );
}
