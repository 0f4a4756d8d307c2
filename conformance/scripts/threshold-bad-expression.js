// @exit 104
export const options = { thresholds: { iterations: ['count is small'] } };

export default function () {}
