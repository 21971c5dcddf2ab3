#!/usr/bin/env bash
# A little service publishes into a file and acknowledges later, or never: the toy queue's end and committed decide.
set -euo pipefail

work=$(mktemp -d "${TMPDIR:-/tmp}/rushproof-toy-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >service.py <<'PY'
import http.server, os, sys, threading, time
jar, lazy, lock, said = sys.argv[1], sys.argv[2] == "never", threading.Lock(), [0, 0]

def keep():
    with open(jar + ".new", "w") as file:
        file.write("%d %d\n" % tuple(said))
    os.rename(jar + ".new", jar)

def consume():
    while not lazy:
        time.sleep(0.05)
        with lock:
            said[0] = min(said[0] + 1, said[1])
            keep()

class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        with lock:
            won = said[1] < 5
            said[1] += won
            keep()
        self.send_response(202 if won else 410)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *words):
        pass

keep()
threading.Thread(target=consume, daemon=True).start()
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Service).serve_forever()
PY

scenario() {
    cat <<YAML
name: $1
limit: 5
stack: {redis: none, postgres: none, kafka: none}
processes:
  - {name: web, run: [/usr/bin/python3, $work/service.py, $work/$1.jar, $1], ready: {tcp: "127.0.0.1:\${web.port}"}}
request: {url: "\${web}/apply?userId={{user}}"}
responses: {accepted: {status: 202}, rejected: {status: 410}}
load: [{burst: {requests: 20, require: {spread: 10s, in_flight: -1}}}]
evidence: {pipeline: {kind: toy, url: "toy://$work/$1.jar", queue: jobs, group: nobody}}
drain: {timeout: 2s, stall: 500ms}
YAML
}

# outcome NAME WORDS: how that run's drain ended, and what it says.
outcome() {
    scenario "$1" >"$1.yaml"
    "$RUSHPROOF_BIN/rushproof" run "$1.yaml" --output "$work/reports" --json >"$1.json" 2>"$1.err" || true
    /usr/bin/python3 - "$1.json" "$2" "$3" <<'PY' || { cat "$1.err"; exit 1; }
import json, sys
with open(sys.argv[1]) as file:
    drain = json.load(file)["drain"]
print(drain["outcome"], "-", drain["detail"])
sys.exit(drain["outcome"] != sys.argv[2] or sys.argv[3] not in drain["detail"])
PY
}

outcome later drained "lag 0"
outcome never stalled "jobs[0] committed 0 of 5"
