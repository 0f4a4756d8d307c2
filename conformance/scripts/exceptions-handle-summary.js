export default function () {}

export function handleSummary() {
  throw new Error('in the summary');
}
