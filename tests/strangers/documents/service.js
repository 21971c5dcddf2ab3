// A coupon service that keeps documents, a file each, as a store of documents would.
//
// service.js right: the number of a coupon is given out before anything is waited for. service.js races: how many
// there are is asked of the store, which takes a moment.
const fs = require('node:fs/promises');
const http = require('node:http');

const LIMIT = Number(process.env.LIMIT || 100);
const dir = process.env.ORDERS;
const races = process.argv[2] === 'races';
let given = 0;

async function apply(user) {
  const number = races ? (await fs.readdir(dir)).length + 1 : ++given;
  if (number > LIMIT) return false;
  const order = {_id: `order-${user}`, customer: {id: String(user)}, number};
  await fs.writeFile(`${dir}/${user}.json`, JSON.stringify(order) + '\n');
  return true;
}

http.createServer(async (request, response) => {
  if (request.method === 'GET') return response.end('up');
  const won = await apply(Number(new URL(request.url, 'http://localhost').searchParams.get('user')));
  response.statusCode = won ? 201 : 409;
  response.end(won ? 'yours' : 'none left');
}).listen(process.env.PORT, '127.0.0.1', 4096);
