// @exit 255
export const notAFunction = 1;
