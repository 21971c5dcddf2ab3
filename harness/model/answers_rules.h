/* The rule of a kind of answers as text, "status=200,json:/isSuccess=true": conditions between
 * commas, of which no value has one. For the files of answers.h alone. */
#ifndef MODEL_ANSWERS_RULES_H
#define MODEL_ANSWERS_RULES_H

#include "model/answers.h"

/* A condition of a rule; key is what goes before "=". */
struct condition {
    const char *text;
    size_t length, key;
};

/* The next one at *at, which moves behind it; false: there is none. */
bool condition_next(const char **at, struct condition *ret_condition);

/* Has the rule the condition, whole? */
bool rule_has(const char *rule, const struct condition *condition);

#endif
