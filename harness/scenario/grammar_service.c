/* Rows of the grammar: the servers and processes behind the service, requests and what answers to
 * them mean. */
#include "scenario/grammar_rows.h"

#define UNIX_SOCKET(type, member)                                                                  \
    {                                                                                              \
        .key = "unix", .kind = RULE_TEXT, MEMBER(type, member), RANGE(1, 4096),                    \
        FORM_OF("^(/|\\$\\{).*$", "an absolute path, or one that starts with ${name}"),            \
        .help = "Unix socket that leads to the service, whatever host the URL names"               \
    }

/* ---- stack, processes ---- */

static const struct rule topic_rows[] = {
    FORM(spec_topic, name, NEEDED, 249, TOPIC, NULL, "Name of the topic"),
    INT(spec_topic, partitions, 0, 1, 1000, "3", "Partitions"),
    INT(spec_topic, replication, 0, 1, 9, "1", "Copies of each partition"),
};
SHAPE(topic, spec_topic, .key = "name");

#define LOCAL "an address on localhost, such as postgres://user@localhost:5432/database"

static const struct rule stack_rows[] = {
#define SERVER(name, reference, value, forms, people, text, ...)                                   \
    FORM(spec_stack, name, 0, 4096, FORM_OF("^(" forms ")$", people), value, text),                \
        INT(spec_stack, name##_port, 0, 1, 65535, NULL,                                            \
            "Fixed port of one that the run starts, for a service that has it in its code"),       \
        FORM(spec_stack, name##_as, 0, 4096, FORM_OF("^(" forms ")$", LOCAL), NULL,                \
             "Whole address of one that the run starts, for a service that has it in its code"),
#include "model/server_rows.h"
#undef SERVER
    FORM(spec_stack, kafka_version, RULE_SCALAR, 31,
         FORM_OF("^[0-9]+([.][0-9]+)*$", "a version such as 3.9.1"), NULL,
         "Version of apache; not given: the newest one fetched"),
    INT(spec_stack, brokers, 0, 1, 9, "1", "Brokers of embedded"),
    LIST(spec_stack, topics, 0, 0, 64, OF_MAPS(topic, "A topic; a text alone is its name"),
         "Topics that must exist; not given: those of evidence.pipeline, 3 partitions each"),
    WORD(spec_stack, redis_appendfsync, 0, WORDS("no", "everysec", "always"), "no",
         "Private Redis: how it keeps data; no: not at all"),
    BOOL(spec_stack, postgres_fsync, "false", "Private Postgres: wait for the disk at each commit"),
    BOOL(spec_stack, mysql_fsync, "false", "Private MySQL: wait for the disk at each commit"),
    PAIRS(spec_stack, reset, RULE_SEVERAL, "^(redis|postgres|mysql|sqlite)$",
          "redis, postgres, mysql or sqlite",
          "Commands for a store before each round, the first one too, and before the processes "
          "start: what empties an external one, what a private one begins with; mysql without "
          "stack.mysql, and sqlite, are those of evidence.coupons"),
};
const struct shape grammar_stack = SHAPE_OF(stack, spec_stack);

static const struct rule setup_rows[] = {
    LIST(spec_setup, run, 0, 1, 256,
         OF(.kind = RULE_TEXT, .flags = RULE_SCALAR, .high = 65536, .help = "A word"),
         "A program that ends with code 0, looked up as those of processes"),
    PAIRS(spec_setup, env, 0, "^[A-Za-z_][A-Za-z0-9_]*$", "names of environment variables",
          "Its environment, beside the one that processes have"),
    TEXT(spec_setup, dir, 0, 1, 4095, NULL, "Its working directory"),
    SPANS(spec_setup, timeout, 0, NS_PER_MS, "60s", "How long it may take"),
    TEXT(spec_setup, postgres, 0, 1, 1048576, NULL, "Statements for Postgres, with ; between them"),
    TEXT(spec_setup, mysql, 0, 1, 1048576, NULL, "The same for MySQL"),
    TEXT(spec_setup, redis, 0, 1, 65536, NULL, "A command for Redis"),
    TEXT(spec_setup, file, 0, 1, 4095, NULL,
         "A file of statements for the stack's Postgres, or its MySQL where there is none"),
};
const struct shape grammar_setup = SHAPE_OF(setup, spec_setup);

