import http from 'k6/http';

const base = __ENV.BASE;

function tell(what, response) {
  console.log(what, response.status, response.status_text, response.proto, response.body);
}

export default function () {
  tell('get', http.get(`${base}/get?a=1&b=two`));
  tell('head', http.head(`${base}/get`));
  tell('post', http.post(`${base}/post`, 'text'));
  tell('post nothing', http.post(`${base}/post`));
  tell('put', http.put(`${base}/put`, 'put text'));
  tell('patch', http.patch(`${base}/patch`, 'patch text'));
  tell('delete', http.del(`${base}/delete`));
  tell('delete body', http.del(`${base}/delete`, 'with body'));
  tell('options', http.options(`${base}/options`));
  tell('request', http.request('GET', `${base}/get`));
  tell('lower case', http.request('post', `${base}/post`, 'x'));
  tell('own method', http.request('PURGE', `${base}/anything/x`, 'y'));
  tell('204', http.get(`${base}/status/204`));
  tell('304', http.get(`${base}/status/304`));
}
