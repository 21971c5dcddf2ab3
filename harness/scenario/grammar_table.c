/* Rows of the grammar: the rush, the evidence, the checks, the faults and the whole. */
#include "model/check.h"
#include "model/gate.h"
#include "model/run.h"
#include "scenario/grammar_rows.h"

/* ---- load ---- */

static const struct rule require_rows[] = {
    SPANS(spec_require, spread, 0, 1, NULL,
          "First to last release; else 10ms or 3 times what this machine manages, at most 100ms "
          "unless cold"),
    INT(spec_require, in_flight, 0, -1, MANY, NULL,
        "Least peak in flight; else 90 % of the burst; -1: any"),
};
SHAPE(require, spec_require);

static const struct rule burst_rows[] = {
    INT(spec_burst, requests, NEEDED, 1, 100000, NULL, "How many"),
    CHOICE(spec_burst, gate, 0, gate_words, "auto",
           "What holds them back; auto: last-byte, or freeze for processes of the run without "
           "real-time priority; cold: all connect at once instead"),
    SPANS(spec_burst, deadline, 0, NS_PER_MS, "10s", "To have all of them staged"),
    MAP(spec_burst, require, require, RULE_APART,
        "When it was a burst; outside these the run is invalid"),
};
SHAPE(burst, spec_burst, .key = "requests");

static const struct rule waves_rows[] = {
    INT(spec_waves, waves, 0, 1, MANY, NULL, "How many waves"),
    INT(spec_waves, size, 0, 1, 100000, NULL, "Requests in each"),
    SPANS(spec_waves, every, 0, 0, NULL, "From one to the next"),
    SPANS(spec_waves, jitter, 0, 0, NULL, "Each request moves by up to this, seeded"),
    LIST(spec_waves, offsets, 0, 1, 10000,
         OF(.kind = RULE_DURATION, .high = SPAN, .help = "Span after the phase's start"),
         "Instead of the others: when each request starts"),
};
SHAPE(waves, spec_waves);

static const struct rule rate_rows[] = {
    INT(spec_rate, rate, NEEDED, 1, 1000000, NULL, "Requests a second"),
    SPANS(spec_rate, duration, 0, 0, NULL, "For how long; or give requests"),
    INT(spec_rate, requests, 0, 0, MANY, NULL, "How many; or give duration"),
    INT(spec_rate, connections, 0, 1, 100000, "1000", "Connections at most"),
};
SHAPE(rate, spec_rate);

static const struct rule closed_rows[] = {
    INT(spec_closed, connections, NEEDED, 1, 100000, NULL, "How many connections"),
    SPANS(spec_closed, duration, 0, 0, NULL, "For how long; or give requests"),
    INT(spec_closed, requests, 0, 0, MANY, NULL, "How many in all; or give duration"),
};
SHAPE(closed, spec_closed);

static const struct rule retry_rows[] = {
    SPANS(spec_retry, after, 0, 0, "0", "Span before each round"),
    INT(spec_retry, times, 0, 1, 1000, "1", "Rounds at most"),
    INT(spec_retry, connections, 0, 1, 100000, "50", "Connections at most"),
};
SHAPE(retry, spec_retry);

static const struct rule pausing_rows[] = {
    SPANS(spec_pause, span, NEEDED, 0, NULL, "For how long"),
};
SHAPE(pausing, spec_pause, .key = "span");

static const struct rule warmup_rows[] = {
    INT(spec_warmup, requests, 0, 1, 100000, "100", "How many"),
    INT(spec_warmup, connections, 0, 1, 1000, "10", "On so many connections"),
    BOOL(spec_warmup, restart, "false",
         "Reset as between rounds: processes start again, and forget what they had in memory"),
};
SHAPE(warmup, spec_warmup, .key = "requests");

