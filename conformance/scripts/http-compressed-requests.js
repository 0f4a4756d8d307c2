// @bytes free
import http from 'k6/http';

export default function () {
  for (const compression of ['gzip', 'deflate', 'br', 'gzip, deflate']) {
    const response = http.post(`${__ENV.BASE}/decode`, 'words '.repeat(50), { compression });
    console.log(compression, response.json('names').join(), response.json('body').length);
  }
  try {
    http.post(`${__ENV.BASE}/decode`, 'words', { compression: 'lzma' });
  } catch (error) {
    console.log(error.message);
  }
}
