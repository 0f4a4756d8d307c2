export const options = { iterations: 4 };

export default async function () {
  await Promise.resolve();
  if (__ITER === 0) throw new Error('after an await');
  if (__ITER === 1) Promise.reject(new Error('nobody waits'));
  if (__ITER === 2) {
    setTimeout(() => {
      throw new Error('in a timer');
    }, 10);
  }
  if (__ITER === 3) await Promise.reject('a string');
}
