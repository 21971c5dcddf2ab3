/* links: scenario model */
/* What other machines are told of a scenario: what requests are made by, and no secret. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "scenario/handed.h"
#include "scenario/scenario.h"

static int expand(void *context, const char *text, char **ret_text, struct err *err)
{
    (void)context;
    const char *value = !strcmp(text, "${shop}")             ? "http://127.0.0.1:8080"
                        : !strcmp(text, "${limit}")          ? "7"
                        : !strcmp(text, "${redis.password}") ? "p4ssw0rd-of-a-store"
                                                             : NULL;
    if (!value)
        return err_set(err, ERR_USAGE, "unknown reference %s", text);
    *ret_text = strdup(value);
    return 0;
}

static char *hand(const char *text, const char *set, struct err *err)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    const struct handed handed = {.name = "shop.yaml",
                                  .text = text,
                                  .sets = &set,
                                  .sets_count = set != NULL,
                                  .expand = expand};
    return handed_make(&handed, &out, err) ? (buf_free(&out), NULL) : buf_steal(&out);
}

static const char shop[] =
    "name: shop\nlimit: 7\ndescription: what people read\n"
    "stack: {redis: none, kafka: none}\n"
    "processes: [{name: shop, run: [shop, --password, 'also-not']}]\n"
    "request: {method: POST, url: \"${shop}/apply?userId={{user}}\", headers: {Authorization: "
    "\"Bearer ${TOKEN}\", X-Limit: \"${limit}\"}}\n"
    "responses: {accepted: {status: 202}, rejected: {status: 410}}\n"
    "load: [burst: 100]\n"
    "evidence: {coupons: {postgres: SELECT user_id FROM coupon}}\n";

Test(handed, has_what_requests_are_made_by)
{
    struct err err = {0};
    char *text = hand(shop, "load.0.burst.requests=50", &err);
    cr_assert(text, "%s", err.message);
    cr_expect(strstr(text, "http://127.0.0.1:8080/apply?userId={{user}}"), "%s", text);
    cr_expect(strstr(text, "${TOKEN}"), "filled in by each machine: %s", text);
    cr_expect(strstr(text, "X-Limit: \"7\"") || strstr(text, "X-Limit: 7"), "%s", text);
    cr_expect_not(strstr(text, "also-not") || strstr(text, "evidence") || strstr(text, "stack"));
    struct scenario *scenario = NULL;
    cr_assert_eq(scenario_load_resolved("handed", text, NULL, 0, &scenario, &err), 0, "%s: %s",
                 err.message, text);
    cr_expect_eq(scenario->limit, 7);
    cr_expect_eq(scenario->load[0].burst.requests, 50);
    scenario_free(scenario);
    free(text);
}

/* As they stand in docker-compose's scenario: not in quotes, for one is a number. */
Test(handed, defaults_of_variables_stay_whole)
{
    struct err err = {0};
    char *text = hand("name: shop\nlimit: ${T_HANDED_LIMIT:-9}\n"
                      "request:\n  method: POST\n  url: ${T_HANDED:-http://h}/a?u={{user}}\n"
                      "responses: {accepted: {status: 202}, rejected: {status: 410}}\n"
                      "load:\n  - burst:\n      requests: ${T_HANDED_N:-50}\n",
                      NULL, &err);
    cr_assert(text, "%s", err.message);
    struct scenario *scenario = NULL;
    cr_assert_eq(scenario_load_text("handed", text, NULL, 0, &scenario, &err), 0, "%s: %s",
                 err.message, text);
    cr_expect_eq(scenario->limit, 9);
    cr_expect_str_eq(scenario->request.url, "http://h/a?u={{user}}");
    cr_expect_eq(scenario->load[0].burst.requests, 50);
    scenario_free(scenario);
    free(text);
}

Test(handed, refuses_what_is_secret)
{
    static const struct {
        const char *request, *says;
    } rows[] = {
        {"{url: 'http://a/{{user}}', headers: {Authorization: 'Bearer 0123456789abcdef'}}",
         "a secret is written"},
        {"{url: 'http://me:pass1word@a/{{user}}'}", "a secret is written"},
        {"{url: 'http://a/{{user}}', body: '${redis.password}'}",
         "${redis.password} in what agents"},
        {"{url: 'http://a/{{user}}', body: '${nobody}'}", "unknown reference ${nobody}"},
    };
    mask_add("p4ssw0rd-of-a-store");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        struct err err = {0};
        snprintf(text, sizeof text, "name: a\nlimit: 1\nrequest: %s\n", rows[i].request);
        char *handed = hand(text, NULL, &err);
        cr_expect(!handed, "%s", handed);
        cr_expect_eq(err.code, ERR_USAGE);
        cr_expect(strstr(err.message, rows[i].says), "%s", err.message);
        free(handed);
    }
    mask_forget();
}
