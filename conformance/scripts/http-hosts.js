import http from 'k6/http';

export const options = {
  hosts: { 'my.example': '127.0.0.1', '*.wild.example': '127.0.0.1' },
  blockHostnames: ['blocked.example', '*.bad.example'],
  blacklistIPs: ['10.0.0.0/8'],
};

export default function () {
  const port = __ENV.BASE.split(':')[2];
  console.log(http.get(`http://my.example:${port}/get`).status);
  console.log(http.get(`http://a.wild.example:${port}/get`, { tags: { name: 'wild' } }).status);
  for (const url of ['http://blocked.example/', 'http://very.bad.example/', 'http://10.1.2.3/']) {
    const { status, error, error_code } = http.get(url);
    console.log(url, status, error_code, error);
  }
}
