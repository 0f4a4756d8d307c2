// @flags --throw
import http from 'k6/http';

export const options = { iterations: 2 };

export default function () {
  try {
    http.get('http://127.0.0.1:1/');
  } catch (error) {
    console.log(error.name, error.message, error.toString());
  }
  http.get(`${__ENV.BASE}/status/500`);
  http.get(`${__ENV.BASE}/reset`);
  console.log('is not reached');
}