/* The arms in the order of enum load_kind. */
static const struct rule phase_rows[] = {
    MAP(spec_phase, burst, burst, RULE_ARM, "All at once: held at a gate, then released together"),
    MAP(spec_phase, waves, waves, RULE_ARM,
        "Small bursts over time, or single requests at given offsets"),
    MAP(spec_phase, rate, rate, RULE_ARM, "Open model: requests arrive at a constant rate"),
    MAP(spec_phase, closed, closed, RULE_ARM,
        "Closed model: each connection sends when it has its answer"),
    MAP(spec_phase, retry, retry, RULE_ARM, "Once more for users that have no decision yet"),
    MAP(spec_phase, pause, pausing, RULE_ARM, "Nothing"),
    MAP(spec_phase, action, grammar_act, RULE_ARM, "Actions for orders that there are"),
    BOOL(spec_phase, again, "false", "The users of the phases before, instead of new ones"),
    CHOICE(spec_phase, reuse, 0, WORDS("none", "payload", "user"), "none",
           "With idempotency, keys of the phases before for something else: payload: those users "
           "ask for other units under their keys; user: new users ask under the keys of others"),
};
SHAPE(phase, spec_phase, .arms = "phases", .tag = offsetof(struct spec_phase, kind));

/* ---- evidence ---- */

static const struct rule rows_rows[] = {
    TEXT(spec_rows, postgres, 0, 1, 65536, NULL,
         "Query for Postgres: column user_id, or user_id and a row id; a text alone means this"),
    TEXT(spec_rows, mysql, 0, 1, 65536, NULL, "The same for MySQL or MariaDB"),
    TEXT(spec_rows, command, 0, 1, 65536, NULL,
         "A command line for sh that prints the rows: CSV with a header line, JSON lines or a JSON "
         "list"),
    TEXT(spec_rows, query, 0, 1, 65536, NULL,
         "The same for the store that url names: SQL, a Redis key, pattern or command, or the JSON "
         "pointer of a list"),
    FORM(spec_rows, url, 0, 4096,
         FORM_OF("^([a-z][a-z0-9+.-]*://.+|\\$\\{.+)$",
                 "a URL such as postgresql://, mysql://, redis://, sqlite:/// or http://"),
         NULL, "Which store; not given: the stack's"),
    TEXT(spec_rows, user, 0, 1, 254, NULL,
         "Which column, member or JSON pointer holds the user; not given: user_id, or the first "
         "column"),
    TEXT(spec_rows, id, 0, 1, 254, NULL,
         "The same of the row's id; not given: id, or the second column"),
    TEXT(spec_rows, item, 0, 1, 254, NULL,
         "The same of the item that the row is of; not given: item"),
    TEXT(spec_rows, units, 0, 1, 254, NULL,
         "The same of how many units it is; not given: units, or 1"),
    TEXT(spec_rows, order, 0, 1, 254, NULL,
         "The same of what the order is called; not given: order"),
    PAIRS(spec_rows, headers, 0, "^[A-Za-z0-9_-]+$", "header names",
          "Headers of a request for the rows, by http:// and https://"),
    BOOL(spec_rows, subtract, "false", "Rows that were there before the release do not count"),
};
SHAPE(rows, spec_rows, .key = "postgres");

#define STOCK_TEXT(member, word, most, text)                                                       \
    {                                                                                              \
        .key = word, .kind = RULE_TEXT, MEMBER(spec_stock, rows.member), RANGE(1, most),           \
        .help = text                                                                               \
    }

