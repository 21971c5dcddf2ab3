/* Rows of the grammar: what stands between the service and its stores. */
#include "scenario/grammar_rows.h"

#define WAY(store, people)                                                                         \
    FORM(spec_between, store, 0, 800,                                                              \
         FORM_OF("^[^= ]+=[^ ]+$",                                                                 \
                 "LISTEN=UPSTREAM, each HOST:PORT, a port of this machine or the path of a unix "  \
                 "socket"),                                                                        \
         NULL, people)

static const struct rule between_rows[] = {
    CHOICE(spec_between, what, 0, WORDS("off", "observe"), "off",
           "observe: a proxy between the processes and their stores tells which statements passed, "
           "how long they took and how many at once"),
    WAY(redis,
        "For a service that runs already, LISTEN=UPSTREAM: the service is pointed at LISTEN, "
        "and its Redis is at UPSTREAM; 16379=6379. Means observe"),
    WAY(postgres, "The same of Postgres"),
    WAY(mysql, "The same of MySQL"),
};
const struct shape grammar_between = SHAPE_OF(between, spec_between, .key = "what");

static const struct rule hold_rows[] = {
    LIST(spec_hold, answers, NEEDED, 1, 8,
         OF(.kind = RULE_TEXT, RANGE(1, 243), .help = "A statement, with ? for its values"),
         "Of these statements, as reports of `between: observe` show them; of several one after "
         "the other, so that requests move in step"),
    INT(spec_hold, together, NEEDED, 2, 10000, NULL, "Until so many are kept back"),
    SPANS(spec_hold, quiet, 0, NS_PER_MS, "10ms", "Or two or more are, and none came for so long"),
    SPANS(spec_hold, deadline, 0, NS_PER_MS, "200ms", "Or one was for so long"),
    SPANS(spec_hold, budget, 0, NS_PER_MS, "500ms", "So long in all for a connection"),
};
const struct shape grammar_hold = SHAPE_OF(hold, spec_hold);
