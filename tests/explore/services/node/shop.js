// A coupon shop as it is written in Node: shop.js DESIGN. Postgres through a pool of 10, Redis over the one connection
// that its client shares among all requests. Faulty designs stand above their right twins.
'use strict';

const crypto = require('crypto');
const http = require('http');
const { Pool } = require('pg');

const limit = Number(process.env.LIMIT || 100);
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
let redis;

const keep = (user) => pool.query('INSERT INTO coupon (user_id) VALUES ($1)', [user]).then(() => true);

// Whose session it is, by a slow hash, one user after the other (UV_THREADPOOL_SIZE is 1): so they come to the stock one by
// one, and the window between a look at it and what is taken is one round trip.
const verify = (user) => new Promise((done, failed) => {
  crypto.pbkdf2(`session ${user}`, 'salt', 4000, 32, 'sha256', (error, key) => (error ? failed(error) : done(key)));
});

const designs = {
  // Faulty: others count between the two statements.
  async count(user) {
    const { rows } = await pool.query('SELECT count(*)::int AS sold FROM coupon');
    return rows[0].sold < limit && keep(user);
  },

  async where(user) {
    const { rowCount } = await pool.query('UPDATE stock SET left_over = left_over - 1 WHERE left_over > 0');
    return rowCount === 1 && keep(user);
  },

  // Faulty: what was read is written back, and one more.
  async 'get-set'(user) {
    const sold = Number(await redis.get('sold'));
    if (sold >= limit) return false;
    await redis.set('sold', sold + 1);
    return keep(user);
  },

  async incr(user) {
    return (await redis.incr('sold')) <= limit && keep(user);
  },

  // Faulty: others look at the stock before this one takes from it.
  async session(user) {
    if ((await redis.get(`session:${user}`)) === 'banned') return false;
    await verify(user);
    if (Number(await redis.get('stock')) <= 0) return false;
    await redis.decr('stock');
    return keep(user);
  },

  // Right: who took too much gives it back.
  async 'session-decr'(user) {
    if ((await redis.get(`session:${user}`)) === 'banned') return false;
    await verify(user);
    if ((await redis.decr('stock')) >= 0) return keep(user);
    await redis.incr('stock');
    return false;
  },
};
const design = designs[process.argv[2]];

async function handle(request, response) {
  const user = new URL(request.url, 'http://localhost').searchParams.get('user');
  if (request.method === 'GET') return response.end('up');
  try {
    const good = await design(user);
    response.statusCode = good ? 200 : 410;
    response.end(good ? 'yours' : 'gone');
  } catch (error) {
    console.error(error);
    response.statusCode = 500;
    response.end();
  }
}

async function main() {
  await pool.query('CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL)');
  await pool.query('CREATE TABLE IF NOT EXISTS stock (left_over int NOT NULL)');
  await pool.query('INSERT INTO stock SELECT $1 WHERE NOT EXISTS (SELECT FROM stock)', [limit]);
  if (process.env.REDIS_URL) {
    redis = await require('redis').createClient({ url: process.env.REDIS_URL }).connect();
    await redis.set('stock', limit, { NX: true });
  }
  http.createServer(handle).listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