static const struct rule stock_rows[] = {
    STOCK_TEXT(postgres, "postgres", 65536,
               "Query for Postgres: columns item and quantity; a text alone means this"),
    STOCK_TEXT(mysql, "mysql", 65536, "The same for MySQL or MariaDB"),
    STOCK_TEXT(command, "command", 65536, "A command line for sh that prints such rows"),
    STOCK_TEXT(query, "query", 65536,
               "The same for the store that url names: of Redis a hash, or a pattern of keys"),
    {.key = "url",
     .kind = RULE_TEXT,
     MEMBER(spec_stock, rows.url),
     RANGE(1, 4096),
     FORM_OF("^([a-z][a-z0-9+.-]*://.+|\\$\\{.+)$",
             "a URL such as postgresql://, mysql://, redis://, sqlite:/// or http://"),
     .help = "Which store; not given: the stack's"},
    {LISTED_AS("headers", spec_stock, rows.headers, RULE_PAIRS), .high = 64,
     .pattern = "^[A-Za-z0-9_-]+$", .allowed = "header names",
     .help = "Headers of a request for them, by http:// and https://"},
    STOCK_TEXT(user, "item", 254,
               "Which column or member holds the item; not given: item, or the "
               "first column"),
    STOCK_TEXT(id, "quantity", 254,
               "The same of how much is left; not given: quantity, or the second column"),
    CHOICE(spec_stock, negative, 0, WORDS("auto", "allowed", "never"), "auto",
           "Fewer than none: never is a fault, allowed is none; auto: never of a column in SQL, "
           "allowed elsewhere, as with a Redis counter that is given back what it lacked"),
    BOOL(spec_stock, atomic, "false",
         "A row and what it takes from the stock are written in one transaction: what is left and "
         "what was sold add up at every look, not only at the end"),
};
SHAPE(stock, spec_stock, .key = "postgres");

static const struct rule counter_rows[] = {
    TEXT(spec_counter, redis, NEEDED, 1, 4096, NULL,
         "A key, or a command with blanks: SCARD applied_user"),
    FORM(spec_counter, url, 0, 4096,
         FORM_OF("^(rediss?://.+|unix://.+|\\$\\{.+)$", "a redis:// URL"), NULL,
         "Which Redis; not given: the stack's"),
    CHOICE(spec_counter, counts, 0, WORDS("any", "requests", "accepts", "users"), "any",
           "What its growth must equal: all requests, those told yes, or each user once; any: one "
           "of these, and the report says which"),
    BOOL(spec_counter, down, "false", "A stock that is counted down"),
};
SHAPE(counter, spec_counter, .key = "redis");

static const struct rule pipeline_rows[] = {
    CHOICE(spec_pipeline, kind, 0, pipeline_words, "kafka", "What kind of queue it is"),
    {LISTED_AS("topics", spec_pipeline, queues, RULE_LIST), .flags = NEEDED, RANGE(1, 16),
     .entry = OF(.kind = RULE_TEXT, RANGE(1, 4096), .help = "A topic"),
     .help = "Topics (queues) that accepted users pass through: of Kafka topics, of RabbitMQ "
             "queues, of "
             "Redis keys, of a gauge queries whose value must read 0"},
    ALIAS("topic", "topics"),
    ALIAS("queue", "topics"),
    ALIAS("queues", "topics"),
    TEXT(spec_pipeline, group, 0, 1, 255, NULL,
         "The consumer's group; kafka and redis_stream need it"),
    TEXT(spec_pipeline, dead_letter, 0, 1, 249, NULL,
         "Topic (stream, queue) of records that could not be saved"),
    FORM(spec_pipeline, url, 0, 4096,
         FORM_OF("^(" BROKERS "|[A-Za-z][A-Za-z0-9+.-]*://.+|\\$\\{.+)$", "host:port,… or a URL"),
         NULL, "Where it is: of Kafka the brokers, of others a URL; not given: the stack's"),
    ALIAS("brokers", "url"),
    FORM(spec_pipeline, management, 0, 4096,
         FORM_OF("^(none|https?://.+|\\$\\{.+)$", "none, or an http:// or https:// URL"), NULL,
         "Of somebody else's RabbitMQ: its management API, which alone knows what is not "
         "acknowledged; not given: port 15672 of its host; none: only how many are ready counts"),
    CHOICE(spec_pipeline, value, 0, WORDS("int64", "text", "json"), "int64",
           "How a record holds the user: 8 bytes big-endian, a number as text (the default of "
           "redis_stream and rabbitmq), or JSON"),
    POINTER(
        spec_pipeline, pointer,
        "JSON pointer of the user in value: json, which it is for rabbitmq then; of redis_stream "
        "its first step is the field"),
    CHOICE(spec_pipeline, dead_letter_value, 0, WORDS("int64", "text", "json"), NULL,
           "How a record of dead_letter holds the user; not given: as value and pointer say"),
    POINTER(spec_pipeline, dead_letter_pointer,
            "JSON pointer of the user in dead_letter_value: json; not given: pointer"),
    PAIRS(spec_pipeline, properties, 0, "^[a-z0-9_.]+$", "properties of librdkafka",
          "Properties of librdkafka for reading Kafka: security.protocol, sasl.mechanism, "
          "sasl.username, sasl.password, ssl.ca.location …"),
    BOOL(spec_pipeline, read_committed, "true", "Records of aborted transactions do not count"),
};
SHAPE(pipeline, spec_pipeline);

