function page(html) {
  return (_request, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(html);
  };
}

export const pages = {
  html: page(`<!DOCTYPE html><html><head><title>Herman Melville</title><meta name="a" content="b"></head>
<body class="main wide" id="top"><h1>Moby-Dick</h1><div class="part"><p>one <b>bold</b></p><p lang="de">two</p><p></p></div>
<ul id="list"><li data-n="1">a</li><li data-n="2" class="x">b</li><li data-n="3">c</li></ul>
<a href="/get?from=link">go</a><a href="/status/204" class="second">none</a><!-- a comment --></body></html>`),
  forms:
    page(`<html><body><form action="/anything/form" method="post"><input type="text" name="user" value="me">
<input type="password" name="secret" value="s3"><input type="checkbox" name="yes" value="on" checked>
<input type="checkbox" name="no" value="off"><select name="pick"><option value="1">one</option>
<option value="2" selected>two</option></select><textarea name="words">some text</textarea>
<input type="hidden" name="token" value="t-1"><button type="submit" name="go" value="now">Send</button></form>
<form id="search" action="/anything/search" method="get"><input name="q" value="k6"><input type="submit" name="s" value="S"></form>
</body></html>`),
};
