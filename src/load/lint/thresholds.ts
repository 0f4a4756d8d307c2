/** The least and the greatest that an aggregate can be. */
type Range = readonly [least: number, greatest: number];

const counters = new Set([
  ...['http_reqs', 'iterations', 'dropped_iterations', 'data_sent', 'data_received'],
  ...['ws_sessions', 'ws_msgs_sent', 'ws_msgs_received', 'grpc_streams'],
  ...['grpc_streams_msgs_sent', 'grpc_streams_msgs_received'],
]);
const rates = new Set(['checks', 'http_req_failed', 'browser_http_req_failed']);
const times =
  /^(?:http_req_(?!failed)\w+|iteration_duration|group_duration|ws_connecting|ws_session_duration|ws_ping|grpc_req_duration)$/;

/** Whether the condition holds for every value that the metric (with its tags) can have. */
export function cannotFail(metric: string, expression: string): boolean {
  const match =
    /^\s*(?<aggregate>\w+(?:\(\s*[\d.]+\s*\))?)\s*(?<sign><=|>=|<|>|===|==|!=)\s*(?<bound>[-+.\deE]+)\s*$/.exec(
      expression,
    );
  const { aggregate = '', sign = '', bound = '' } = match?.groups ?? {};
  const value = Number(bound);
  if (match === null || bound === '' || Number.isNaN(value)) return false;
  const [least, greatest] = rangeOf(metric.replace(/\{.*$/s, ''), aggregate);
  if (sign === '>=') return value <= least;
  if (sign === '>') return value < least;
  if (sign === '<=') return value >= greatest;
  if (sign === '<') return value > greatest;
  return sign === '!=' && (value < least || value > greatest);
}

function rangeOf(metric: string, aggregate: string): Range {
  const { POSITIVE_INFINITY: most, NEGATIVE_INFINITY: fewest } = Number;
  if (aggregate === 'count') return [0, most];
  if (aggregate === 'rate') return [0, counters.has(metric) ? most : rates.has(metric) ? 1 : most];
  const isTime = times.test(metric);
  const isVus = metric === 'vus' || metric === 'vus_max';
  return isTime || isVus ? [0, most] : [fewest, most];
}