static const struct rule evidence_rows[] = {
    MAP(spec_evidence, coupons, rows, RULE_APART, "The rows that a win leaves behind"),
    MAP(spec_evidence, parked, rows, RULE_APART, "Accepted users put aside after a failure"),
    ALIAS("dead_lettered", "parked"),
    MAP(spec_evidence, stock, stock, RULE_APART, "What is left of each item"),
    MAP(spec_evidence, counter, counter, RULE_APART, "The counter that decides"),
    MAP(spec_evidence, pipeline, pipeline, RULE_APART,
        "The topic between the service and the rows"),
};
SHAPE(evidence, spec_evidence);

/* ---- when to judge ---- */

static const struct rule preflight_rows[] = {
    SPANS(spec_preflight, wait, 0, 0, "0",
          "How long what the stores hold from before may take to go away, such as a group's lag"),
    BOOL(spec_preflight, clean, "true",
         "Refuse to start while they hold rows, counts or unread records from before that would "
         "make a right service look wrong"),
};
SHAPE(preflight, spec_preflight);

static const struct rule drain_rows[] = {
    SPANS(spec_drain, timeout, 0, NS_PER_MS, "30s",
          "What is still missing so long after the last answer is missing"),
    INT(spec_drain, rounds, 0, 1, 1000, "3", "Polling rounds in a row that must agree"),
    SPANS(spec_drain, quiet, 0, NS_PER_MS, "1s",
          "With neither rows nor a pipeline: the counter unchanged for so long"),
    SPANS(spec_drain, stall, 0, NS_PER_MS, "3s",
          "After the timeout: unchanged for so long is at rest"),
    SPANS(spec_drain, poll_min, 0, 1000, "1ms", "Shortest wait between rounds"),
    SPANS(spec_drain, poll_max, 0, 1000, "50ms", "Longest wait between rounds"),
    SPANS(spec_drain, window, 0, 0, "250ms",
          "After drained it is watched for so long; a change goes back to waiting"),
};
SHAPE(drain, spec_drain);

/* ---- checks, faults ---- */

static const struct rule expect_rows[] = {
    {ROW(spec_expect, check, RULE_WORD), .flags = NEEDED, .words = check_words, .also = check_also,
     .allowed = "a check", .help = "Name of the check"},
    TEXT(spec_expect, name, 0, 1, 48, NULL,
         "What reports call it, to tell several of one check apart"),
    INT(spec_expect, at_most, 0, 0, INT64_MAX, NULL,
        "How many are tolerated; else 0; contention: how many at once, 0: any"),
    SPANS(spec_expect, p50, 0, 0, NULL, "latency, bystander, contention: median at most"),
    SPANS(spec_expect, p90, 0, 0, NULL, "latency, bystander: 90 % at most"),
    SPANS(spec_expect, p99, 0, 0, NULL, "latency, bystander, contention: 99 % at most"),
    SPANS(spec_expect, max, 0, 0, NULL, "latency, bystander, contention: longest at most"),
    INT(spec_expect, power_percent, RULE_QUIET, 0, 100, "10", "fcfs_power: least share of pairs"),
    TEXT(spec_expect, query, 0, 1, 65536, NULL,
         "sql: a query; redis: a command or a key; contention: a part of the statements' text"),
    TEXT(spec_expect, url, 0, 1, 4096, NULL, "sql, redis: where; not given: the stack's"),
    TEXT(spec_expect, equals, RULE_SCALAR, 0, 65536, NULL, "sql, redis: the value is this"),
    TEXT(spec_expect, least, RULE_SCALAR, 1, 64, NULL, "sql, redis: the value is at least this"),
    TEXT(spec_expect, most, RULE_SCALAR, 1, 64, NULL, "sql, redis: the value is at most this"),
};
SHAPE(expect, spec_expect, .key = "check");