static const struct rule ready_rows[] = {
    FORM(spec_ready, http, 0, 4096, FORM_OF("^(/|https?://|\\$\\{).*$", "a path or a URL"), NULL,
         "A path on its port, or a URL, that answers 2xx"),
    UNIX_SOCKET(spec_ready, socket),
    TEXT(spec_ready, tcp, 0, 1, 4096, NULL, "host:port that accepts a connection"),
    TEXT(spec_ready, log, 0, 1, 4096, NULL, "Text in a line that it prints"),
    BOOL(spec_ready, ended, "false",
         "Once it has ended with code 0: for what prepares the stores, such as a migration"),
    SPANS(spec_ready, timeout, 0, NS_PER_MS, "10s", "How long that may take"),
};
SHAPE(ready, spec_ready);

static const struct rule process_rows[] = {
    FORM(spec_process, name, NEEDED, 31,
         FORM_OF("^[a-z][a-z0-9_-]*$", "lower-case letters, digits, _ and -"), NULL,
         "${name} is its base URL, ${name.port} its port"),
    LIST(spec_process, run, NEEDED, 1, 256,
         OF(.kind = RULE_TEXT, .flags = RULE_SCALAR, .high = 65536, .help = "A word"),
         "The program and its arguments; looked up beside rushproof, then in PATH; a path with a "
         "slash in dir, then beside the scenario"),
    PAIRS(spec_process, env, 0, "^[A-Za-z_][A-Za-z0-9_]*$", "names of environment variables",
          "Environment, beside REDIS_URL, DATABASE_URL, KAFKA_BROKERS and PORT"),
    TEXT(spec_process, dir, 0, 1, 4095, NULL,
         "Working directory, relative to the scenario's file; not given: the run's directory"),
    BOOL(spec_process, once, "false", "It may end by itself, with code 0"),
    BOOL(spec_process, beside, "false",
         "Start it together with the one before it, instead of once that is ready"),
    INT(spec_process, count, 0, 1, INSTANCES_MAX, "1",
        "So many instances, called name.1, name.2 …, each with its own port, ${instance} and log; "
        "a request.url with ${name} goes to all of them in turn"),
    MAP(spec_process, ready, ready, RULE_APART, "How to see that it is ready; not given: at once"),
};
const struct shape grammar_process = SHAPE_OF(process, spec_process);

/* ---- requests and what their responses mean ---- */

static const struct rule feeder_rows[] = {
    TEXT(spec_feeder, file, NEEDED, 1, 4095, NULL, "The file; a text alone means this"),
    BOOL(spec_feeder, reuse, "false",
         "Fewer rows than users: from the first row again; otherwise that is refused"),
};
SHAPE(feeder, spec_feeder, .key = "file");

#define OF_URLS_SUCH(regex, words)                                                                 \
    OF(.kind = RULE_TEXT, RANGE(1, 8192), FORM_OF(regex, words), .help = "A URL")
#define OF_URLS                                                                                    \
    OF_URLS_SUCH("^(https?://|\\$\\{).+$",                                                         \
                 "an http:// or https:// URL, or one that starts with ${name}")

static const struct rule grpc_rows[] = {
    FORM(spec_grpc, service, NEEDED, 255,
         FORM_OF("^[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*)*$",
                 "a name such as shop.v1.Coupons"),
         NULL, "The service, with its package"),
    FORM(spec_grpc, method, NEEDED, 255,
         FORM_OF("^[A-Za-z_][A-Za-z0-9_]*$", "a name such as Apply"), NULL,
         "The method: one message, and one answer"),
    TEXT(spec_grpc, proto, NEEDED, 1, 4095, NULL,
         "The .proto file, relative to the scenario's (read by protoc, of Debian's "
         "protobuf-compiler), or a descriptor set that protoc has made of it with "
         "--include_imports"),
    LIST(spec_grpc, imports, 0, 1, 16, OF(.kind = RULE_TEXT, RANGE(1, 4095), .help = "A directory"),
         "Directories in which imports are looked up; not given: that of proto, and the "
         "scenario's"),
    {ROW(spec_grpc, message, RULE_TEXT), .flags = RULE_TREE, RANGE(1, 65536), .def = "{}",
     .allowed = "a mapping of fields to values, or a text with a JSON object",
     .help = "Its fields; {{user}} and others are filled in as in a body"},
};
SHAPE(grpc, spec_grpc);

