import http from 'k6/http';

export default function () {
  for (const status of [200, 201, 206, 299, 302, 400, 401, 404, 418, 429, 500, 503, 599]) {
    const { status_text, error, error_code } = http.get(`${__ENV.BASE}/status/${status}`);
    console.log(status, status_text, JSON.stringify(error), error_code);
  }
  for (const path of ['odd-status', 'no-reason', 'old-http', 'until-close', 'early', 'trailers']) {
    const { status, status_text, proto, body } = http.get(`${__ENV.BASE}/${path}`);
    console.log(path, status, status_text, proto, body);
  }
}
