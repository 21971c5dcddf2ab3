#include "scenario/grammar.h"

#include <stdint.h>

#include "base/clock.h"

#define MANY                                                                                       \
    INT64_C(100000000) /* requests: 64 bytes each make 6.4 GB, more is a slip of the hand */
#define SPAN   (INT64_C(24) * 3600 * NS_PER_S)
#define ALWAYS RULE_ALWAYS
#define NEEDED RULE_REQUIRED

#define MAP(path, flags, key, help)                                                                \
    {                                                                                              \
        path, RULE_MAP, flags, 0, 0, NULL, NULL, NULL, key, help                                   \
    }
#define LIST(path, flags, low, high, help)                                                         \
    {                                                                                              \
        path, RULE_LIST, flags, low, high, NULL, NULL, NULL, NULL, help                            \
    }
#define PAIRS(path, allowed, pattern, help)                                                        \
    {                                                                                              \
        path, RULE_PAIRS, 0, 0, 64, allowed, pattern, NULL, NULL, help                             \
    }
#define TEXT(path, flags, low, high, def, help)                                                    \
    {                                                                                              \
        path, RULE_TEXT, flags, low, high, NULL, NULL, def, NULL, help                             \
    }
#define FORM(path, flags, high, allowed, pattern, def, help)                                       \
    {                                                                                              \
        path, RULE_TEXT, flags, 1, high, allowed, pattern, def, NULL, help                         \
    }
#define INT(path, flags, low, high, def, help)                                                     \
    {                                                                                              \
        path, RULE_INT, flags, low, high, NULL, NULL, def, NULL, help                              \
    }
#define BOOL(path, def, help)                                                                      \
    {                                                                                              \
        path, RULE_BOOL, 0, 0, 0, NULL, NULL, def, NULL, help                                      \
    }
#define SPANS(path, flags, low, high, def, help)                                                   \
    {                                                                                              \
        path, RULE_DURATION, flags, low, high, NULL, NULL, def, NULL, help                         \
    }
#define CHOICE(path, flags, allowed, def, help)                                                    \
    {                                                                                              \
        path, RULE_CHOICE, flags, 0, 0, allowed, NULL, def, NULL, help                             \
    }
#define OTHER(path, kind, flags, allowed, def, help)                                               \
    {                                                                                              \
        path, kind, flags, 0, SPAN, allowed, NULL, def, NULL, help                                 \
    }

#define BROKER  "(\\[[0-9A-Fa-f:]+\\]|[A-Za-z0-9._-]+):[0-9]+"
#define BROKERS BROKER "(," BROKER ")*"

/* The six rows of one class of responses. */
#define RULES(class, help)                                                                         \
    LIST("responses." class, 0, 1, 32, help), MAP("responses." class ".*", 0, "status", "A rule"), \
        LIST("responses." class ".*.status", 0, 1, 64, "HTTP status, any of these; none: any"),    \
        INT("responses." class ".*.status.*", 0, 100, 599, NULL, "A status"),                      \
        {"responses." class ".*.json",                                                             \
         RULE_PAIRS,                                                                               \
         RULE_POINTERS,                                                                            \
         0,                                                                                        \
         64,                                                                                       \
         NULL,                                                                                     \
         NULL,                                                                                     \
         NULL,                                                                                     \
         NULL,                                                                                     \
         "Values in a JSON body that all must be equal, by JSON pointer; isSuccess means "         \
         "/isSuccess"},                                                                            \
        PAIRS("responses." class ".*.header", "header names", "^[A-Za-z0-9_-]+$",                  \
              "Response headers that all must be equal"),                                          \
        OTHER("responses." class ".*.rank", RULE_POINTER, 0, NULL, NULL,                           \
              "JSON pointer of the user's rank in the body")

