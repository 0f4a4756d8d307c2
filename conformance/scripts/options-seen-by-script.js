import exec from 'k6/execution';

export const options = {
  iterations: 1,
  batch: 7,
  noConnectionReuse: true,
  thresholds: { checks: ['rate>=0'], iterations: [{ threshold: 'count>0', abortOnFail: false }] },
  setupTimeout: '5s',
  summaryTrendStats: ['avg', 'p(99)'],
  tags: { team: 'blue' },
};

export default function () {
  const { batch, noConnectionReuse, thresholds, setupTimeout, summaryTrendStats, tags, vus } =
    exec.test.options;
  console.log(JSON.stringify({ batch, noConnectionReuse, setupTimeout, summaryTrendStats, tags, vus }));
  console.log(JSON.stringify(thresholds));
  try {
    exec.test.options.batch = 8;
  } catch (error) {
    console.log(error.name);
  }
  console.log(exec.test.options.batch);
}
