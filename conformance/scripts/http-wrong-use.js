import http from 'k6/http';

const uses = {
  'no url': () => http.get(),
  'null url': () => http.get(null),
  'number url': () => http.get(5),
  'object url': () => http.get({}),
  'bad headers': () => http.get(`${__ENV.BASE}/get`, { headers: 'x' }).status,
  'bad tags': () => http.get(`${__ENV.BASE}/get`, { tags: 'x' }).status,
  'null params': () => http.get(`${__ENV.BASE}/get`, null).status,
  'bad jar': () => http.get(`${__ENV.BASE}/get`, { jar: 5 }).status,
  'bad auth': () => http.get(`${__ENV.BASE}/get`, { auth: 'magic' }).status,
  'bad redirects': () => http.get(`${__ENV.BASE}/get`, { redirects: 'x' }).status,
  'unknown param': () => http.get(`${__ENV.BASE}/get`, { nonsense: 1 }).status,
  'no method': () => http.request(),
};

export default function () {
  for (const [name, use] of Object.entries(uses)) {
    try {
      const got = use();
      console.log(name, typeof got === 'object' ? `${got.status} ${got.error_code}` : got);
    } catch (error) {
      console.log(name, '|', error.message.split('\n')[0]);
    }
  }
}
