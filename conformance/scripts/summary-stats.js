// @flags --summary-trend-stats min,max,p(99.9),count --summary-time-unit ms
import http from 'k6/http';

export default function () {
  http.get(`${__ENV.BASE}/get`);
}

export function handleSummary({ metrics, options }) {
  console.log(
    Object.keys(metrics.http_req_duration.values).sort().join(),
    JSON.stringify(options.summaryTrendStats),
    options.summaryTimeUnit,
  );
  return {};
}
