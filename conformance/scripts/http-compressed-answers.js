import http from 'k6/http';

export default function () {
  for (const path of ['gzip', 'deflate', 'brotli', 'zstd']) {
    const response = http.get(`${__ENV.BASE}/${path}`);
    console.log(
      path,
      response.status,
      response.body.length,
      response.body.slice(0, 18),
      response.headers['Content-Encoding'],
    );
  }
  const binary = http.get(`${__ENV.BASE}/gzip`, { responseType: 'binary' });
  console.log(binary.body.byteLength);
  const bad = http.get(`${__ENV.BASE}/bad-gzip`);
  console.log(bad.status, bad.error_code, bad.body);
}
