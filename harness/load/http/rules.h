/* The scenario's response rules, compiled: which class a response belongs to, and its rank.
 * Compiled once; matching allocates nothing. Read-only after rules_compile, so any thread may
 * match. What `matches` costs is bounded; it alone allocates while matching. */
#ifndef LOAD_RULES_H
#define LOAD_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/grpc_status.h"
#include "model/history.h"
#include "model/items.h"
#include "model/roster.h"
#include "model/spec.h"

#define RULES_HEADERS_MAX 64
#define RULES_EXPANDED    2048 /* bytes of a condition with the user filled in */

struct rules;

/* Whom {{user}} in a rule stands for. */
struct rules_user {
    const struct roster *roster;
    int64_t user;
};

/* A response as the rules see it. headers_hit: bit i is set when header condition i holds, as
 * rules_header found line by line. */
struct response {
    int32_t status;
    const char *type; /* content type, "" when none was said */
    uint64_t headers_hit;
    const char *body;
    size_t body_length;
    bool body_whole; /* false: longer than was kept, or unreadable: no rule can look into it */
    struct rules_user who; /* that got it */
    int grpc;              /* enum grpc_code; 0 also where HTTP alone is spoken */
    const char *event;     /* its name, of a server-sent event; NULL: it is an answer */
};

/* responses is borrowed. Errors: ERR_USAGE (more than RULES_HEADERS_MAX header conditions),
 * ERR_MEMORY. */
int rules_compile(const struct spec_responses *responses, struct rules **ret_rules, struct err *err)
    __attribute__((warn_unused_result));
void rules_free(struct rules *rules);

bool rules_read_body(const struct rules *rules); /* does any rule look into the body */
bool rules_read_headers(const struct rules *rules);

/* The bits of the header conditions that this header line ("Name: value\r\n") fulfils. */
uint64_t rules_header(const struct rules *rules, const char *line, size_t length,
                      const struct rules_user *who);

/* What json conditions look at, each pointer once; NULL behind the last. */
const char *rules_pointer(const struct rules *rules, unsigned index);
/* Does one of them look at a member of the body itself, by that name? */
bool rules_look_at(const struct rules *rules, const char *name);
/* What a json condition wants there that names the user; NULL: none does. */
const char *rules_user_at(const struct rules *rules, const char *pointer);
/* May an answer with that status be a yes? */
bool rules_accept_status(const struct rules *rules, int32_t status);

/* The one class with a matching rule. Several: CLASS_UNKNOWN with CAUSE_AMBIGUOUS; when a rule of
 * another class could not look into the body: CLASS_UNKNOWN with CAUSE_UNREAD. None: what
 * responses.otherwise says, but an answer that
 * speaks of another user (CAUSE_ANOTHER, CAUSE_ANOTHER_YES) is CLASS_FAILED, and nothing except a
 * rule makes a decision of a 5xx (CAUSE_SERVER_ERROR) or of what comes from before the service: a
 * login, a missing path, a rate limiter, a redirect, a web page (CAUSE_NO_DECISION); these are
 * CLASS_FAILED. ret_rank: none when there is none. */
enum request_class rules_classify(const struct rules *rules, const struct response *response,
                                  enum request_cause *ret_cause, struct maybe *ret_rank);

/* What a yes says of the order beside what was asked for: the item that was chosen, the units that
 * are granted, the order's name. name: how that is spelled; NULL: nobody wants to know. */
#define RULES_LINE "{{line}}"
void rules_read_order(const struct rules *rules, const struct response *response,
                      const struct items *items, struct order *order, struct order *more,
                      struct order_text *name);

#endif
