import http from 'k6/http';

const at = (credentials, path) => __ENV.BASE.replace('//', `//${credentials}@`) + path;

export default function () {
  const right = http.get(at('ada:secret', '/basic-auth/ada/secret'));
  console.log(right.status, right.body, right.url.includes('secret@'), right.request.url.includes('secret@'));
  const wrong = http.get(at('ada:wrong', '/basic-auth/ada/secret'));
  console.log(wrong.status, wrong.body);
  const explicit = http.get(at('ada:secret', '/basic-auth/ada/secret'), { auth: 'basic' });
  console.log(explicit.status);
  console.log(http.get(`${__ENV.BASE}/basic-auth/ada/secret`).status);
}
