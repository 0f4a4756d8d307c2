const { check } = require('k6');
const http = require('k6/http');
const { twice } = require('./lib/common.cjs');

module.exports.options = { iterations: 2 };

module.exports.default = () => {
  const response = http.get(`${__ENV.BASE}/get`);
  check(response, { ok: (one) => one.status === 200 });
  console.log(twice('/status/202').join(), typeof module, typeof exports);
};
