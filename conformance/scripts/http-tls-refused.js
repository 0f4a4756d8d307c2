// @bytes free
import http from 'k6/http';

export default function () {
  const response = http.get(`${__ENV.TLS}/get`);
  console.log(response.status, response.error_code, response.error);
  const plain = http.get(`${__ENV.BASE.replace('http:', 'https:')}/get`);
  console.log(plain.status, plain.error_code, plain.error);
}
