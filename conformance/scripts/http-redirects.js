import http from 'k6/http';

const base = __ENV.BASE;

function tell(what, response) {
  const { status, url, request } = response;
  console.log(what, status, url, request.method, request.url);
}

export default function () {
  tell('three', http.get(`${base}/redirect/3`));
  tell('none', http.get(`${base}/redirect/3`, { redirects: 0 }));
  tell('two', http.get(`${base}/redirect/3`, { redirects: 2 }));
  tell('too many', http.get(`${base}/redirect/12`));
  for (const status of [301, 302, 303, 307, 308]) {
    const response = http.post(`${base}/redirect-to?status=${status}&url=/anything/there`, 'the body');
    tell(status, response);
    console.log(status === 0 ? '' : response.body);
  }
  tell('no location', http.get(`${base}/redirect-to`));
  tell('absolute', http.get(`${base}/redirect-to?url=${encodeURIComponent(`${base}/get?x=1`)}`));
  tell('fragment', http.get(`${base}/redirect-to?url=${encodeURIComponent('/get#part')}`));
  tell('refused', http.get(`${base}/redirect-to?url=${encodeURIComponent('http://127.0.0.1:1/')}`));
}
