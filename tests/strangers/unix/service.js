'use strict'
// A coupon shop that listens on a unix socket: SHOP_SOCKET. One UPDATE with its condition decides.

const fs = require('node:fs')
const http = require('node:http')
const { Pool } = require('pg')

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 8 })

async function apply (user) {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const { rowCount } = await client.query('UPDATE stock SET left_over = left_over - 1 WHERE left_over > 0')
    if (rowCount) await client.query('INSERT INTO coupon (user_id) VALUES ($1)', [user])
    await client.query('COMMIT')
    return rowCount === 1
  } finally {
    client.release()
  }
}

async function handle (request, response) {
  const url = new URL(request.url, 'http://shop')
  if (url.pathname !== '/apply') return response.end('up')
  const mine = await apply(Number(url.searchParams.get('user')))
  response.writeHead(mine ? 200 : 410).end(mine ? 'yours' : 'sold out')
}

async function main () {
  await pool.query('CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL)')
  await pool.query('CREATE TABLE IF NOT EXISTS stock (left_over int NOT NULL)')
  await pool.query('INSERT INTO stock VALUES ($1)', [Number(process.env.LIMIT || 100)])
  http.createServer(handle).listen({ path: process.env.SHOP_SOCKET, backlog: 4096 })
}

process.on('SIGTERM', () => {
  fs.rmSync(process.env.SHOP_SOCKET, { force: true })
  process.exit()
})
main()