static const struct rule request_rows[] = {
    FORM(spec_request, method, 0, 16, FORM_OF("^[A-Z]+$", "an HTTP method in capitals"), "POST",
         "Method"),
    {LISTED_AS("url", spec_request, urls, RULE_LIST), .flags = NEEDED | RULE_BARE,
     RANGE(1, INSTANCES_MAX), .entry = OF_URLS,
     .help = "URL; several: one for each instance of the service, which take turns"},
    UNIX_SOCKET(spec_request, socket),
    LIST(spec_request, source_addresses, RULE_BARE, 1, 64,
         OF(.kind = RULE_TEXT, .high = 128,
            .pattern = "^([0-9A-Fa-f.:]+(-[0-9A-Fa-f.:]+)?|\\$\\{.+)$",
            .allowed = "an address, or a range 10.0.0.5-10.0.0.12",
            .help = "An address of the machine that sends, or a range of them"),
         "Where connections come from, in turns: from one address some 28,000 lead to one of the "
         "service's; not given: as the kernel chooses"),
    PAIRS(spec_request, headers, 0, "^[A-Za-z0-9_-]+$", "header names", "Headers"),
    TEXT(spec_request, body, 0, 0, 65536, NULL, "Body; not given: none"),
    MAP(spec_request, grpc, grpc, RULE_APART,
        "A call of gRPC instead of method and body; over HTTP/2, as the URL's scheme says"),
    SPANS(spec_request, timeout, 0, NS_PER_MS, "10s",
          "From the release to the end of the response; later it is unknown"),
    MAP(spec_request, feeder, feeder, RULE_APART,
        "CSV file in UTF-8 with a header line, one row a user in their order: {{column}} is filled "
        "in, escaped for its place; the request holds {{user}} too, or a column user says whose "
        "each row is"),
    TEXT(spec_request, ca, 0, 1, 4095, NULL, "PEM file of the authorities to trust"),
    TEXT(spec_request, cert, 0, 1, 4095, NULL, "PEM file of the client's certificate"),
    TEXT(spec_request, key, 0, 1, 4095, NULL, "PEM file of its key"),
    BOOL(spec_request, insecure, "false", "Accept any certificate"),
    CHOICE(spec_request, http2, 0, http2_words, "false",
           "true: offer HTTP/2 on https, and speak what the service chooses; prior-knowledge: "
           "HTTP/2 on http"),
    INT(spec_request, streams, 0, 1, 10000, NULL,
        "Of HTTP/2: requests on a connection at once, as far as the service takes them; else 10 in "
        "a burst and 1 in other phases"),
    BOOL(spec_request, cookies, "false",
         "Send the cookies that the user has from `prepare`, as a browser would"),
};
const struct shape grammar_request = SHAPE_OF(request, spec_request);

static const struct rule idempotency_rows[] = {
    FORM(spec_idempotency, header, NEEDED, 64, FORM_OF("^[A-Za-z0-9_-]+$", "a header name"), NULL,
         "Request header that carries the key, a UUID made from the seed, one for each user"),
    INT(spec_idempotency, times, 0, 1, 1000, "2",
        "How often each user sends his request under it in a phase; `again` sends it once more"),
};
const struct shape grammar_idempotency = SHAPE_OF(idempotency, spec_idempotency, .key = "header");

static const struct rule ids_rows[] = {
    FORM(spec_ids, form, 0, 235,
         FORM_OF("^(number|uuid|none|[^{}]*[{][{] *n *[}][}][^{}]*)$",
                 "number, uuid, none, or a text with {{n}} in it"),
         "number",
         "number: by its number; uuid: by a UUID made from the seed and that number, or, with "
         "feeder, the column holds UUIDs; user-{{n}}@shop.example: by a text with the number in "
         "it; none: rows and records are counted only, nobody is told apart"),
    TEXT(spec_ids, feeder, 0, 1, 4095, NULL,
         "CSV file with a header line: user n is called as the column of row n says; its other "
         "columns are filled in as those of request.feeder"),
    TEXT(spec_ids, column, 0, 1, 255, NULL, "Which column of feeder; not given: user"),
};
SHAPE(ids, spec_ids, .key = "form");

