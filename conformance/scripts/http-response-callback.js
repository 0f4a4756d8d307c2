import http from 'k6/http';

const base = __ENV.BASE;
http.setResponseCallback(http.expectedStatuses(200, { min: 400, max: 404 }));

export const options = { iterations: 2 };

export default function () {
  http.get(`${base}/status/404`);
  http.get(`${base}/status/500`);
  http.get(`${base}/status/201`);
  http.get(`${base}/status/500`, { responseCallback: http.expectedStatuses(500) });
  http.get(`${base}/status/500`, { responseCallback: null });
  http.setResponseCallback(null);
  http.get(`${base}/status/500`);
  http.setResponseCallback(http.expectedStatuses({ min: 200, max: 599 }));
  for (const bad of [
    () => http.expectedStatuses('200'),
    () => http.setResponseCallback(5),
    () => http.expectedStatuses(),
  ]) {
    try {
      bad();
      console.log('fine');
    } catch (error) {
      console.log(error.message);
    }
  }
}
