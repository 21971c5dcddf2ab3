/* links: load */
/* Kinds of answers: what tells a yes from a no is part of their shape, wherever it stands. */
#include <criterion/criterion.h>
#include <string.h>

#include "load/http/kinds.h"
#include "model/spec.h"

/* Takes the bodies for answers with 200, all told yes by a rule of the status alone. */
static struct answers note(const char *const *bodies)
{
    static int32_t status[] = {200};
    static struct spec_rule accepted = {.status = status, .status_count = 1};
    const struct spec_responses responses = {.accepted = &accepted, .accepted_count = 1};
    struct answers answers = {0};
    struct rules *rules;
    struct err err;
    cr_assert_eq(rules_compile(&responses, &rules, &err), 0);
    for (size_t i = 0; bodies[i]; i++) {
        const struct request record = {
            .user = (int64_t)i + 1, .status = 200, .cls = CLASS_ACCEPTED};
        const struct response response = {.status = 200,
                                          .type = "application/json",
                                          .body = bodies[i],
                                          .body_length = strlen(bodies[i]),
                                          .body_whole = true};
        kinds_note(&answers, rules, &record, &response);
    }
    answers_sharpen(&answers, &responses);
    rules_free(rules);
    return answers;
}

Test(load_kinds, differ_in_a_word)
{
    const struct {
        const char *bodies[3];
        unsigned kinds;
        const char *shape, *rule;
    } rows[] = {
        {{"{\"ok\":true,\"id\":1}", "{\"ok\":true,\"id\":2}", NULL},
         1,
         "{ok=true, id}",
         "status=200,json:/ok=true"},
        {{"{\"ok\":true}", "{\"ok\":false}", NULL}, 2, "{ok=true}", "status=200,json:/ok=true"},
        {{"{\"won\":null}", "{\"won\":true}", NULL}, 2, "{won=null}", "status=200,json:/won=null"},
        /* not by the first word, which all have */
        {{"{\"live\":true,\"ok\":true}", "{\"live\":true,\"ok\":false}", NULL},
         2,
         "{live=true, ok=true}",
         "status=200,json:/ok=true"},
        {{"{\"data\":{\"won\":true}}", "{\"data\":{\"won\":false}}", NULL},
         2,
         "{data, /data/won=true}",
         "status=200,json:/data/won=true"},
        {{"{\"a\":{\"b\":{\"c\":{\"d\":true}}}}", "{\"a\":{\"b\":{\"c\":{\"d\":null}}}}", NULL},
         2,
         "{a, /a/b/c/d=true}",
         "status=200,json:/a/b/c/d=true"},
        /* behind names that do not fit */
        {{"{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1,\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\":1,"
          "\"cccccccccccccccccccccccccccccccccccccc\":1,\"ddddddddddddddddddddddddddd\":1,"
          "\"ok\":true}",
          "{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1,\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\":1,"
          "\"cccccccccccccccccccccccccccccccccccccc\":1,\"ddddddddddddddddddddddddddd\":1,"
          "\"ok\":false}",
          NULL},
         2,
         "{\u2026, ok=true}",
         "status=200,json:/ok=true"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answers answers = note(rows[i].bodies);
        cr_expect_eq(answers.count, rows[i].kinds, "row %zu: %u", i, answers.count);
        cr_expect_str_eq(answers.v[0].shape, rows[i].shape, "row %zu: %s", i, answers.v[0].shape);
        cr_expect_str_eq(answers.v[0].rule, rows[i].rule, "row %zu: %s", i, answers.v[0].rule);
    }
}
