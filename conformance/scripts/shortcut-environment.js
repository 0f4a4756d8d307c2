// @env K6_ITERATIONS=2
// @env K6_VUS=1
// @env WORD=from the environment
export default function () {
  console.log(__ENV.WORD, __ENV.K6_ITERATIONS);
}
