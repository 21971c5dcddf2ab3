// A coupon service as a Node programmer may write it: count, compare, insert.
//
// It races: between the count and the insert every other request counts as well.
'use strict';

const http = require('http');
const { Pool } = require('pg');

const limit = Number(process.env.LIMIT || 100);
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

async function apply(user) {
  const { rows } = await pool.query('SELECT count(*)::int AS issued FROM coupons');
  if (rows[0].issued >= limit) return false;
  await pool.query('INSERT INTO coupons (user_id) VALUES ($1)', [user]);
  return true;
}

async function handle(request, response) {
  const match = /^\/users\/(\d+)\/coupon$/.exec(request.url);
  if (request.url === '/health') return response.end('ok');
  if (request.method !== 'PUT' || !match) {
    response.statusCode = 404;
    return response.end();
  }
  try {
    const granted = await apply(match[1]);
    response.statusCode = granted ? 201 : 409;
    response.end(granted ? 'yours' : 'sold out');
  } catch (error) {
    console.error(error);
    response.statusCode = 500;
    response.end();
  }
}

async function main() {
  await pool.query(
    'CREATE TABLE IF NOT EXISTS coupons (id bigserial PRIMARY KEY, user_id bigint NOT NULL)');
  const server = http.createServer(handle);
  server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
