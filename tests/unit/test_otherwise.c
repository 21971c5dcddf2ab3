/* links: model load */
/* responses.otherwise: what an answer means that no rule matches. */
#include <criterion/criterion.h>
#include <string.h>

#include "load/http/rules.h"

static enum request_class classify(enum otherwise otherwise, int32_t status,
                                   enum request_cause *ret_cause)
{
    static int32_t accepted_status[] = {200};
    static struct spec_rule accepted = {.status = accepted_status, .status_count = 1};
    static struct spec_rule rejected = {.status = accepted_status, .status_count = 1};
    struct spec_responses responses = {.accepted = &accepted,
                                       .accepted_count = 1,
                                       .rejected = &rejected,
                                       .rejected_count = status == 200 ? 1 : 0,
                                       .otherwise = otherwise};
    struct rules *rules = NULL;
    struct err err = {0};
    cr_assert_eq(rules_compile(&responses, &rules, &err), 0, "%s", err.message);
    struct response response = {.status = status, .type = "", .body = "", .body_whole = true};
    struct maybe rank;
    enum request_class cls = rules_classify(rules, &response, ret_cause, &rank);
    cr_expect(!rank.known);
    rules_free(rules);
    return cls;
}

Test(otherwise, decides_what_no_rule_matches)
{
    static const struct {
        enum otherwise otherwise;
        int32_t status;
        enum request_class cls;
        enum request_cause cause;
    } table[] = {
        {OTHERWISE_FAILED, 410, CLASS_FAILED, CAUSE_UNCLASSIFIED},
        {OTHERWISE_REJECTED, 410, CLASS_REJECTED, CAUSE_NONE},
        {OTHERWISE_UNDECIDED, 410, CLASS_UNKNOWN, CAUSE_UNDECIDED},
        {OTHERWISE_FAILED, 503, CLASS_FAILED, CAUSE_SERVER_ERROR},
        {OTHERWISE_REJECTED, 503, CLASS_FAILED, CAUSE_SERVER_ERROR},
        {OTHERWISE_UNDECIDED, 500, CLASS_FAILED, CAUSE_SERVER_ERROR},
        /* two rules match: that is no "otherwise" */
        {OTHERWISE_REJECTED, 200, CLASS_UNKNOWN, CAUSE_AMBIGUOUS},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        enum request_cause cause;
        cr_expect_eq(classify(table[i].otherwise, table[i].status, &cause), table[i].cls, "row %zu",
                     i);
        cr_expect_eq(cause, table[i].cause, "row %zu", i);
    }
}