static const struct rule fault_rows[] = {
    TEXT(spec_fault, target, NEEDED, 1, 31, NULL, "A process, or redis, postgres, kafka"),
    CHOICE(spec_fault, action, NEEDED, fault_action_words, NULL, "What happens to it"),
    CHOICE(spec_fault, when, 0, fault_when_words, "time",
           "Counted from the release, the last response, count rows, count answers, or count "
           "answers that `hold` keeps back at a time"),
    {ROW(spec_fault, at, RULE_INSTANT), .other = offsetof(struct spec_fault, at_until),
     .high = SPAN, .allowed = "a duration, or two as in 10ms..300ms", .def = "0",
     .help = "So much later; of two a seeded instant in between"},
    INT(spec_fault, count, 0, 0, MANY, NULL, "So many rows, answers or held ones, for when"),
    INT(spec_fault, broker, 0, 1, 9, NULL,
        "broker_down, broker_up: which one of stack.brokers; not given: the first"),
    INT(spec_fault, errors, 0, 1, 1000000, NULL, "produce_errors: so many produce requests fail"),
    WORD(spec_fault, signal, 0,
         WORDS("HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "ALRM", "TERM", "CONT", "STOP",
               "WINCH"),
         NULL, "Which signal, for action signal"),
    SPANS(spec_fault, restart_after, 0, 0, NULL, "Start it again so much later"),
};
SHAPE(fault, spec_fault);

static const struct rule bystander_rows[] = {
    INT(spec_bystander, rate, 0, 1, 100000, "200", "Transactions a second"),
    INT(spec_bystander, connections, 0, 1, 100, "2", "Connections"),
    SPANS(spec_bystander, before, 0, 0, "1s", "Measured so long before the rush"),
    SPANS(spec_bystander, after, 0, 0, "1s", "and so long after it"),
};
SHAPE(bystander, spec_bystander);

static const struct rule outcome_rows[] = {
    WORD(spec_outcome, verdict, NEEDED, WORDS("pass", "fail", "unknown"), NULL, "The verdict"),
    LIST(spec_outcome, checks, 0, 0, 64, OF_CHECKS, "The checks that do not pass; no other may"),
    LIST(spec_outcome, may, 0, 0, 64, OF_CHECKS, "Checks that may fail as well"),
};
SHAPE(outcome, spec_outcome);

/* ---- the whole ---- */

