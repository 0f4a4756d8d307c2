// @exit 107
const broken = undefined;

broken.property = 1;

export default function () {}
