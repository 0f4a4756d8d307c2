import http from 'k6/http';

export default function () {
  const response = http.get(`${__ENV.BASE}/json`);
  for (const path of [
    'name',
    'age',
    'tags',
    'tags.1',
    'tags.#',
    'address.city',
    'address.post\\.code',
    'friends.#.first',
    'friends.1.last',
    'friends.#(last=="Smith").first',
    'friends.#(last=="Smith")#.first',
    'friends.#(age>45)#.age',
    'na*',
    'empty',
    'yes',
    'missing',
    'friends.9',
    'small',
    'tags.@reverse',
    'friends.#.nets.#',
    'friends.#.nets',
    '[name,age]',
    '{name,age}',
    'big',
  ]) {
    console.log(path, JSON.stringify(response.json(path)));
  }
  console.log(Object.keys(response.json()).sort().join());
  for (const path of ['not-json', 'html', 'status/200']) {
    try {
      http.get(`${__ENV.BASE}/${path}`).json();
    } catch (error) {
      console.log(error.message);
    }
  }
  console.log(http.get(`${__ENV.BASE}/not-json`).json('a'));
}
