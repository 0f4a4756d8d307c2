import http from 'k6/http';

const at = (credentials, path) => __ENV.BASE.replace('//', `//${credentials}@`) + path;

export default function () {
  const right = http.get(at('ada:secret', '/digest-auth/ada/secret'), { auth: 'digest' });
  console.log(right.status, right.body);
  const wrong = http.get(at('ada:wrong', '/digest-auth/ada/secret'), { auth: 'digest' });
  console.log(wrong.status, wrong.body);
  const post = http.post(at('ada:secret', '/digest-auth/ada/secret'), 'text', { auth: 'digest' });
  console.log(post.status, post.body);
}
