// target.js PORT: the first 100 get 202, all others 410.
'use strict';

let issued = 0;
const server = require('http').createServer((request, response) => {
  if (request.url === '/__reset') {
    issued = 0;
    response.statusCode = 204;
  } else {
    issued += 1;
    response.statusCode = issued <= 100 ? 202 : 410;
  }
  response.end();
});
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
