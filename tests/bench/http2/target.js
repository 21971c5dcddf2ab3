// Handlers that note when they were entered, over HTTP/1.1 and over HTTP/2 in clear, in one process. The third port
// tells the instants (nanoseconds of CLOCK_MONOTONIC) and how many got a coupon, and forgets both. Prints the ports.
//
// ?window=NS&limit=N there makes a shop of it that looks whether anything is left of N, and counts NS nanoseconds later.
'use strict';

const http = require('http');
const http2 = require('http2');

let stamps = [];
let issued = 0;
let limit = 100;
let span = -1;

function answer(response, won) {
  response.statusCode = won ? 202 : 410;
  response.end();
}

function act(response, left, due) {
  if (process.hrtime.bigint() < due) {
    setImmediate(act, response, left, due);
    return;
  }
  if (left) issued++;
  answer(response, left);
}

function enter(request, response) {
  const entered = process.hrtime.bigint();
  stamps.push(entered);
  if (span < 0) answer(response, true);
  else setImmediate(act, response, issued < limit, entered + BigInt(span));
}

function tell(request, response) {
  response.end(`{"stamps": [${stamps.join(', ')}], "issued": ${issued}}`);
  const asked = new URL(request.url, 'http://there').searchParams;
  if (asked.has('window')) [span, limit] = [Number(asked.get('window')), Number(asked.get('limit'))];
  stamps = [];
  issued = 0;
}

const servers = [http.createServer(enter), http2.createServer(enter), http.createServer(tell)];
let open = 0;
for (const server of servers) {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    if (++open === servers.length) console.log(servers.map((each) => each.address().port).join(' '));
  });
}
