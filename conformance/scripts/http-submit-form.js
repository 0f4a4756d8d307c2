import http from 'k6/http';

const shown = (response) =>
  console.log(response.request.method, response.url, response.json('body'), response.json('args'));

export default function () {
  const page = http.get(`${__ENV.BASE}/forms`);
  shown(page.submitForm());
  shown(page.submitForm({ fields: { user: 'you', more: '1' }, submitSelector: '[name="go"]' }));
  shown(
    page.submitForm({
      formSelector: '#search',
      fields: { q: 'load test' },
      params: { headers: { 'X-A': 'b' } },
    }),
  );
  try {
    page.submitForm({ formSelector: '#none' });
  } catch (error) {
    console.log(error.message);
  }
}
