/* links: load */
/* Answers that speak of somebody else than who asked. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "load/http/kinds.h"
#include "model/spec.h"

static int32_t ok[] = {200};
static struct spec_pair yes[] = {{(char *)"won", (char *)"true"},
                                 {(char *)"/userId", (char *)"{{user}}"}};
static struct spec_pair no[] = {{(char *)"won", (char *)"false"},
                                {(char *)"/userId", (char *)"{{user}}"}};
static char *thanks[] = {(char *)"THANKS {{user}}"};
static struct spec_rule accepted[] = {
    {.status = ok, .status_count = 1, .json = yes, .json_count = 2},
    {.status = ok, .status_count = 1, .text = thanks, .text_count = 1}};
static struct spec_rule rejected = {.status = ok, .status_count = 1, .json = no, .json_count = 2};
static const struct spec_responses responses = {
    .accepted = accepted, .accepted_count = 2, .rejected = &rejected, .rejected_count = 1};

struct sent {
    int64_t user;
    const char *body;
    enum request_cause cause;
};

/* Classifies and sorts what was answered. */
static struct answers note(struct roster *roster, const struct sent *sent, size_t count)
{
    struct answers answers = {0};
    struct rules *rules;
    cr_assert_eq(rules_compile(&responses, &rules, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        const struct response response = {.status = 200,
                                          .type = "application/json",
                                          .body = sent[i].body,
                                          .body_length = strlen(sent[i].body),
                                          .body_whole = true,
                                          .who = {roster, sent[i].user}};
        enum request_cause cause;
        struct maybe rank;
        struct request record = {.user = sent[i].user, .status = 200};
        record.cls = (uint8_t)rules_classify(rules, &response, &cause, &rank);
        record.cause = (uint8_t)cause;
        cr_expect_eq(cause, sent[i].cause, "%s: %s", sent[i].body, request_cause_name(cause));
        kinds_note(&answers, rules, &record, &response);
    }
    rules_free(rules);
    return answers;
}

Test(load_another, is_told_from_what_no_rule_knows)
{
    static const struct sent sent[] = {
        {1, "{\"won\":true,\"userId\":\"k-1\"}", CAUSE_NONE},
        {2, "{\"won\":true,\"userId\":\"k-1\"}", CAUSE_ANOTHER_YES},
        {2, "{\"won\":false,\"userId\":\"k-1\"}", CAUSE_ANOTHER},
        {2, "{\"won\":true,\"userId\":\"nobody\"}", CAUSE_ANOTHER},
        {2, "{\"won\":true}", CAUSE_UNCLASSIFIED},
        {2, "{\"won\":true,\"userId\":null}", CAUSE_UNCLASSIFIED},
        {2, "{\"won\":null,\"userId\":\"k-1\"}", CAUSE_UNCLASSIFIED},
        {2, "THANKS k-2", CAUSE_NONE},
        {2, "THANKS k-20.", CAUSE_ANOTHER_YES},
        {2, "NO THANKS", CAUSE_UNCLASSIFIED},
    };
    struct roster *roster = roster_pattern("k-{{n}}", 1);
    note(roster, sent, sizeof sent / sizeof *sent);
    roster_free(roster);
}

Test(load_another, may_be_a_number_of_something_else)
{
    static const struct sent sent[] = {
        {1, "{\"won\":true,\"userId\":2}", CAUSE_ANOTHER_YES}, /* by its name */
        {1, "THANKS 100", CAUSE_ANOTHER},                      /* perhaps a price */
        {1, "THANKS 1", CAUSE_NONE},
    };
    struct roster *roster = roster_numbers(1);
    note(roster, sent, sizeof sent / sizeof *sent);
    roster_free(roster);
}

Test(load_another, does_not_make_a_kind_of_each_user)
{
    enum { USERS = 100 };
    struct roster *roster = roster_pattern("k-{{n}}", 1);
    struct sent sent[USERS];
    char bodies[USERS][64];
    for (int i = 0; i < USERS; i++) {
        snprintf(bodies[i], sizeof bodies[i], "{\"won\":%s,\"userId\":\"k-%d\"}",
                 i < 20 ? "true" : "false", i == 90 || i == 91 ? i : i + 1);
        sent[i] = (struct sent){i + 1, bodies[i], i == 90 || i == 91 ? CAUSE_ANOTHER : CAUSE_NONE};
    }
    struct answers answers = note(roster, sent, USERS);
    cr_expect_eq(answers.count, 3, "%u", answers.count);
    cr_expect_eq(answers.others, 0);
    cr_expect_str_eq(answers.v[0].shape, "{won=true, userId={{user}}}");
    cr_expect_str_eq(answers.v[0].rule, "status=200,json:/won=true,json:/userId={{user}}");
    cr_expect_str_eq(answers.v[2].shape, "{won=false, userId\u2260{{user}}}");
    cr_expect_str_eq(answers.v[2].rule, "", "nobody else's id");
    roster_free(roster);
}
