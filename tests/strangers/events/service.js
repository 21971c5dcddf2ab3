'use strict'
// A coupon shop that tells its customers by server-sent events: service.js right|forgetful|generous
//
// POST /apply?user=N answers 202. GET /events?user=N tells: first {"state":"QUEUED"}, later what was decided. As on
// mobile phones connections break: that of every fifth customer does so at the very moment of the decision.
// forgetful  tells only who is there at that moment.
// generous   two workers look before they write.

const http = require('node:http')
const { Pool } = require('pg')

const mode = process.argv[2]
const limit = Number(process.env.LIMIT || 100)
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 4 })
const listeners = new Map() // user: its open response
const decided = new Map() // user: what was decided
const queue = []
const idle = [] // workers that wait, as functions that wake them

function tell (response, id, event, data) {
  response.write(`id: ${id}\n${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`)
}

function tellDecision (user, response) {
  tell(response, `${user}-1`, 'decision', { user, state: decided.get(user) })
}

function publish (user, state) {
  const response = listeners.get(user)
  if (mode !== 'forgetful') decided.set(user, state)
  if (response && user % 5 === 0) {
    response.destroy()
  } else if (response) {
    decided.set(user, state)
    tellDecision(user, response)
  }
}

function listen (request, response, user) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' })
  response.write(': welcome\nretry: 150\n\n')
  listeners.set(user, response)
  response.on('close', () => {
    if (listeners.get(user) === response) listeners.delete(user)
  })
  if (request.headers['last-event-id'] !== `${user}-0`) tell(response, `${user}-0`, '', { state: 'QUEUED' })
  if (decided.has(user)) tellDecision(user, response)
}

async function decide (user) {
  const { rows } = await pool.query('SELECT count(*) AS count FROM coupon')
  if (Number(rows[0].count) >= limit) return 'LOST'
  if (mode === 'generous') await new Promise(resolve => setTimeout(resolve, 50 + 100 * Math.random()))
  await pool.query('INSERT INTO coupon (user_id) VALUES ($1)', [user])
  return 'WON'
}

async function work () {
  for (;;) {
    while (!queue.length) await new Promise(resolve => idle.push(resolve))
    const user = queue.shift()
    publish(user, await decide(user))
  }
}

function handle (request, response) {
  const url = new URL(request.url, 'http://shop')
  const user = Number(url.searchParams.get('user'))
  if (url.pathname === '/events') {
    listen(request, response, user)
  } else if (url.pathname === '/apply') {
    queue.push(user)
    idle.shift()?.()
    response.writeHead(202).end()
  } else {
    response.writeHead(200).end('up')
  }
}

async function main () {
  await pool.query('CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL)')
  work()
  if (mode === 'generous') work()
  http.createServer(handle).listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 })
}

main()
