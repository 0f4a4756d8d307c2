export default function () {
  console.log(
    typeof __ENV,
    typeof __VU,
    typeof __ITER,
    typeof open,
    typeof require,
    typeof console,
    typeof globalThis,
    typeof global,
  );
  console.log(
    typeof setTimeout,
    typeof setInterval,
    typeof clearTimeout,
    typeof crypto,
    typeof crypto.subtle,
  );
  console.log(Object.keys(console).sort().join());
}
