import http from 'k6/http';

const bin = open('./data/blob.bin', 'b');

export default function () {
  const parts = (body) => console.log(JSON.stringify(http.post(`${__ENV.BASE}/post`, body).json('parts')));
  parts({ field: 'value', file: http.file('content', 'a.txt', 'text/plain') });
  parts({ one: http.file(bin, 'blob.bin') });
  const data = http.file('data');
  console.log(data.content_type, typeof data.filename, data.data);
  parts({ list: ['x', 'y'], f: http.file('z', 'quoted"name.txt') });
}
