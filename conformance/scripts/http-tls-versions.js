// @bytes free
import http from 'k6/http';

export const options = { insecureSkipTLSVerify: true, tlsVersion: { min: 'tls1.2', max: 'tls1.2' } };

export default function () {
  const response = http.get(`${__ENV.TLS}/get`);
  console.log(response.status, response.tls_version);
}
