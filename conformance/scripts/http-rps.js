// @flags --rps 20 --iterations 5
import exec from 'k6/execution';
import http from 'k6/http';

export default function () {
  http.get(`${__ENV.BASE}/get`);
  if (__ITER === 4) console.log(exec.instance.currentTestRunDuration >= 190);
}
