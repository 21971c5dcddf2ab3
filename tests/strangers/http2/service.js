// A coupon service that speaks HTTP/2 in clear.
//
// service.js right: one UPDATE decides. service.js races: counts, and inserts afterwards.
'use strict';

const http2 = require('http2');
const { Pool } = require('pg');

const limit = Number(process.env.LIMIT || 100);
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

async function take() {
  if (process.argv[2] === 'races') {
    const { rows } = await pool.query('SELECT count(*)::int AS issued FROM coupons');
    return rows[0].issued < limit;
  }
  const { rowCount } = await pool.query('UPDATE stock SET units = units - 1 WHERE units > 0');
  return rowCount === 1;
}

async function apply(user) {
  if (!await take()) return false;
  await pool.query('INSERT INTO coupons (user_id) VALUES ($1)', [user]);
  return true;
}

async function handle(stream, headers) {
  const match = /^\/users\/(\d+)\/coupon$/.exec(headers[':path']);
  const answer = (status) => stream.respond({ ':status': status }, { endStream: true });
  if (!match) return answer(404);
  try {
    answer(await apply(match[1]) ? 201 : 409);
  } catch (error) {
    console.error(error);
    answer(500);
  }
}

async function main() {
  await pool.query('CREATE TABLE coupons (id bigserial PRIMARY KEY, user_id bigint NOT NULL)');
  await pool.query('CREATE TABLE stock (units int)');
  await pool.query('INSERT INTO stock VALUES ($1)', [limit]);
  const server = http2.createServer();
  server.on('stream', handle);
  server.on('sessionError', () => {});
  server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
