#!/usr/bin/env bash
# Bursts over TLS and HTTP/2, each gate, against Node's server: every request arrives once, in the protocol that
# was asked for, and none before the release. Argument: the load-probe to test. Skipped (77) without Node.
set -eu
probe=$1
command -v node >/dev/null && command -v openssl >/dev/null || exit 77
dir=$(mktemp -d)
server=
trap 'test -n "$server" && kill "$server"; rm -rf "$dir"' EXIT
cd "$dir"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2 \
  -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
cat >server.js <<'JS'
const http2 = require('http2'), fs = require('fs');
const read = (name) => fs.readFileSync(name);
let seen = {};
http2.createSecureServer({key: read('key.pem'), cert: read('cert.pem'), ca: read('cert.pem'), allowHTTP1: true,
                          requestCert: true, rejectUnauthorized: false}, (request, response) => {
  if (request.url === '/seen') {
    response.end(JSON.stringify(seen));
    seen = {};
    return;
  }
  let body = 0;
  request.on('data', (data) => body += data.length);
  request.on('end', () => {
    const key = `${request.httpVersion} ${body}`;
    seen[key] = (seen[key] || 0) + 1;
    response.statusCode = 202;
    response.end('{}');
  });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
JS
node server.js >port 2>server.log &
server=$!
for _ in $(seq 100); do
  if [ -s port ]; then break; fi
  sleep 0.1
done
url=https://127.0.0.1:$(cat port)
passed=0 failed=0
check() { # WHAT EXPECTED ACTUAL
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "$1: expected $2, got $3"
  fi
}
run() { # VERSION BODY-BYTES OPTIONS…
  local version=$1 bytes=$2
  shift 2
  local line
  line=$("$probe" --line -n 60 --ca cert.pem --timeout 5s "$@" "$url/apply?userId={{user}}" 2>&1) || true
  local what="$*"
  what=${what:0:50}
  check "$what" "planned=60 sent=60 skipped=0 accepted=60" "$(echo "$line" | cut -d' ' -f1-4)"
  check "$what, at the server" "{\"$version $bytes\":60}" "$(curl -sk --http1.1 "$url/seen")"
}
large=$(head -c 30000 /dev/zero | tr '\0' x)
for gate in auto last-byte connected cold none; do
  run 1.1 0 --gate "$gate"
  run 1.1 5 --gate "$gate" --body hello
  run 1.1 30000 --gate "$gate" --body "$large"
  run 2.0 0 --gate "$gate" --http2
  run 2.0 5 --gate "$gate" --http2 --body hello
  run 2.0 30000 --gate "$gate" --http2 --body "$large"
done
for gate in one-write last-frame; do
  run 2.0 0 --gate "$gate" --http2 --streams 30
  run 2.0 5 --gate "$gate" --http2 --streams 30 --body hello
  run 2.0 30000 --gate "$gate" --http2 --streams 2 --body "$large"
done
run 1.1 0 --phase closed --connections 6
run 2.0 0 --phase closed --connections 6 --http2
run 2.0 5 --phase closed --connections 2 --http2 --streams 10 --body hello
refused=$("$probe" -n 5 "$url/" 2>&1) && refused=accepted
check "unknown certificate" yes "$(echo "$refused" | grep -q 'TLS failed.*request.ca' && echo yes || echo "$refused")"
insecure=$("$probe" --line -n 5 --insecure "$url/" | cut -d' ' -f1-4)
check "insecure" "planned=5 sent=5 skipped=0 accepted=5" "$insecure"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