#define ROWS(where, help)                                                                          \
    MAP("evidence." where, 0, "postgres", help),                                                   \
        TEXT("evidence." where ".postgres", 0, 1, 65536, NULL,                                     \
             "Query for Postgres: column user_id, or user_id and a row id; a text alone means "    \
             "this"),                                                                              \
        TEXT("evidence." where ".mysql", 0, 1, 65536, NULL,                                        \
             "The same for MySQL or MariaDB; needs url"),                                          \
        FORM("evidence." where ".url", 0, 4096, "a postgresql:// or mysql:// URL",                 \
             "^((postgres|postgresql|mysql|mariadb)://.+|\\$\\{.+)$", NULL,                        \
             "Which database; not given: the stack's Postgres"),                                   \
        BOOL("evidence." where ".subtract", "false",                                               \
             "Rows that were there before the release do not count")

static const struct rule rules[] = {
    MAP("", 0, NULL, "A scenario: a service, a rush on it, and what must be true afterwards"),
    FORM("name", NEEDED, 64, "letters, digits, blanks and . _ + -",
         "^[A-Za-z0-9][A-Za-z0-9 ._+-]*$", NULL, "Names the run and its reports"),
    TEXT("description", 0, 0, 4096, "", "What it shows, for people"),
    INT("limit", NEEDED, 1, MANY, NULL, "How many may win"),
    INT("seed", 0, 0, INT64_MAX, "1", "Start of every random choice: the same seed, the same run"),

    MAP("stack", ALWAYS, NULL, "The servers behind the service"),
    FORM("stack.redis", 0, 4096,
         "private, none or a redis:// URL (or unix://; rediss://, which is TLS, is not supported)",
         "^(private|none|redis://.+|unix://.+)$", "private",
         "Redis: private starts one for the run"),
    FORM("stack.postgres", 0, 4096, "private, none or a postgresql:// URL",
         "^(private|none|(postgres|postgresql)://.+)$", "private",
         "Postgres: private starts one for the run"),
    FORM("stack.kafka", 0, 4096, "embedded, apache, none or host:port,…",
         "^(embedded|apache|none|" BROKERS ")$", "embedded",
         "Kafka: embedded starts in milliseconds and speaks the real protocol but transactions, "
         "apache is a real "
         "Apache Kafka"),
    {"stack.kafka_version", RULE_TEXT, RULE_SCALAR, 1, 31, "a version such as 3.9.1",
     "^[0-9]+([.][0-9]+)*$", NULL, NULL, "Version of apache; not given: the newest one fetched"},
    INT("stack.brokers", 0, 1, 9, "1", "Brokers of embedded"),
    LIST("stack.topics", 0, 0, 64,
         "Topics that must exist; not given: those of evidence.pipeline, 3 partitions each"),
    MAP("stack.topics.*", 0, "name", "A topic; a text alone is its name"),
    FORM("stack.topics.*.name", NEEDED, 249, "letters, digits and . _ -", "^[A-Za-z0-9._-]+$", NULL,
         "Name of the topic"),
    INT("stack.topics.*.partitions", 0, 1, 1000, "3", "Partitions"),
    INT("stack.topics.*.replication", 0, 1, 9, "1", "Copies of each partition"),
    CHOICE("stack.redis_appendfsync", 0, "no|everysec|always", "no",
           "Private Redis: how it keeps data; no: not at all"),
    BOOL("stack.postgres_fsync", "false", "Private Postgres: wait for the disk at each commit"),
    {"stack.reset", RULE_PAIRS, RULE_SEVERAL, 0, 64, "redis, postgres or mysql",
     "^(redis|postgres|mysql)$", NULL, NULL,
     "What empties an external store before each round, the first one too: a command or a list of "
     "them; mysql is the one of evidence.coupons"},

    LIST("processes", 0, 0, 32, "Programs that the run starts, in this order, and ends"),
    MAP("processes.*", 0, NULL, "A program"),
    FORM("processes.*.name", NEEDED, 31, "lower-case letters, digits, _ and -",
         "^[a-z][a-z0-9_-]*$", NULL, "${name} is its base URL, ${name.port} its port"),
    LIST("processes.*.run", NEEDED, 1, 256,
         "The program and its arguments; looked up beside rushproof, then in PATH; a path with a "
         "slash in dir, then beside the scenario"),
    TEXT("processes.*.run.*", RULE_SCALAR, 0, 65536, NULL, "A word"),
    PAIRS("processes.*.env", "names of environment variables", "^[A-Za-z_][A-Za-z0-9_]*$",
          "Environment, beside REDIS_URL, DATABASE_URL, KAFKA_BROKERS and PORT"),
    TEXT("processes.*.dir", 0, 1, 4095, NULL,
         "Working directory, relative to the scenario's file; not given: the run's directory"),
    MAP("processes.*.ready", 0, NULL, "How to see that it is ready; not given: at once"),
    FORM("processes.*.ready.http", 0, 4096, "a path or a URL", "^(/|https?://|\\$\\{).*$", NULL,
         "A path on its port, or a URL, that answers 2xx"),
    TEXT("processes.*.ready.tcp", 0, 1, 4096, NULL, "host:port that accepts a connection"),
    TEXT("processes.*.ready.log", 0, 1, 4096, NULL, "Text in a line that it prints"),
    BOOL("processes.*.ready.ended", "false",
         "Once it has ended with code 0: for what prepares the stores, such as a migration"),
    SPANS("processes.*.ready.timeout", 0, NS_PER_MS, SPAN, "10s", "How long that may take"),
    BOOL("processes.*.once", "false", "It may end by itself, with code 0"),
    BOOL("processes.*.beside", "false",
         "Start it together with the one before it, instead of once that is ready"),

    MAP("request", NEEDED, NULL,
        "The request that every user sends; {{user}} {{seq}} {{uuid}} are filled in"),
    FORM("request.method", 0, 16, "an HTTP method in capitals", "^[A-Z]+$", "POST", "Method"),
    FORM("request.url", NEEDED, 8192, "an http:// or https:// URL, or one that starts with ${name}",
         "^(https?://|\\$\\{).+$", NULL, "URL"),
    PAIRS("request.headers", "header names", "^[A-Za-z0-9_-]+$", "Headers"),
    TEXT("request.body", 0, 0, 65536, NULL, "Body; not given: none"),
    SPANS("request.timeout", 0, NS_PER_MS, SPAN, "10s",
          "From the release to the end of the response; later it is unknown"),
    TEXT("request.feeder", 0, 1, 4095, NULL,
         "CSV file with a header line, one row a user: {{column}} is filled in"),
    TEXT("request.ca", 0, 1, 4095, NULL, "PEM file of the authorities to trust"),
    TEXT("request.cert", 0, 1, 4095, NULL, "PEM file of the client's certificate"),
    TEXT("request.key", 0, 1, 4095, NULL, "PEM file of its key"),
    BOOL("request.insecure", "false", "Accept any certificate"),
    BOOL("request.http2", "false", "Offer HTTP/2 on https"),

    MAP("users", ALWAYS, NULL, "Who sends"),
    CHOICE("users.ids", 0, "number|uuid", "number",
           "What a user is called: by its number, or by a UUID made from the seed and that number"),
    INT("users.first", 0, INT64_MIN, INT64_MAX, "1", "Id of the first user; the next ones follow"),
    INT("users.repeat", 0, 1, 1000, "1", "Each user sends so many times in a phase"),
    BOOL("users.anonymous", "false",
         "The endpoint knows no users: a request need not hold {{user}} or a column, and rows and "
         "records cannot be told apart by user"),

    MAP("responses", NEEDED, NULL, "What the answers mean; each must match exactly one rule"),
    RULES("accepted", "Told yes: any of these rules; a text alone is a status"),
    RULES("rejected", "Told no"),
    RULES("undecided", "An answer that is the same for everybody: the stores alone decide"),
    CHOICE(
        "responses.otherwise", 0, "failed|rejected|undecided", "failed",
        "What an answer means that no rule matches; never of a server error, a login (401, 403), a "
        "missing path, a rate limiter (429), a redirect or a web page"),

    LIST("load", NEEDED, 1, 32, "The rush: phases, one after the other"),
    MAP("load.*", 0, NULL, "A phase: exactly one of burst, waves, rate, closed, retry, pause"),
    BOOL("load.*.again", "false", "The users of the phases before, instead of new ones"),
    MAP("load.*.burst", 0, "requests", "All at once: held at a gate, then released together"),
    INT("load.*.burst.requests", NEEDED, 1, 100000, NULL, "How many"),
    CHOICE("load.*.burst.gate", 0, "auto|corked|last-byte|connected|none|freeze", "auto",
           "What holds them back; auto: last-byte, or freeze for processes of the run without "
           "real-time priority"),
    SPANS("load.*.burst.deadline", 0, NS_PER_MS, SPAN, "10s", "To have all of them staged"),
    MAP("load.*.burst.require", 0, NULL, "When it was a burst; outside these the run is invalid"),
    SPANS("load.*.burst.require.spread", 0, 1, SPAN, NULL,
          "First to last release; else 10ms or 3 times what this machine manages, at most 100ms"),
    INT("load.*.burst.require.in_flight", 0, -1, MANY, NULL,
        "Least peak in flight; else 90 % of the burst; -1: any"),
    MAP("load.*.waves", 0, NULL, "Small bursts over time, or single requests at given offsets"),
    INT("load.*.waves.waves", 0, 1, MANY, NULL, "How many waves"),
    INT("load.*.waves.size", 0, 1, 100000, NULL, "Requests in each"),
    SPANS("load.*.waves.every", 0, 0, SPAN, NULL, "From one to the next"),
    SPANS("load.*.waves.jitter", 0, 0, SPAN, NULL, "Each request moves by up to this, seeded"),
    LIST("load.*.waves.offsets", 0, 1, 10000, "Instead of the others: when each request starts"),
    SPANS("load.*.waves.offsets.*", 0, 0, SPAN, NULL, "Span after the phase's start"),
    MAP("load.*.rate", 0, NULL, "Open model: requests arrive at a constant rate"),
    INT("load.*.rate.rate", NEEDED, 1, 1000000, NULL, "Requests a second"),
    SPANS("load.*.rate.duration", 0, 0, SPAN, NULL, "For how long; or give requests"),
    INT("load.*.rate.requests", 0, 0, MANY, NULL, "How many; or give duration"),
    INT("load.*.rate.connections", 0, 1, 100000, "1000", "Connections at most"),
    MAP("load.*.closed", 0, NULL, "Closed model: each connection sends when it has its answer"),
    INT("load.*.closed.connections", NEEDED, 1, 100000, NULL, "How many connections"),
    SPANS("load.*.closed.duration", 0, 0, SPAN, NULL, "For how long; or give requests"),
    INT("load.*.closed.requests", 0, 0, MANY, NULL, "How many in all; or give duration"),
    MAP("load.*.retry", 0, NULL, "Once more for users that have no decision yet"),
    SPANS("load.*.retry.after", 0, 0, SPAN, "0", "Span before each round"),
    INT("load.*.retry.times", 0, 1, 1000, "1", "Rounds at most"),
    INT("load.*.retry.connections", 0, 1, 100000, "50", "Connections at most"),
    MAP("load.*.pause", 0, "span", "Nothing"),
    SPANS("load.*.pause.span", NEEDED, 0, SPAN, NULL, "For how long"),
    INT("workers", 0, 1, 64, NULL, "Load threads; not given: the cores, at most 8"),
    INT("release_threads", 0, 1, 16, "2",
        "Threads that release a burst; from 2 on as many as suit without real-time priority"),

    MAP("evidence", ALWAYS, NULL, "Where the truth is read; what is not given is not checked"),
    ROWS("coupons", "The rows that a win leaves behind"),
    ROWS("parked", "Accepted users put aside after a failure"),
    MAP("evidence.counter", 0, "redis", "The counter that decides"),
    TEXT("evidence.counter.redis", NEEDED, 1, 4096, NULL,
         "A key, or a command with blanks: SCARD applied_user"),
    FORM("evidence.counter.url", 0, 4096, "a redis:// URL", "^(redis://.+|unix://.+|\\$\\{.+)$",
         NULL, "Which Redis; not given: the stack's"),
    CHOICE("evidence.counter.counts", 0, "requests|accepts|users", "requests",
           "What its growth must equal: all requests, those told yes, or each user once"),
    BOOL("evidence.counter.down", "false", "A stock that is counted down"),
    MAP("evidence.pipeline", 0, NULL, "The topic between the service and the rows"),
    LIST("evidence.pipeline.topics", NEEDED, 1, 16, "Topics that accepted users pass through"),
    FORM("evidence.pipeline.topics.*", 0, 249, "letters, digits and . _ -", "^[A-Za-z0-9._-]+$",
         NULL, "A topic"),
    OTHER("evidence.pipeline.topic", RULE_ALIAS, 0, "topics", NULL, "The same as topics"),
    TEXT("evidence.pipeline.group", NEEDED, 1, 255, NULL, "The consumer's group"),
    FORM("evidence.pipeline.dead_letter", 0, 249, "letters, digits and . _ -", "^[A-Za-z0-9._-]+$",
         NULL, "Topic of records that could not be saved"),
    FORM("evidence.pipeline.brokers", 0, 4096, "host:port,…", "^(" BROKERS "|\\$\\{.+)$", NULL,
         "Which Kafka; not given: the stack's"),
    CHOICE("evidence.pipeline.value", 0, "int64|text|json", "int64",
           "How a record holds the user: 8 bytes big-endian, a number as text, or JSON"),
    OTHER("evidence.pipeline.pointer", RULE_POINTER, 0, NULL, NULL,
          "JSON pointer of the user in value: json"),
    BOOL("evidence.pipeline.read_committed", "true",
         "Records of aborted transactions do not count"),

    MAP("preflight", ALWAYS, NULL, "What must hold before the load starts"),
    SPANS("preflight.wait", 0, 0, SPAN, "0",
          "How long what the stores hold from before may take to go away, such as a group's lag"),
    BOOL("preflight.clean", "true",
         "Refuse to start while they hold rows, counts or unread records from before that would "
         "make "
         "a right service look wrong"),
    OTHER("wait", RULE_WAIT, 0, "drained, last_response, a duration such as 10s, or rows == limit",
          "drained", "When to judge: drained waits for evidence, the others show what goes wrong"),
    SPANS("wait_span", RULE_DERIVED, 0, 0, NULL, "The duration in wait"),
    MAP("drain", ALWAYS, NULL, "How drained is decided"),
    SPANS("drain.timeout", 0, NS_PER_MS, SPAN, "30s",
          "What is still missing so long after the last answer is missing"),
    INT("drain.rounds", 0, 1, 1000, "3", "Polling rounds in a row that must agree"),
    SPANS("drain.quiet", 0, NS_PER_MS, SPAN, "1s",
          "With neither rows nor topics: the counter unchanged for so long"),
    SPANS("drain.stall", 0, NS_PER_MS, SPAN, "3s",
          "After the timeout: unchanged for so long is at rest"),
    SPANS("drain.poll_min", 0, 1000, SPAN, "1ms", "Shortest wait between rounds"),
    SPANS("drain.poll_max", 0, 1000, SPAN, "50ms", "Longest wait between rounds"),
    SPANS("drain.window", 0, 0, SPAN, "250ms",
          "After drained it is watched for so long; a change goes back to waiting"),

    LIST("expect", 0, 0, 128, "Checks beside the ones that run anyway, and their parameters"),
    MAP("expect.*", 0, "check", "A check; a text alone is its name"),
    OTHER("expect.*.check", RULE_CHECK, NEEDED, NULL, NULL, "Name of the check"),
    INT("expect.*.at_most", 0, 0, INT64_MAX, NULL, "How many are tolerated; else 0"),
    SPANS("expect.*.p50", 0, 0, SPAN, NULL, "latency, bystander: median at most"),
    SPANS("expect.*.p90", 0, 0, SPAN, NULL, "latency, bystander: 90 % at most"),
    SPANS("expect.*.p99", 0, 0, SPAN, NULL, "latency, bystander: 99 % at most"),
    SPANS("expect.*.max", 0, 0, SPAN, NULL, "latency, bystander: longest at most"),
    INT("expect.*.power_percent", 0, 0, 100, NULL, "fcfs_power: least share of pairs; else 10"),
    TEXT("expect.*.query", 0, 1, 65536, NULL, "sql: a query; redis: a command or a key"),
    TEXT("expect.*.url", 0, 1, 4096, NULL, "sql, redis: where; not given: the stack's"),
    TEXT("expect.*.equals", RULE_SCALAR, 0, 65536, NULL, "sql, redis: the value is this"),
    TEXT("expect.*.least", RULE_SCALAR, 1, 64, NULL, "sql, redis: the value is at least this"),
    TEXT("expect.*.most", RULE_SCALAR, 1, 64, NULL, "sql, redis: the value is at most this"),

    LIST("faults", 0, 0, 48, "What goes wrong on purpose, and when"),
    MAP("faults.*", 0, NULL, "A fault"),
    TEXT("faults.*.target", NEEDED, 1, 31, NULL, "A process, or redis, postgres, kafka"),
    CHOICE("faults.*.action", NEEDED,
           "kill|stop|continue|restart|signal|terminate|broker_down|broker_up|produce_errors", NULL,
           "What happens to it"),
    CHOICE("faults.*.when", 0, "time|last_response|rows|answered", "time",
           "Counted from the release, the last response, count rows or count answers"),
    OTHER("faults.*.at", RULE_INSTANT, 0, "a duration, or two as in 10ms..300ms", "0",
          "So much later; of two a seeded instant in between"),
    SPANS("faults.*.at_until", RULE_DERIVED, 0, 0, NULL, "The second duration in at"),
    INT("faults.*.count", 0, 0, MANY, NULL, "See when; produce_errors: how many"),
    CHOICE("faults.*.signal", 0, "HUP|INT|QUIT|KILL|USR1|USR2|ALRM|TERM|CONT|STOP|WINCH", NULL,
           "Which signal, for action signal"),
    SPANS("faults.*.restart_after", 0, 0, SPAN, NULL, "Start it again so much later"),

    MAP("bystander", 0, NULL, "Another domain's small transactions on the same Postgres"),
    INT("bystander.rate", 0, 1, 100000, "200", "Transactions a second"),
    INT("bystander.connections", 0, 1, 100, "2", "Connections"),
    SPANS("bystander.before", 0, 0, SPAN, "1s", "Measured so long before the rush"),
    SPANS("bystander.after", 0, 0, SPAN, "1s", "and so long after it"),

    MAP("outcome", 0, NULL, "What the run must end in, for selftest and the tests"),
    CHOICE("outcome.verdict", NEEDED, "pass|fail|unknown", NULL, "The verdict"),
    LIST("outcome.checks", 0, 0, 64, "The checks that do not pass; no other may"),
    OTHER("outcome.checks.*", RULE_CHECK, 0, NULL, NULL, "Name of a check"),
    LIST("outcome.may", 0, 0, 64, "Checks that may fail as well"),
    OTHER("outcome.may.*", RULE_CHECK, 0, NULL, NULL, "Name of a check"),
};

const struct rule *grammar_table(size_t *ret_count)
{
    *ret_count = sizeof rules / sizeof *rules;
    return rules;
}
