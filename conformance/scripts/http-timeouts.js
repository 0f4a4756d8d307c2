import http from 'k6/http';

export default function () {
  const late = http.get(`${__ENV.BASE}/hang`, { timeout: 150 });
  console.log(late.status, late.error, late.error_code, late.body);
  console.log(http.get(`${__ENV.BASE}/hang`, { timeout: '100ms' }).error_code);
  console.log(http.get(`${__ENV.BASE}/delay/10`, { timeout: '30s' }).body);
  try {
    http.get(`${__ENV.BASE}/hang`, { timeout: 100, throw: true });
  } catch (error) {
    console.log(error.name, '|', error.message);
  }
  try {
    http.get(`${__ENV.BASE}/get`, { timeout: 'soon' });
  } catch (error) {
    console.log(error.message);
  }
}
