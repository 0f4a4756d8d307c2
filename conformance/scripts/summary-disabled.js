// @flags --summary-mode=disabled
export default function () {}

export function handleSummary() {
  console.log('is it called?');
  return { stdout: 'no' };
}