static const struct rule users_rows[] = {
    MAP(spec_users, ids, ids, 0, "What a user is called, by the service and in its stores"),
    INT(spec_users, first, 0, INT64_MIN, INT64_MAX, "1",
        "Number of the first user; the next ones follow"),
    INT(spec_users, repeat, 0, 1, 1000, "1", "Each user sends so many times in a phase"),
    BOOL(spec_users, anonymous, "false",
         "The endpoint knows no users: a request need not hold {{user}} or a column, and rows and "
         "records cannot be told apart by user"),
};
const struct shape grammar_users = SHAPE_OF(users, spec_users);

#define ANSWER_ROWS                                                                                \
    LIST(spec_rule, status, 0, 1, 64,                                                              \
         OF(.kind = RULE_INT, .size = sizeof(int32_t), RANGE(100, 599), .help = "A status"),       \
         "HTTP status, any of these; none: any"),                                                  \
        LIST(spec_rule, grpc, 0, 1, 17,                                                            \
             OF(.kind = RULE_CHOICE, .size = sizeof(int), .words = grpc_status_words,              \
                .help = "A status of gRPC"),                                                       \
             "Of request.grpc: its status, any of these, such as RESOURCE_EXHAUSTED"),             \
        PAIRS(spec_rule, json, RULE_POINTERS, NULL, NULL,                                          \
              "Values in a JSON body that all must be equal, by JSON pointer; isSuccess means "    \
              "/isSuccess"),                                                                       \
        PAIRS(spec_rule, header, 0, "^[A-Za-z0-9_-]+$", "header names",                            \
              "Response headers that all must be equal"),                                          \
        LIST(spec_rule, text, 0, 1, 16,                                                            \
             OF(.kind = RULE_TEXT, .flags = RULE_SCALAR, RANGE(1, 1024), .help = "A text"),        \
             "The body holds it; each of several"),                                                \
        LIST(spec_rule, matches, 0, 1, 16,                                                         \
             OF(.kind = RULE_TEXT, .flags = RULE_SCALAR, RANGE(1, 1024),                           \
                .help = "A regular expression (PCRE2)"),                                           \
             "The body matches the regular expression (PCRE2); each of several"),                  \
        PAIRS(spec_rule, least, RULE_POINTERS, NULL, NULL,                                         \
              "Numbers in a JSON body that are at least this, by JSON pointer"),                   \
        PAIRS(spec_rule, most, RULE_POINTERS, NULL, NULL, "and at most this"),                     \
        POINTER(spec_rule, rank, "JSON pointer of the user's rank in the body"),                   \
        POINTER(spec_rule, item,                                                                   \
                "JSON pointer of the item that the service chose; not given: the one asked for"),  \
        POINTER(spec_rule, units, "The same of the units that it grants"),                         \
        POINTER(spec_rule, order,                                                                  \
                "The same of what it calls the order; rows of that name are matched")

static const struct rule answer_rows[] = {ANSWER_ROWS};
SHAPE(answer, spec_rule, .key = "status");
#define ANSWERS(class, text) LIST(spec_responses, class, 0, 1, 32, OF_MAPS(answer, "A rule"), text)

static const struct rule responses_rows[] = {
    ANSWERS(accepted, "Told yes: any of these rules; a text alone is a status"),
    ANSWERS(rejected, "Told no"),
    ANSWERS(limited, "Turned away before it was decided (429): promises that nothing was applied, "
                     "and is no demand"),
    ANSWERS(in_progress, "With idempotency: another request under this key is under way (409); no "
                         "decision, and counted as limited"),
    ANSWERS(key_reused, "With idempotency: the key was used for something else (422); nothing was "
                        "applied, and counted as limited"),
    ANSWERS(undecided, "An answer that is the same for everybody: the stores alone decide"),
    CHOICE(spec_responses, otherwise, 0, WORDS("failed", "rejected", "undecided"), "failed",
           "What an answer means that no rule matches; never of a server error, a login (401, "
           "403), a missing path, a rate limiter (429), a redirect or a web page"),
    FORM(spec_responses, instance, 0, 64, FORM_OF("^[A-Za-z0-9_-]+$", "a header name"), NULL,
         "Response header that names the instance which answered, where several stand behind one "
         "address"),
    FORM(spec_responses, entered, 0, 64, FORM_OF("^[A-Za-z0-9_-]+$", "a header name"), NULL,
         "Response header that says when its handler began: nanoseconds of any clock"),
};
const struct shape grammar_responses = SHAPE_OF(responses, spec_responses);

