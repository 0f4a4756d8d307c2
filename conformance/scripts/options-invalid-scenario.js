// @exit 104
export const options = { scenarios: { a: { executor: 'constant-vus', vus: 2, duration: '3s', foo: 1 } } };

export default function () {}
