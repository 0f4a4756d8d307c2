export const options = { iterations: 6 };

function deep(n) {
  if (n === 0) throw new RangeError('deep down');
  deep(n - 1);
}

export default function () {
  switch (__ITER) {
    case 0:
      throw new Error('an error');
    case 1:
      throw 'a string';
    case 2:
      throw { an: 'object' };
    case 3:
      return deep(3);
    case 4:
      return undefined.property;
    default:
      throw new TypeError('several\nlines');
  }
}