/* ---- decisions that come later ---- */

#define ASKED(type, inner, verb)                                                                   \
    {LISTED_AS("url", type, inner urls, RULE_LIST), .flags = NEEDED | RULE_BARE,                   \
     RANGE(1, INSTANCES_MAX),                                                                      \
     .entry = OF_URLS_SUCH("^(https?://|\\$\\{|\\{\\{).+$",                                        \
                           "an http:// or https:// URL, or one that starts with ${name} or with "  \
                           "{{name}}"),                                                            \
     .help = "URL; several: one for each instance of the service, which take turns"},              \
        UNIX_SOCKET(type, inner socket),                                                           \
        {.key = "method",                                                                          \
         .kind = RULE_TEXT,                                                                        \
         MEMBER(type, inner method),                                                               \
         RANGE(1, 16),                                                                             \
         FORM_OF("^[A-Z]+$", "an HTTP method in capitals"),                                        \
         .def = verb,                                                                              \
         .help = "Method"},                                                                        \
        {LISTED_AS("headers", type, inner headers, RULE_PAIRS), .high = 64,                        \
         .pattern = "^[A-Za-z0-9_-]+$", .allowed = "header names", .help = "Headers"},             \
        {.key = "body",                                                                            \
         .kind = RULE_TEXT,                                                                        \
         MEMBER(type, inner body),                                                                 \
         .high = 65536,                                                                            \
         .help = "Body; not given: none"},                                                         \
    {                                                                                              \
        .key = "cookies", .kind = RULE_BOOL, MEMBER(type, inner cookies), .def = "false",          \
        .help = "Send the cookies that the request would"                                          \
    }

static const struct rule poll_rows[] = {
    ASKED(spec_poll, request., "GET"),
    SPANS(spec_poll, every, 0, NS_PER_MS, "20ms",
          "Before the first poll of a ticket; doubled up to 1s, or as Retry-After says"),
    SPANS(spec_poll, timeout, 0, NS_PER_MS, "30s",
          "Who is still pending so long after the ticket never gets a decision"),
    INT(spec_poll, max_rate, 0, 1, 100000, "500", "Polls a second, of all tickets together"),
};
SHAPE(poll, spec_poll);

static const struct rule stream_rows[] = {
    ASKED(spec_stream, request., "GET"),
    SPANS(spec_stream, timeout, 0, NS_PER_MS, "30s",
          "Who was told nothing so long after the ticket never gets a decision"),
};
SHAPE(stream, spec_stream);

/* What a poll answers, or an event says. */
static const struct rule told_rows[] = {
    ANSWER_ROWS,
    LIST(spec_rule, event, 0, 1, 16,
         OF(.kind = RULE_TEXT, .flags = RULE_SCALAR, RANGE(1, 127), .help = "A name"),
         "Of stream: the event is called so, any of these; message when it has no name"),
};
SHAPE(told, spec_rule, .key = "status");

static const struct rule then_rows[] = {ASKED(spec_request, , "POST")};
SHAPE(then, spec_request);

