/* Conditions: does one rule of the scenario match an answer? What a status, headers and a body must
 * be; {{user}} in them is the user that got the answer. For rules.c. Matching allocates nothing but
 * for regular expressions. */
#ifndef LOAD_RULES_MATCH_H
#define LOAD_RULES_MATCH_H

#include "base/json_value.h"
#include "load/http/pattern.h"
#include "load/http/rules.h"

struct rule {
    const struct spec_rule *spec;
    struct pattern **patterns; /* owned; as many as spec->matches_count; NULL: it names the user,
                                  and is another one for each */
};

/* Errors: ERR_USAGE, ERR_MEMORY. rule_free takes a zeroed one. */
int rule_compile(struct rule *rule, struct err *err) __attribute__((warn_unused_result));
void rule_free(struct rule *rule);

bool rule_has_status(const struct spec_rule *rule, int32_t status);

/* Status and headers; first_header: the bit of the rule's first header condition. */
bool rule_matches_head(const struct spec_rule *rule, const struct response *response,
                       unsigned first_header);
bool rule_matches_body(const struct rule *rule, const struct response *response);

/* Is it what the condition wants, with the user filled in? */
bool rule_value_equals(const struct json_value *value, const char *wanted,
                       const struct rules_user *who);

/* The value there; JSON_TYPE_NONE also when the body is not whole. */
struct json_value rule_find(const struct response *response, const char *pointer);

#endif
