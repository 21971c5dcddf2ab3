// What the store has, a document a line, as `mongosh --eval` would print it.
const fs = require('node:fs');

for (const name of fs.readdirSync(process.argv[2]))
  process.stdout.write(fs.readFileSync(`${process.argv[2]}/${name}`, 'utf8'));
