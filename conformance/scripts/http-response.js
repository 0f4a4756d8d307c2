import http from 'k6/http';

export default function () {
  const response = http.post(`${__ENV.BASE}/headers`, 'sent', { headers: { 'x-own': '1' } });
  const fields = Object.keys(response).filter((name) => typeof response[name] !== 'function');
  console.log(fields.sort().join());
  console.log(Object.keys(response.timings).sort().join());
  const headers = response.headers;
  console.log(
    headers['X-Multi'],
    headers['X-Lower-Case'],
    JSON.stringify(headers['X-Empty']),
    headers['Content-Type'],
  );
  console.log(Object.keys(headers).sort().join());
  console.log(response.remote_ip, response.remote_port === Number(__ENV.BASE.split(':')[2]), response.url);
  console.log(response.error === '', response.error_code, response.tls_version, response.tls_cipher_suite);
  console.log(JSON.stringify(response.cookies), JSON.stringify(response.ocsp));
  const { request } = response;
  console.log(request.method, request.url, request.body, JSON.stringify(request.cookies));
  console.log(Object.keys(request.headers).sort().join(), JSON.stringify(request.headers['X-Own']));
  console.log(typeof response.timings.duration, response.timings.duration > 0, response.timings.looking_up);
}
