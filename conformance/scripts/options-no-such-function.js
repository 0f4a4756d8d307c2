// @exit 104
export const options = { scenarios: { a: { executor: 'per-vu-iterations', exec: 'nobody' } } };

export default function () {}
