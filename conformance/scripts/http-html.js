import http from 'k6/http';

export default function () {
  const page = http.get(`${__ENV.BASE}/html`);
  const doc = page.html();
  console.log(doc.find('title').text(), doc.find('li').size(), doc.find('li.x').attr('data-n'));
  console.log(page.html('li').text(), page.html('.part').html());
  console.log(
    doc.find('li').eq(1).next().text(),
    doc.find('li').first().text(),
    doc.find('li').last().text(),
  );
  console.log(
    doc
      .find('li')
      .map((_, item) => item.text())
      .join(),
    doc.find('li').toArray().length,
  );
  doc.find('li').each((index, item) => console.log(index, item.textContent(), item.nodeName()));
  console.log(
    doc.find('#list').children().size(),
    doc.find('b').parent().text(),
    doc.find('b').closest('div').attr('class'),
  );
  console.log(
    doc.find('li').data('n'),
    doc.find('li').filter('.x').text(),
    doc.find('li').not('.x').text(),
    doc.find('p').is('[lang]'),
  );
}