static const struct rule decide_rows[] = {
    MAP(spec_decide, poll, poll, RULE_APART, "The request that asks what became of it"),
    MAP(spec_decide, stream, stream, RULE_APART,
        "Instead of poll: server-sent events that tell it. Opened before the burst, one a user, or "
        "where the URL needs something of capture, when the ticket is there"),
    PAIRS(spec_decide, capture, RULE_OPEN, "^[A-Za-z_][A-Za-z0-9_]*$",
          "names of letters, digits and _",
          "What is kept of the answer, and of each poll's or event's, as {{name}}: json:/ticket, "
          "header:Location, or regex:… whose first group is taken"),
    LIST(spec_decide, accepted, 0, 1, 32, OF_MAPS(told, "A rule"),
         "A poll or event that tells yes"),
    LIST(spec_decide, rejected, 0, 1, 32, OF_MAPS(told, "A rule"), "A poll or event that tells no"),
    LIST(spec_decide, pending, 0, 1, 32, OF_MAPS(told, "A rule"),
         "One that tells to wait; not given: any other answer but an error"),
    LIST(spec_decide, through, 0, 1, 32, OF_MAPS(told, "A rule"),
         "One that tells that its turn has come: then is sent, once, and its answer decides"),
    MAP(spec_decide, then, then, RULE_APART, "What is sent when the turn has come"),
};
const struct shape grammar_decide = SHAPE_OF(decide, spec_decide);

/* ---- actions ---- */

#define TELLS(member, text)                                                                        \
    {                                                                                              \
        LISTED_AS(#member, spec_action, responses.member, RULE_LIST), RANGE(1, 32),                \
            .entry = OF_MAPS(answer, "A rule"), .help = text                                       \
    }

static const struct rule action_rows[] = {
    FORM(spec_action, name, NEEDED, 31,
         FORM_OF("^[a-z][a-z0-9_-]*$", "lower-case letters, digits, _ and -"), NULL,
         "What phases call it"),
    ASKED(spec_action, request., "POST"),
    CHOICE(spec_action, moves, 0, WORDS("none", "back"), "none",
           "What a yes to it means: back: the order's units are there again, as by cancelling; "
           "none: it is kept, as by paying, and no longer expires"),
    TELLS(accepted, "Told yes; not given: any status from 200 to 299"),
    TELLS(rejected, "Told no; not given: any status from 400 to 499"),
    TEXT(spec_action, excludes, 0, 1, 31, NULL,
         "Another action: of an order only one of the two may be told yes"),
};
const struct shape grammar_action = SHAPE_OF(action, spec_action);

static const struct rule act_rows[] = {
    {LISTED_AS("name", spec_act, names, RULE_LIST), .flags = NEEDED, RANGE(1, ACTIONS_MAX),
     .entry = OF(.kind = RULE_TEXT, RANGE(1, 31), .help = "An action"),
     .help = "Which action; several are sent side by side for the same order"},
    TEXT(
        spec_act, of, 0, 1, 31, "accepted",
        "For which orders: accepted, those told yes; all; or an action that they were told yes to"),
    {ROW(spec_act, share, RULE_TEXT), .flags = RULE_SCALAR, RANGE(1, 12),
     FORM_OF("^([0-9]+[.][.])?[0-9]+$", "per cent, or two as in 30..100"), .def = "100",
     .help = "Which share of them, in per cent: 30 the first 30 of 100, 30..100 the others"},
    INT(spec_act, times, 0, 1, 100, "1", "So many at once for the same order"),
    SPANS(spec_act, over, 0, 0, "0", "From the first to the last; not given: all at once"),
    BOOL(spec_act, others, "false",
         "By another user than whose order it is: all of them must be told no"),
};
const struct shape grammar_act = SHAPE_OF(act, spec_act, .key = "name");

/* ---- prepare ---- */

static const struct rule prepare_rows[] = {
    MAP(spec_prepare, request, grammar_request, NEEDED,
        "What is sent; {{user}}, columns and what the steps before have captured are filled in"),
    MAP(spec_prepare, expect, answer, RULE_APART,
        "What its answer must be; not given: any status from 200 to 299"),
    PAIRS(spec_prepare, capture, RULE_OPEN, "^[A-Za-z_][A-Za-z0-9_]*$", "letters, digits and _",
          "What its answer brings, for {{name}} in later requests: json:/pointer, header:Name, "
          "cookie:NAME, or regex:… whose first group is taken"),
};
const struct shape grammar_prepare = SHAPE_OF(prepare, spec_prepare);

static const struct rule preparing_rows[] = {
    INT(spec_preparing, connections, 0, 1, 1000, "16", "Users at the same time at most"),
    INT(spec_preparing, rate, 0, 0, 100000, "0",
        "Users a second at most; 0: as fast as they are served"),
};
const struct shape grammar_preparing = SHAPE_OF(preparing, spec_preparing);
