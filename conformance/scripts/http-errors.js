// @bytes free
import http from 'k6/http';

const base = __ENV.BASE;

export default function () {
  for (const url of [
    'http://127.0.0.1:1/',
    `${base}/reset`,
    `${base}/partial`,
    `${base}/garbage`,
    `${base}/bad-chunk`,
    'http://no-such-host.invalid/',
    'ftp://127.0.0.1/',
    'relative/path',
    'http://bad host/',
    'http://127.0.0.1:99999/',
    '',
  ]) {
    const { status, error, error_code, body, request } = http.get(url);
    console.log(
      url.replace(/:\d+\//, ':PORT/'),
      status,
      error_code,
      error.replace(/\d+\.\d+\.\d+\.\d+:\d+/g, 'A'),
      JSON.stringify(body),
      request === null,
    );
  }
}
