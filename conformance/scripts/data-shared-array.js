// @flags --vus 1 --iterations 2
import { SharedArray } from 'k6/data';

let made = 0;
const users = new SharedArray('users', () => {
  made++;
  return JSON.parse(open('./data/users.json')).users;
});
const same = new SharedArray('users', () => ['is not called']);

for (const wrong of [
  () => new SharedArray('', () => []),
  () => new SharedArray('x'),
  () => new SharedArray('object', () => ({})),
  () => new SharedArray('async', async () => []),
]) {
  try {
    wrong();
  } catch (error) {
    console.log(error.message);
  }
}

export default function () {
  // biome-ignore lint/suspicious/noSelfCompare: two reads give two objects
  console.log(users.length, same.length, users[0].name, users[9], users[0] === users[0], made <= 1);
  console.log(users.map((user) => user.name).join(), users.filter((user) => user.age > 30).length);
  console.log([...users].length, JSON.stringify(users), Array.isArray(users), users.slice(1, 2)[0].name);
  console.log(
    Object.prototype.toString.call(users),
    users.find((user) => user.age === 36)?.name,
    users.indexOf('x'),
  );
  for (const write of [
    () => {
      users[0].name = 'new';
    },
    () => {
      users[0] = 1;
    },
    () => users.push(1),
    () => {
      users[0].tags.push('x');
    },
  ]) {
    try {
      write();
      console.log('written');
    } catch (error) {
      console.log(error.name);
    }
  }
  let names = '';
  for (const user of users) names += user.name;
  console.log(names);
  try {
    new SharedArray('late', () => []);
  } catch (error) {
    console.log(error.message);
  }
}
