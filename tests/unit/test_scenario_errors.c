/* links: scenario */
/* Each wrong scenario gets a message with its file, its line, what is wrong and what is allowed. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario/scenario.h"

static const char right[] = "name: t\n"
                            "limit: 10\n"
                            "request: {url: \"http://127.0.0.1:1/?u={{user}}\"}\n"
                            "responses: {accepted: {status: 202}, rejected: {status: 410}}\n"
                            "load:\n"
                            "  - burst: {requests: 20}\n";

/* The right scenario with line `line` replaced (0: none), `more` behind it and `set` on the command
 * line. */
static const struct wrong {
    int line;
    const char *text;
    const char *more;
    const char *set;
    const char *want; /* start of the message */
} table[] = {
    /* keys */
    {2, "limt: 10", NULL, NULL,
     "t.yaml:2: unknown key 'limt'; did you mean 'limit'? allowed: name, description, dir, limit, "
     "items, demand, "
     "seed,"},
    {2, "zzz: 10", NULL, NULL, "t.yaml:2: unknown key 'zzz'; allowed: name, description,"},
    {2, "", NULL, NULL, "t.yaml:1: limit is missing: How many may win"},
    {1, "", NULL, NULL, "t.yaml:2: name is missing"},
    {3, "", NULL, NULL, "t.yaml:1: request is missing"},
    {4, "", NULL, NULL, "t.yaml:1: responses is missing"},
    {6, "  - burst: {request: 20}", NULL, NULL,
     "t.yaml:6: load.0.burst: unknown key 'request'; did you mean 'requests'? allowed: requests, "
     "gate, deadline, require"},
    {6, "  - burst: {gate: none}", NULL, NULL, "t.yaml:6: load.0.burst: requests is missing"},
    {6, "  - brust: {requests: 20}", NULL, NULL,
     "t.yaml:6: load.0: unknown key 'brust'; did you mean 'burst'? allowed: burst, waves, rate, "
     "closed, retry, pause, action, again, reuse"},
    {0, NULL, "wait_span: 10s\n", NULL, "t.yaml:7: unknown key 'wait_span'"},
    {0, NULL, "evidence: {coupons: {postgres: SELECT user_id, id FROM coupon}}\n", NULL,
     "t.yaml:7: evidence.coupons: unknown key 'id FROM coupon'; inside {…} a text with a comma "
     "stands "
     "between quotes; allowed: postgres"},
    {0, NULL, "evidence: {coupons: {postgres: SELECT 1, no such: key}}\n", NULL,
     "t.yaml:7: evidence.coupons: unknown key 'no such'; allowed: postgres"},
    {0, NULL, "limit: 3\n", NULL,
     "t.yaml:7: the key 'limit' is here twice (first in line 2): keep one of them"},
    {0, NULL, "drain:\n  rounds: 1\n  rounds: 2\n", NULL,
     "t.yaml:9: the key 'rounds' is here twice (first in line 8)"},
    {0, NULL, "evidence: {pipeline: {topic: a, topics: b, group: g}}\n", NULL,
     "t.yaml:7: evidence.pipeline: both topic and topics; allowed: one of them"},
    {0, NULL, "evidence: {pipeline: {topic: a}}\n", NULL,
     "t.yaml:7: evidence.pipeline: kafka needs group"},
    {0, NULL, "? [a]\n: b\n", NULL, "t.yaml:7: a key must be a plain text"},

    /* types */
    {2, "limit: ten", NULL, NULL,
     "t.yaml:2: limit: 'ten' is not allowed; allowed: a whole number from 1 to 100000000"},
    {2, "limit: 10.5", NULL, NULL, "t.yaml:2: limit: '10.5' is not allowed; allowed: a whole"},
    {2, "limit: \"\"", NULL, NULL, "t.yaml:2: limit: '' is not allowed"},
    {2, "limit: [1]", NULL, NULL, "t.yaml:2: limit: is a list; allowed: a whole number"},
    {2, "limit: {a: 1}", NULL, NULL, "t.yaml:2: limit: is a mapping; allowed: a whole number"},
    {3, "request: http://x/", NULL, NULL,
     "t.yaml:3: request: is a text; allowed: a mapping with method, url,"},
    {0, NULL, "drain: [1]\n", NULL, "t.yaml:7: drain: is a list; allowed: a mapping with timeout,"},
    {0, NULL, "description: [a]\n", NULL, "t.yaml:7: description: is a list; allowed: a text"},
    {0, NULL, "stack: {postgres_fsync: maybe}\n", NULL,
     "t.yaml:7: stack.postgres_fsync: 'maybe' is not allowed; allowed: true, false"},
    {0, NULL, "processes:\n  - name: a\n    run: x\n    env: [a]\n", NULL,
     "t.yaml:10: processes.0.env: allowed: a mapping of names to values"},
    {0, NULL, "processes:\n  - name: a\n    run: x\n    env: {A: [1]}\n", NULL,
     "t.yaml:10: processes.0.env.A: is a list; allowed: a text"},
    {0, NULL, "processes:\n  - name: a\n    run: x\n    env: no\n", NULL,
     "t.yaml:10: processes.0.env: is a text; allowed: a mapping of names to values"},
    {0, NULL, "faults: [~]\n", NULL, "t.yaml:7: faults.0: is empty"},

    /* ranges */
    {2, "limit: 0", NULL, NULL, "t.yaml:2: limit: '0' is not allowed"},
    {2, "limit: -1", NULL, NULL, "t.yaml:2: limit: '-1' is not allowed"},
    {2, "limit: 99999999999999999999", NULL, NULL, "t.yaml:2: limit: '99999999999999999999' is"},
    {6, "  - burst: {requests: 0}", NULL, NULL,
     "t.yaml:6: load.0.burst.requests: '0' is not allowed; allowed: a whole number from 1 to "
     "100000"},
    {4, "responses: {accepted: {status: [202, 42]}}", NULL, NULL,
     "t.yaml:4: responses.accepted.0.status.1: '42' is not allowed; allowed: a whole number from "
     "100 "
     "to 599"},
    {0, NULL, "stack: {brokers: 10}\n", NULL,
     "t.yaml:7: stack.brokers: '10' is not allowed; allowed: a whole number from 1 to 9"},
    {6, "  []", NULL, NULL, "t.yaml:6: load: has 0 entries; allowed: 1 to 32"},
    {0, NULL, "drain: {timeout: 0}\n", NULL,
     "t.yaml:7: drain.timeout: '0' is not allowed; allowed: from 1 ms to"},
    {0, NULL, "drain: {timeout: 10}\n", NULL,
     "t.yaml:7: drain.timeout: '10' is not a duration; allowed: a number with a unit: ns, us, ms, "
     "s"},
    {0, NULL, "drain: {timeout: -1s}\n", NULL, "t.yaml:7: drain.timeout: '-1s' is not a duration"},
    {0, NULL, "drain: {timeout: 1 s}\n", NULL, "t.yaml:7: drain.timeout: '1 s' is not a duration"},
    {0, NULL, "drain: {timeout: 100000h}\n", NULL,
     "t.yaml:7: drain.timeout: '100000h' is not allowed; allowed: from"},

    /* choices, names, forms */
    {1, "name: ../t", NULL, NULL,
     "t.yaml:1: name: '../t' is not allowed; allowed: letters, digits, blanks and . _ + -"},
    {0, NULL, "stack: {kafka: embeded}\n", NULL,
     "t.yaml:7: stack.kafka: 'embeded' is not allowed; allowed: embedded, apache, none or "
     "host:port"},
    {0, NULL, "stack: {redis: localhost}\n", NULL,
     "t.yaml:7: stack.redis: 'localhost' is not allowed; allowed: private, none or a redis:// URL"},
    {0, NULL, "stack: {redis_appendfsync: alway}\n", NULL,
     "t.yaml:7: stack.redis_appendfsync: 'alway' is not allowed; did you mean 'always'? allowed: "
     "no, "
     "everysec, always"},
    {6, "  - burst: {requests: 20, gate: corkd}", NULL, NULL,
     "t.yaml:6: load.0.burst.gate: 'corkd' is not allowed; did you mean 'corked'? allowed: auto,"},
    {3, "request: {url: example.org}", NULL, NULL,
     "t.yaml:3: request.url: 'example.org' is not allowed; allowed: an http:// or https:// URL"},
    {3, "request: {url: \"http://x/\", method: post}", NULL, NULL,
     "t.yaml:3: request.method: 'post' is not allowed; allowed: an HTTP method in capitals"},
    {3, "request: {url: \"http://x/\", headers: {\"a b\": c}}", NULL, NULL,
     "t.yaml:3: request.headers.a b: 'a b' is not allowed; allowed: header names"},
    {0, NULL, "expect: [cap_exct]\n", NULL,
     "t.yaml:7: expect.0.check: 'cap_exct' is not allowed; did you mean 'cap_exact'? allowed: "},
    {0, NULL, "outcome: {verdict: green}\n", NULL,
     "t.yaml:7: outcome.verdict: 'green' is not allowed; allowed: pass, fail, unknown"},
    {0, NULL, "outcome: {verdict: fail, checks: [lots]}\n", NULL,
     "t.yaml:7: outcome.checks.0: 'lots' is not allowed; did you mean 'lost'? allowed: "},
    {0, NULL, "wait: 10\n", NULL,
     "t.yaml:7: wait: '10' is not allowed; allowed: drained, last_response, a duration such as "
     "10s"},
    {0, NULL, "processes: [{name: A, run: x}]\n", NULL,
     "t.yaml:7: processes.0.name: 'A' is not allowed; allowed: lower-case letters, digits, _ and "
     "-"},

    /* parts that do not fit together */
    {6, "  - {}", NULL, NULL,
     "t.yaml:6: load.0: has 0 phases; allowed: exactly one of burst, waves,"},
    {6, "  - {burst: {requests: 1}, pause: {span: 1s}}", NULL, NULL,
     "t.yaml:6: load.0: has 2 phases; allowed: exactly one of"},
    {6, "  - pause: 1s", NULL, NULL, "t.yaml:6: load: sends nothing"},
    {6, "  - retry: {times: 2}", NULL, NULL,
     "t.yaml:6: load.0.retry: there are no users before the first phase"},
    {2, "items: {a: 1}", "demand: {lines: 2}\n", NULL,
     "t.yaml:7: demand.lines: each is of another item; allowed: at most 1"},
    {2, "items: {a: 1, b: 2}", "demand: {lines: 2}\n", NULL,
     "t.yaml:7: demand.lines: the request asks for fewer"},
    {2, "items: {a: 1, b: 2}", "demand: {lines: 2, item: any}\n", NULL,
     "t.yaml:7: demand.lines: each line is of another item; allowed: without to, any"},
    {6, "  - {burst: 20, reuse: user}", NULL, NULL,
     "t.yaml:6: load.0.reuse: which keys? allowed: with idempotency"},
    {6, "  - {burst: 20, reuse: user}", "idempotency: Key\n", NULL,
     "t.yaml:6: load.0.reuse: no key was used before the first phase"},
    {6, "  - burst: 20\n  - {burst: 20, reuse: user, again: true}", "idempotency: Key\n", NULL,
     "t.yaml:7: load.1.reuse: is by new users, and again by those of before"},
    {6, "  - burst: 20\n  - {burst: 20, reuse: payload}", "idempotency: Key\n", NULL,
     "t.yaml:7: load.1.reuse: what else is asked for? allowed: with items and {{units}}"},
    {4, "responses: {accepted: 202, rejected: 410, key_reused: 422}", NULL, NULL,
     "t.yaml:4: responses.key_reused: under which key? allowed: with idempotency"},
    {6, "  - {burst: 20, again: true}", NULL, NULL,
     "t.yaml:6: load.0.again: there are no users before the first phase"},
    {6, "  - rate: {rate: 5}", NULL, NULL,
     "t.yaml:6: load.0.rate: has no end; allowed: exactly one of duration, requests"},
    {6, "  - closed: {connections: 5, duration: 1s, requests: 5}", NULL, NULL,
     "t.yaml:6: load.0.closed: has duration and requests; allowed: exactly one of"},
    {6, "  - waves: {waves: 3}", NULL, NULL,
     "t.yaml:6: load.0.waves: allowed: waves, size and every together, or offsets alone"},
    {6, "  - waves: {waves: 3, size: 1, every: 1s, offsets: [0]}", NULL, NULL,
     "t.yaml:6: load.0.waves.offsets: and waves, size or every"},
    {6, "  - waves: {waves: 10000000, size: 1000, every: 1s}", NULL, NULL,
     "t.yaml:6: load.0: makes 10000000000 requests; allowed: at most 100000000"},
    {6, "  - burst: {requests: 20, require: {in_flight: 21}}", NULL, NULL,
     "t.yaml:6: load.0.burst.require.in_flight: 21 of 20 requests"},
    {0, NULL, "users: {first: 9223372036854775800}\n", NULL,
     "t.yaml:7: users.first: the ids of the users would pass 9223372036854775807"},
    {4, "responses: {}", NULL, NULL, "t.yaml:4: responses: no rule says what an answer means"},
    {3, "request: {url: \"https://x/\", cert: a.pem}", NULL, NULL,
     "t.yaml:3: request.cert: cert and key go together"},
    {3, "request: {url: \"http://x/\", headers: {A: \"b\\nC: d\"}}", NULL, NULL,
     "t.yaml:3: request.headers.0: A has a line break in its value"},
    {0, NULL, "stack: {postgres: none}\nevidence:\n  coupons: {postgres: SELECT 1}\n", NULL,
     "t.yaml:9: evidence.coupons: stack.postgres is none; allowed: with url"},
    {0, NULL, "evidence: {coupons: {mysql: SELECT 1}}\n", NULL,
     "t.yaml:7: evidence.coupons: stack.mysql is none; allowed: with url"},
    {2, "items: {a: 1}",
     "evidence: {stock: {query: SELECT 1, url: \"sqlite:///d\", atomic: true}}\n", NULL,
     "t.yaml:7: evidence.stock.atomic: needs one snapshot of what is left and what was sold"},
    {0, NULL, "evidence: {coupons: {}}\n", NULL, "t.yaml:7: evidence.coupons: has no query"},
    {0, NULL, "evidence: {parked: {mysql: a, postgres: b, url: \"mysql://x\"}}\n", NULL,
     "t.yaml:7: evidence.parked: has several; allowed: exactly one of postgres, mysql"},
    {0, NULL, "evidence: {coupons: {mysql: a, url: \"postgresql://x\"}}\n", NULL,
     "t.yaml:7: evidence.coupons: the url is of another database than the query"},
    {0, NULL, "stack: {redis: none}\nevidence: {counter: key}\n", NULL,
     "t.yaml:8: evidence.counter: stack.redis is none"},
    {0, NULL, "stack: {kafka: none}\nevidence: {pipeline: {topic: a, group: g}}\n", NULL,
     "t.yaml:8: evidence.pipeline: stack.kafka is none; allowed: with url"},
    {0, NULL, "evidence: {pipeline: {topic: a, group: g, pointer: /u}}\n", NULL,
     "t.yaml:7: evidence.pipeline.pointer: only JSON has pointers"},
    {0, NULL, "evidence: {pipeline: {topic: a, group: b, dead_letter_value: json}}\n", NULL,
     "t.yaml:7: evidence.pipeline: dead_letter_value and dead_letter_pointer say how the records"},
    {0, NULL,
     "evidence: {pipeline: {topic: a, group: b, dead_letter: c, dead_letter_pointer: /user}}\n",
     NULL,
     "t.yaml:7: evidence.pipeline.dead_letter_pointer: only JSON has pointers; allowed: with"},
    {0, NULL, "wait: rows == limit\n", NULL, "t.yaml:7: wait: 'rows == limit' needs rows"},

    /* queries, before anything starts */
    {0, NULL, "evidence: {coupons: DELETE FROM coupon}\n", NULL,
     "t.yaml:7: evidence.coupons.postgres: 'DELETE' is no query; evidence must only be read"},
    {0, NULL, "evidence: {parked: \"SELECT 1; SELECT 2\"}\n", NULL,
     "t.yaml:7: evidence.parked.postgres: a query must be one statement, and more follows the ';'"},
    {0, NULL, "evidence: {coupons: {mysql: \"SELECT 1 FOR UPDATE\", url: \"mysql://h/d\"}}\n", NULL,
     "t.yaml:7: evidence.coupons.mysql: evidence must only be read, and FOR UPDATE does more"},
    {0, NULL, "evidence: {counter: SET stock 100}\n", NULL,
     "t.yaml:7: evidence.counter.redis: SET does more than read; evidence must only be read"},
    {0, NULL, "evidence: {counter: 'GET \"stock'}\n", NULL,
     "t.yaml:7: evidence.counter.redis: a quote is open: \"stock"},
    {0, NULL, "expect: [{check: sql, query: DROP TABLE a, equals: 1}]\n", NULL,
     "t.yaml:7: expect.0.query: 'DROP' is no query; evidence must only be read"},
    {0, NULL, "expect: [{check: redis, query: INCR a, equals: 1}]\n", NULL,
     "t.yaml:7: expect.0.query: INCR does more than read"},
    {0, NULL, "drain: {poll_min: 100ms}\n", NULL,
     "t.yaml:7: drain.poll_min: is longer than poll_max"},
    {0, NULL, "stack: {topics: [{name: a, replication: 2}]}\n", NULL,
     "t.yaml:7: stack.topics.0.replication: 2 copies need as many brokers; allowed: 1 to 1"},
    {0, NULL, "stack: {topics: [a, a]}\n", NULL,
     "t.yaml:7: stack.topics.1.name: 'a' is here twice"},
    {0, NULL, "stack: {redis: none, reset: {redis: FLUSHALL}}\n", NULL,
     "t.yaml:7: stack.reset.redis: stack.redis is none; allowed: commands for a store that the "
     "run"},
    {0, NULL, "stack: {reset: {sqlite: VACUUM}}\n", NULL,
     "t.yaml:7: stack.reset.sqlite: no rows are read from sqlite; allowed: commands for a store "
     "that the run uses"},
    {0, NULL, "stack: {reset: {redis: [DEL a, [DEL b]]}}\n", NULL,
     "t.yaml:7: stack.reset.redis: is a list; allowed: a text"},
    {0, NULL, "processes:\n  - {name: a, run: x}\n  - {name: a, run: x}\n", NULL,
     "t.yaml:9: processes.1.name: 'a' is here twice"},
    {0, NULL, "processes: [{name: redis, run: x}]\n", NULL,
     "t.yaml:7: processes.0.name: 'redis' means something else in references"},
    {0, NULL, "processes: [{name: a, run: x --y}]\n", NULL,
     "t.yaml:7: processes.0.run.0: 'x --y' is one word with blanks in it; allowed: a list of "
     "words"},
    {0, NULL, "processes: [{name: a, run: []}]\n", NULL,
     "t.yaml:7: processes.0.run: has 0 entries; allowed: 1 to 256"},
    {0, NULL, "processes: [{name: a, run: x, ready: {timeout: 1s}}]\n", NULL,
     "t.yaml:7: processes.0.ready: says nothing to wait for; allowed: http, tcp, log, ended"},
    {0, NULL, "expect: [{check: latency}]\n", NULL,
     "t.yaml:7: expect.0: latency needs one of p50, p90, p99, max"},
    {0, NULL, "expect: [{check: cap_exact, p99: 1s}]\n", NULL,
     "t.yaml:7: expect.0: cap_exact does not take p99; allowed: no parameter"},
    {0, NULL, "expect: [{check: sql, equals: 1}]\n", NULL, "t.yaml:7: expect.0: sql needs query"},
    {0, NULL, "expect: [{check: bystander, p99: 1s}]\n", NULL,
     "t.yaml:7: expect.0: there is no bystander"},
    {0, NULL, "stack: {postgres: none}\nbystander: {}\n", NULL,
     "t.yaml:8: bystander: stack.postgres is none"},

    /* faults */
    {0, NULL, "faults: [{target: consumr, action: kill}]\n", NULL,
     "t.yaml:7: faults.0.target: there is no process 'consumr'; allowed: the name of a process,"},
    {0, NULL, "faults: [{target: redis, action: explode}]\n", NULL,
     "t.yaml:7: faults.0.action: 'explode' is not allowed; allowed: kill, stop, continue,"},
    {0, NULL, "faults: [{target: redis, action: broker_down}]\n", NULL,
     "t.yaml:7: faults.0.target: this action needs target kafka with stack.kafka embedded"},
    {0, NULL, "stack: {redis: none}\nfaults: [{target: redis, action: kill}]\n", NULL,
     "t.yaml:8: faults.0.target: stack.redis is none; allowed: servers that the run starts itself"},
    {0, NULL, "faults: [{target: redis, action: signal}]\n", NULL,
     "t.yaml:7: faults.0: action signal and signal go together"},
    {0, NULL, "faults: [{target: redis, action: kill, when: rows}]\n", NULL,
     "t.yaml:7: faults.0: count belongs to when rows, answered and held: it is missing"},
    {0, NULL, "faults: [{target: redis, action: kill, count: 3}]\n", NULL,
     "t.yaml:7: faults.0: count belongs to when rows, answered and held: none is here"},
    {0, NULL, "faults: [{target: redis, action: kill, when: held, count: 1}]\n", NULL,
     "t.yaml:7: faults.0: when held, and nothing is held; allowed: with `hold`"},
    {0, NULL, "hold: {answers: GET stock, together: 2}\n", NULL,
     "t.yaml:7: hold: the run starts no process"},
    {0, NULL, "hold: {answers: GET stock, together: 1}\n", NULL,
     "t.yaml:7: hold.together: '1' is not allowed; allowed: a whole number from 2 to 10000"},
    {0, NULL, "faults: [{target: kafka, action: broker_down, broker: 2}]\n", NULL,
     "t.yaml:7: faults.0.broker: there are 1; allowed: 1 to 1, or more stack.brokers"},
    {0, NULL, "faults: [{target: kafka, action: kill, broker: 1}]\n", NULL,
     "t.yaml:7: faults.0.broker: means nothing here; allowed: with broker_down and broker_up"},
    {0, NULL, "faults: [{target: kafka, action: produce_errors}]\n", NULL,
     "t.yaml:7: faults.0: errors belongs to action produce_errors: it is missing"},
    {0, NULL, "faults: [{target: kafka, action: broker_up, errors: 3}]\n", NULL,
     "t.yaml:7: faults.0: errors belongs to action produce_errors: it is not here"},
    {0, NULL, "faults: [{target: redis, action: stop, restart_after: 1s}]\n", NULL,
     "t.yaml:7: faults.0: restart_after; allowed: with kill and terminate"},
    {0, NULL, "faults: [{target: redis, action: kill, at: 3s..1s}]\n", NULL,
     "t.yaml:7: faults.0.at: '3s..1s' ends before it begins"},
    {0, NULL, "faults: [{target: redis, action: kill, at: 1s..}]\n", NULL,
     "t.yaml:7: faults.0.at: '' is not a duration"},

    /* references, placeholders, environment */
    {3, "request: {url: \"${aply}/\"}", "processes: [{name: apply, run: x}]\n", NULL,
     "t.yaml:3: request.url: ${aply} is unknown; did you mean ${apply}? allowed: apply, "
     "apply.port,"},
    {3, "request: {url: \"http://x/{{usr}}\"}", NULL, NULL,
     "t.yaml:3: request.url: {{usr}} is unknown; allowed: {{user}}, {{seq}}, {{uuid}}, a "
     "column"},
    {3, "request: {url: \"http://x/{{user\"}", NULL, NULL, "t.yaml:3: request.url: {{ without }}"},
    {0, NULL, "stack: {redis: none}\nprocesses: [{name: a, run: [x, \"${redis.url}\"]}]\n", NULL,
     "t.yaml:8: processes.0.run.1: ${redis.url} is unknown"},
    {2, "limit: ${T_UNSET}", NULL, NULL,
     "t.yaml:2: ${T_UNSET} is not set in the environment; ${T_UNSET:-value} gives it a default"},
    {2, "limit: ${T_UNSET:-x}", NULL, NULL, "t.yaml:2: limit: 'x' is not allowed"},
    {2, "limit: ${T_UNSET:-5", NULL, NULL, "t.yaml:2: ${T_UNSET has no closing brace"},
    {2, "limit: ${T_unset}", NULL, NULL,
     "t.yaml:2: ${T_unset}: names of environment variables are upper case, what the run fills in "
     "is "
     "lower case; did you mean ${T_UNSET} or ${t_unset}?"},
    {2, "limit: ${T_UNSET-5}", NULL, NULL,
     "t.yaml:2: ${T_UNSET…: allowed: ${T_UNSET} and ${T_UNSET:-default}"},
    {2, "limit: ${T_BYTES}", NULL, NULL, "t.yaml:2: the value of ${T_BYTES} is not UTF-8 text"},

    /* YAML itself */
    {2, "limit: [1", NULL, NULL, "t.yaml:3: not YAML: "},
    {2, "\tlimit: 1", NULL, NULL, "t.yaml:2: a tab in the indentation; indent with blanks"},
    {0, NULL, "drain:\n\trounds: 1\n", NULL, "t.yaml:8: a tab in the indentation"},
    {0, NULL, "description: \xff\n", NULL, "t.yaml:7: not UTF-8 text"},
    {0, NULL, "description: \xc0\x80\n", NULL, "t.yaml:7: not UTF-8 text"},
    {0, NULL, "description: \"a\\0b\"\n", NULL, "t.yaml:7: a text must not contain a NUL"},
    {0, NULL, "description: a\x01\n", NULL, "t.yaml:7: not YAML: control characters"},
    {0, NULL, "--- {}\n", NULL, "t.yaml:7: a second document; allowed: one in a file"},
    {0, NULL, "drain: &a {rounds: *a}\n", NULL, "t.yaml:7: nested too deeply"},
    {0, NULL, "drain: *nowhere\n", NULL, "t.yaml:7: not YAML: found undefined alias"},

    /* --set */
    {0, NULL, NULL, "limit=x", "--set: limit: 'x' is not allowed; allowed: a whole number"},
    {0, NULL, NULL, "limit", "--set: 'limit'; allowed: key.path=value, as in limit=50"},
    {0, NULL, NULL, "=5", "--set: '=5'; allowed: key.path=value"},
    {0, NULL, NULL, "a..b=5", "--set: 'a..b=5'; allowed: key.path=value"},
    {0, NULL, NULL, "nonsense=5", "--set: unknown key 'nonsense'"},
    {0, NULL, NULL, "load.0.burst.request=5", "--set: load.0.burst: unknown key 'request'; did"},
    {0, NULL, NULL, "load.5.pause=1s", "--set: load.5.pause: there is no entry 5; allowed: 0 to 1"},
    {0, NULL, NULL, "load.x.pause=1s", "--set: load.x.pause: 'x' names no entry of the list"},
    {0, NULL, NULL, "limit.x=1",
     "--set: limit.x: there is nothing below 'limit', which holds a text"},
    {0, NULL, NULL, "drain=[", "--set: drain: not YAML: "},
    {0, NULL, NULL, "load.0.burst.requests=0", "--set: load.0.burst.requests: '0' is not allowed"},
};

