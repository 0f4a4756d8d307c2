const text = open('./data/people.csv');
const binary = open('data/blob.bin', 'b');
const absolute = open(import.meta.resolve('./data/users.json').replace('file://', ''));
for (const wrong of [() => open('./data/none.txt'), () => open(''), () => open('./data')]) {
  try {
    wrong();
    console.log('opened');
  } catch (error) {
    console.log(error.name, /no such file|couldn't be found|directory|empty/.test(error.message));
  }
}

export default function () {
  console.log(
    text.split('\n')[1],
    Object.prototype.toString.call(binary),
    new Uint8Array(binary).join(),
    absolute.length,
  );
  try {
    open('./data/users.json');
  } catch (error) {
    console.log(error.message);
  }
}
