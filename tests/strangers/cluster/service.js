// A coupon service on two cores, as Node's own documents show it: a primary, and workers that share a port.
//
// service.js database: one UPDATE decides, whichever worker runs it; it is right.
// service.js memory: each worker counts by itself; it gives away the double.
'use strict';

const cluster = require('cluster');
const http = require('http');
const { Pool } = require('pg');

const limit = Number(process.env.LIMIT || 100);
const design = process.argv[2];
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 5 });
let issued = 0;

async function take() {
  if (design === 'memory') return ++issued <= limit;
  const done = await pool.query('UPDATE stock SET issued = issued + 1 WHERE issued < $1', [limit]);
  return done.rowCount === 1;
}

async function handle(request, response) {
  const url = new URL(request.url, 'http://here');
  if (url.pathname === '/health') return response.end('ok');
  response.setHeader('Content-Type', 'application/json');
  try {
    const granted = await take();
    if (granted) await pool.query('INSERT INTO coupons (user_id) VALUES ($1)', [url.searchParams.get('user')]);
    response.end(JSON.stringify({ result: granted ? 'OK' : 'SOLD_OUT' }));
  } catch (error) {
    console.error(error);
    response.statusCode = 500;
    response.end('{}');
  }
}

async function main() {
  if (!cluster.isPrimary) {
    http.createServer(handle).listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 });
    return;
  }
  await pool.query('CREATE TABLE coupons (id bigserial PRIMARY KEY, user_id bigint NOT NULL)');
  await pool.query('CREATE TABLE stock (issued int NOT NULL)');
  await pool.query('INSERT INTO stock VALUES (0)');
  let listening = 0;
  cluster.on('listening', () => {
    listening += 1;
    if (listening === 2) console.log('two workers listen');
  });
  cluster.fork();
  cluster.fork();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
