import http from 'k6/http';

export default function () {
  const page = http.get(`${__ENV.BASE}/html`);
  console.log(page.clickLink().url);
  console.log(page.clickLink({ selector: 'a.second' }).status);
  console.log(page.clickLink({ selector: 'a:nth-of-type(2)', params: { tags: { name: 'clicked' } } }).url);
  try {
    page.clickLink({ selector: 'a.none' });
  } catch (error) {
    console.log(error.message);
  }
}
