// @bytes free
import http from 'k6/http';

export const options = { insecureSkipTLSVerify: true };

export default function () {
  const response = http.get(`${__ENV.TLS}/get`);
  console.log(response.status, response.proto, response.tls_version, response.tls_version === http.TLS_1_3);
  console.log(response.ocsp.status, http.OCSP_STATUS_GOOD, http.TLS_1_2);
  const second = http.get(`${__ENV.TLS}/status/404`);
  console.log(second.status, second.timings.tls_handshaking, response.timings.tls_handshaking > 0);
}
