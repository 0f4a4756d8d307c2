const http = require('k6/http');

exports.twice = (path) => [1, 2].map(() => http.get(__ENV.BASE + path).status);
module.exports.name = 'common';
