import http from 'k6/http';

const base = __ENV.BASE;

export default function () {
  for (const id of [1, 2]) http.get(http.url`${base}/status/20${id}?id=${id}`);
  const url = http.url`${base}/get?x=${1}`;
  console.log(typeof url, url.name, url.url === `${base}/get?x=1`, url.clean_url === url.url);
  console.log(http.post(url, 'x').url === `${base}/get?x=1`);
  http.get(http.url`${base}/get`, { tags: { name: 'given' } });
  http.batch([http.url`${base}/get?y=${2}`, ['GET', http.url`${base}/get?z=${3}`]]);
}
