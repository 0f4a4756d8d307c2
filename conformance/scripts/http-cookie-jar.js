import http from 'k6/http';

const base = __ENV.BASE;

export default function () {
  const jar = http.cookieJar();
  console.log(jar.set(base, 'one', 'first'));
  jar.set(`${base}/cookies/deep`, 'two', 'second', { path: '/cookies/deep' });
  jar.set(base, 'far', 'away', { domain: 'example.com' });
  jar.set(base, 'safe', 'tls', { secure: true });
  jar.set(base, 'old', 'gone', { expires: 'Mon, 02 Jan 2006 15:04:05 MST' });
  console.log(http.get(`${base}/cookies`).body);
  console.log(http.get(`${base}/cookies/deep`).body);
  console.log(JSON.stringify(jar.cookiesForURL(base)));
  const own = new http.CookieJar();
  own.set(base, 'own', 'jar');
  console.log(http.get(`${base}/cookies`, { jar: own }).body);
  http.get(`${base}/cookies/plain?kept=here`, { jar: own });
  console.log(JSON.stringify(own.cookiesForURL(base).kept));
  console.log(http.get(`${base}/cookies`).body);
  jar.delete(base, 'one');
  console.log(http.get(`${base}/cookies`).body);
  jar.clear(base);
  console.log(JSON.stringify(jar.cookiesForURL(base)));
  console.log(http.get(`${base}/cookies`, { jar: null }).body);
}
