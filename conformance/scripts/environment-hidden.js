// @flags --include-system-env-vars=false
// @env FROM_OUTSIDE=yes
export default function () {
  console.log(__ENV.FROM_OUTSIDE, typeof __ENV.BASE);
}
