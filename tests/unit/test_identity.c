/* links: scenario model */
/* A request says who sends it, or the scenario says that nobody needs to know. */
#include <criterion/criterion.h>
#include <string.h>

#include "scenario/identity.h"

static const struct {
    const char *url, *body, *header, *feeder;
    bool anonymous;
    const char *says; /* NULL: it is fine */
} rows[] = {
    {"http://h/apply?userId={{user}}", NULL, NULL, NULL, false, NULL},
    {"http://h/apply?userId={{ user }}", NULL, NULL, NULL, false, NULL},
    {"http://h/", "{\"userId\": {{user}}}", NULL, NULL, false, NULL},
    {"http://h/", NULL, "Bearer T-{{user}}", NULL, false, NULL},
    {"http://h/", NULL, "Bearer {{token}}", "tokens.csv", false, NULL},
    {"http://h/", NULL, NULL, NULL, true, NULL},
    {"http://h/", NULL, NULL, NULL, false, "put {{user}} into the URL"},
    {"http://h/", NULL, "Bearer T", "tokens.csv", false, "a {{column}} of the feeder"},
    {"http://h/?id={{uuid}}&n={{seq}}", NULL, NULL, NULL, false, "put {{user}}"},
    {"http://h/?id={{uuid}}", NULL, NULL, "tokens.csv", false, "put {{user}}"},
    {"http://h/apply?u={user}", NULL, NULL, NULL, false, "{{user}} instead of '{user}'"},
    {"http://h/apply?u=%7Buser%7D", NULL, NULL, NULL, false, "instead of '%7Buser%7D'"},
    {"http://h/apply?u=%7B%7Buser%7D%7D", NULL, NULL, NULL, false, "'%7B%7Buser%7D%7D'"},
    {"http://h/apply?u=$user", NULL, NULL, NULL, false, "instead of '$user'"},
    {"http://h/apply/:user", NULL, NULL, NULL, false, "instead of ':user'"},
    {"http://h/apply/:userId/x", NULL, NULL, NULL, false, "instead of ':userId'"},
    {"http://h/apply/<user_id>", NULL, NULL, NULL, false, "instead of '<user_id>'"},
    {"http://h/", "{\"userId\": ${user}}", NULL, NULL, false, "instead of '${user}'"},
    {"http://h/", "{\"userId\": {USER}}", NULL, NULL, false, "instead of '{USER}'"},
    {"http://h/", NULL, "#{user}", NULL, false, "instead of '#{user}'"},
    {"http://h/", "{\"user\": {\"id\": 7}}", NULL, NULL, false, "put {{user}}"},
    {"http://user:7@h/users", NULL, NULL, NULL, false, "put {{user}}"},
};

/* A UUID in JSON is a text. */
Test(identity, a_text_stands_between_quotes)
{
    static const struct {
        const char *body;
        bool bare;
    } bodies[] = {
        {"{\"id\": {{user}}}", true},
        {"{\"id\": \"{{user}}\"}", false},
        {"[{{ user }}]", true},
        {"{\"id\": \"u-{{user}}-x\", \"n\": {{seq}}}", false},
        {"id={{user}}", false},
        {"{\"a\": \"\\\"{{user}}\"}", false},
        {" \n{\"a\": \"\\\\\", \"id\": {{user}}}", true},
        {"{{user}}", false},
        {"\"{{user}}\"", false},
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct scenario scenario = {
            .request = {.url = (char *)"http://h/", .body = (char *)(uintptr_t)bodies[i].body},
            .users = {.ids = {.form = (char *)"uuid"}}};
        struct err err = {0};
        int rc = identity_check(&scenario, "x.yaml", &err);
        cr_expect_eq(rc, bodies[i].bare ? -ERR_USAGE : 0, "body %zu", i);
        cr_expect_eq(strstr(err.message, "write \"{{user}}\"") != NULL, bodies[i].bare);
        scenario.users.ids.form = (char *)"u{{n}}";
        cr_expect_eq(identity_check(&scenario, "x.yaml", &err), rc, "body %zu", i);
        scenario.users.ids.form = NULL;
        cr_expect_eq(identity_check(&scenario, "x.yaml", &err), 0, "body %zu", i);
    }
}

Test(identity, says_who_sends)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spec_feeder feeder = {.file = (char *)(uintptr_t)rows[i].feeder};
        struct spec_pair header = {(char *)"X-User", (char *)(uintptr_t)rows[i].header};
        struct scenario scenario = {
            .request = {.url = (char *)(uintptr_t)rows[i].url,
                        .body = (char *)(uintptr_t)rows[i].body,
                        .headers = &header,
                        .headers_count = rows[i].header ? 1 : 0,
                        .feeder = rows[i].feeder ? &feeder : NULL},
            .users = {.first = 1, .repeat = 1, .anonymous = rows[i].anonymous},
        };
        struct err err = {0};
        int rc = identity_check(&scenario, "x.yaml", &err);
        cr_expect_eq(rc, rows[i].says ? -ERR_USAGE : 0, "row %zu", i);
        if (rows[i].says)
            cr_expect(strstr(err.message, rows[i].says), "row %zu: %s", i, err.message);
    }
}
