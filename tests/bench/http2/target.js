// Handlers that note when they were entered, over HTTP/1.1 and over HTTP/2 in clear, in one process. The third port
// tells the instants (nanoseconds of CLOCK_MONOTONIC), and forgets them. Prints the ports.
'use strict';

const http = require('http');
const http2 = require('http2');

let stamps = [];

function enter(request, response) {
  stamps.push(process.hrtime.bigint());
  response.statusCode = 202;
  response.end();
}

function tell(request, response) {
  response.end(`{"stamps": [${stamps.join(', ')}]}`);
  stamps = [];
}

const servers = [http.createServer(enter), http2.createServer(enter), http.createServer(tell)];
let open = 0;
for (const server of servers) {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    if (++open === servers.length) console.log(servers.map((each) => each.address().port).join(' '));
  });
}