static const struct rule whole_rows[] = {
    FORM(scenario, name, NEEDED, 64,
         FORM_OF("^[A-Za-z0-9][A-Za-z0-9 ._+-]*$", "letters, digits, blanks and . _ + -"), NULL,
         "Names the run and its reports"),
    TEXT(scenario, description, 0, 0, 4096, "", "What it shows, for people"),
    TEXT(scenario, dir, 0, 1, 4096, NULL,
         "Directory that relative paths and ${scenario.dir} mean; not given: that of the file"),
    INT(scenario, limit, 0, 1, MANY, NULL,
        "How many may win; needed, but beside items, where it is the sum of their stock"),
    MAP(scenario, items, grammar_items, RULE_APART,
        "What is sold, where that is not one pool of `limit` of which everybody wants one"),
    MAP(scenario, demand, grammar_demand, 0,
        "Who wants how much of which item, by the seed; {{item}} and {{units}} of the request"),
    INT(scenario, seed, 0, 0, INT64_MAX, "1",
        "Start of every random choice: the same seed, the same run"),
    MAP(scenario, stack, grammar_stack, 0, "The servers behind the service"),
    LIST(scenario, setup, 0, 0, 32, OF_MAPS(grammar_setup, "A step"),
         "What prepares the stores before the first process, in this order and in each round: "
         "programs that end, statements"),
    LIST(scenario, processes, 0, 0, 32, OF_MAPS(grammar_process, "A program"),
         "Programs that the run starts, in this order, and ends"),
    MAP(scenario, between, grammar_between, 0,
        "Who stands between the service and its stores; a text alone is `what`"),
    MAP(scenario, hold, grammar_hold, RULE_APART,
        "Keeps answers of stores back in the last phase of the load, so that several requests have "
        "read the same before any of them goes on; implies between: observe"),
    LIST(scenario, prepare, 0, 0, 8, OF_MAPS(grammar_prepare, "A request of each user's own"),
         "What each user does once before the rush, such as logging in, one step after the other"),
    MAP(scenario, preparing, grammar_preparing, 0, "How fast users are prepared"),
    MAP(scenario, request, grammar_request, NEEDED,
        "The request that every user sends; {{user}} {{seq}} {{uuid}} are filled in"),
    MAP(scenario, idempotency, grammar_idempotency, RULE_APART,
        "Each user's requests carry one key: what they ask for may happen once"),
    LIST(scenario, actions, 0, 0, ACTIONS_MAX, OF_MAPS(grammar_action, "A request about an order"),
         "What may be asked for orders that there are, such as paying and cancelling; {{order}}, "
         "{{item}} and {{units}} are the order's"),
    MAP(scenario, users, grammar_users, 0, "Who sends"),
    MAP(scenario, responses, grammar_responses, NEEDED,
        "What the answers mean; each must match exactly one rule"),
    MAP(scenario, decide, grammar_decide, RULE_APART,
        "How to get a decision that an answer only promises: one that matches responses.undecided "
        "is a ticket"),
    MAP(scenario, warmup, warmup, RULE_APART,
        "Before the baseline the real request by users outside of the run, and then the reset"),
    LIST(scenario, load, NEEDED, 1, 32,
         OF_MAPS(phase, "A phase: exactly one of burst, waves, rate, closed, retry, pause, action"),
         "The rush: phases, one after the other"),
    INT(scenario, workers, 0, 1, 64, NULL, "Load threads; not given: the cores, at most 8"),
    INT(scenario, release_threads, 0, 1, 16, "2",
        "Threads that release a burst; from 2 on as many as suit without real-time priority"),
    MAP(scenario, evidence, evidence, 0,
        "Where the truth is read; what is not given is not checked"),
    {ROW(scenario, wait, RULE_WAIT), .other = offsetof(struct scenario, wait_span), .high = SPAN,
     .words = WORDS("drained", "last_response", "rows == limit"),
     .allowed = "drained, last_response, a duration such as 10s, or rows == limit",
     .def = "drained",
     .help = "When to judge: drained waits for evidence, the others show what goes wrong"},
    MAP(scenario, preflight, preflight, 0, "What must hold before the load starts"),
    MAP(scenario, drain, drain, 0, "How drained is decided"),
    LIST(scenario, expect, 0, 0, 128, OF_MAPS(expect, "A check; a text alone is its name"),
         "Checks beside the ones that run anyway, and their parameters"),
    LIST(scenario, faults, 0, 0, 48, OF_MAPS(fault, "A fault"),
         "What goes wrong on purpose, and when"),
    MAP(scenario, bystander, bystander, RULE_APART,
        "Another domain's small transactions on the same Postgres"),
    ALIAS("background_workload", "bystander"),
    MAP(scenario, outcome, outcome, RULE_APART,
        "What the run must end in, for selftest and the tests"),
};
SHAPE(whole, scenario);

const struct rule grammar = {
    .kind = RULE_MAP,
    .shape = &whole,
    .help = "A scenario: a service, a rush on it, and what must be true afterwards"};