static void write_case(const struct wrong *wrong, char *ret_text, size_t size)
{
    size_t used = 0;
    int number = 0;
    for (const char *at = right; *at; at += strcspn(at, "\n") + 1) {
        const char *line = ++number == wrong->line ? wrong->text : at;
        int length = line == at ? (int)strcspn(at, "\n") : (int)strlen(line);
        used += (size_t)snprintf(ret_text + used, size - used, "%.*s\n", length, line);
    }
    snprintf(ret_text + used, size - used, "%s", wrong->more ? wrong->more : "");
}

Test(scenario_errors, every_mistake_has_its_line_and_what_is_allowed)
{
    setenv("T_BYTES", "\xff\xfe", 1);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[4096];
        write_case(&table[i], text, sizeof text);
        struct scenario *scenario = NULL;
        struct err err = {0};
        const char *sets[] = {table[i].set};
        int rc = scenario_load_text("t.yaml", text, sets, table[i].set ? 1 : 0, &scenario, &err);
        cr_expect_eq(rc, -ERR_USAGE, "row %zu is taken: %s", i, table[i].want);
        cr_expect_null(scenario);
        cr_expect(!strncmp(err.message, table[i].want, strlen(table[i].want)),
                  "row %zu\n  want %s\n  got  %s", i, table[i].want, err.message);
        scenario_free(scenario);
    }
}

Test(scenario_errors, the_right_one_is_right)
{
    struct scenario *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(scenario_load_text("t.yaml", right, NULL, 0, &scenario, &err), 0, "%s",
                 err.message);
    scenario_free(scenario);
}
