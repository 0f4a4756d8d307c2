// @exit 104
export const options = { thresholds: { nope: ['rate>0.9'] } };

export default function () {}
