// Reads the stream as one of its group and saves who won, with pauses.
//
// worker.js right: what is saved is acknowledged. worker.js loses: what is acknowledged is saved later, but for one in
// ten. worker.js noack: nothing is ever acknowledged, and all is saved.
const net = require('node:net');

const how = process.argv[2];
const socket = net.connect(Number(process.env.REDIS_PORT), '127.0.0.1');
const waiting = [];
let text = '';

// One answer from its first byte at `at`: [value, behind it], or null as long as it is not whole.
function parse(at) {
  const end = text.indexOf('\r\n', at);
  if (end < 0) return null;
  const kind = text[at], rest = text.slice(at + 1, end);
  if (kind === '$') {
    const size = Number(rest), behind = end + 2 + size + 2;
    return size < 0 ? [null, end + 2] : text.length < behind ? null : [text.slice(end + 2, behind - 2), behind];
  }
  if (kind === '*' && rest === '-1') return [null, end + 2];
  if (kind !== '*') return [kind === ':' ? Number(rest) : rest, end + 2];
  let behind = end + 2;
  const list = [];
  for (let i = 0; i < Number(rest); i++) {
    const one = parse(behind);
    if (!one) return null;
    list.push(one[0]);
    behind = one[1];
  }
  return [list, behind];
}

socket.setEncoding('latin1');
socket.on('data', (more) => {
  text += more;
  for (let one; waiting.length && (one = parse(0)); text = text.slice(one[1])) waiting.shift()(one[0]);
});

function ask(...words) {
  socket.write(`*${words.length}\r\n` + words.map((word) => `$${String(word).length}\r\n${word}\r\n`).join(''));
  return new Promise((answer) => waiting.push(answer));
}

const pause = (most) => new Promise((over) => setTimeout(over, Math.random() * most));

// With STUMBLE in the environment there is one long pause, before entry STUMBLE_AT, and each save is told.
const { STUMBLE, STUMBLE_AT } = process.env;
const now = () => (performance.timeOrigin + performance.now()) / 1000;
let saves = 0;

async function save(entry) {
  const user = JSON.parse(entry[1][1]).customer.id;
  await pause(20);
  if (STUMBLE && ++saves === Number(STUMBLE_AT)) await new Promise((over) => setTimeout(over, STUMBLE * 1000));
  const begun = now();
  await ask('HSET', 'saved', user, entry[0]);
  if (STUMBLE) console.log(`saved ${begun.toFixed(6)} ${now().toFixed(6)}`);
}

async function main() {
  await ask('AUTH', process.env.REDIS_PASSWORD);
  await ask('XGROUP', 'CREATE', 'wins', 'savers', '0', 'MKSTREAM');
  console.log('ready');
  for (let count = 0; ; ) {
    const noack = how === 'noack' ? ['NOACK'] : [];
    const read = await ask('XREADGROUP', 'GROUP', 'savers', 'one', 'COUNT', 7, 'BLOCK', 1000, ...noack, 'STREAMS', 'wins', '>');
    for (const entry of read ? read[0][1] : []) {
      if (how === 'loses') await ask('XACK', 'wins', 'savers', entry[0]);
      if (how !== 'loses' || ++count % 10) await save(entry);
      if (how === 'right') await ask('XACK', 'wins', 'savers', entry[0]);
    }
    await pause(30);
  }
}

main();
