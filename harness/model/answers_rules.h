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

/* The classes of which a rule surely matches answers of that kind, by all that is known of them. */
enum matched {
    MATCHED_ACCEPTED = 1,
    MATCHED_REJECTED = 2,
    MATCHED_UNDECIDED = 4,
    MATCHED_LIMITED = 8,
};
unsigned rules_matched(const struct spec_responses *responses, const struct answer_kind *kind);
unsigned rules_matched_names(unsigned classes, const char *ret_names[4]); /* how many */

/* As flags have it, "--rejected 'status=202,json:/ok=true'", or as a scenario's file does,
 * "responses.rejected: {status: 202, json: {ok: true}}". */
#define RULE_SPELLED 320
void rule_spell(const char *rule, const char *option, bool by_flags, char *ret_text, size_t size);

#endif
