import http from 'k6/http';

const url = `${__ENV.BASE}/bytes/5`;

export default function () {
  console.log(http.get(url, { responseType: 'text' }).body.length);
  const binary = http.get(url, { responseType: 'binary' }).body;
  console.log(Object.prototype.toString.call(binary), new Uint8Array(binary).join());
  console.log(http.get(url, { responseType: 'none' }).body);
  try {
    http.get(url, { responseType: 'csv' });
  } catch (error) {
    console.log(error.message);
  }
  try {
    http.get(url, { responseType: 'none' }).json();
  } catch (error) {
    console.log(error.message);
  }
}
