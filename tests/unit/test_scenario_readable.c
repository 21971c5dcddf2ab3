/* links: scenario */
/* What cannot be carried out or read is refused before anything is started, and no run of before.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "scenario/scenario.h"

static const char right[] = "name: t\n"
                            "limit: 10\n"
                            "request: {url: \"http://127.0.0.1:1/?u={{user}}\"}\n"
                            "responses: {accepted: {status: 202}, rejected: {status: 410}}\n"
                            "load:\n"
                            "  - burst: {requests: 20}\n";

static const struct {
    const char *more, *want; /* start of the message */
} refused[] = {
    {"stack: {reset: {mysql: TRUNCATE a}}\n",
     "t.yaml:7: stack.reset.mysql: stack.mysql is none; allowed: commands for"},
    {"stack: {reset: {redis: \"\"}}\n",
     "t.yaml:7: stack.reset.redis: '' is empty; allowed: a command, as in DEL coupon_count"},
    {"stack: {reset: {postgres: \" \"}}\n",
     "t.yaml:7: stack.reset.postgres: ' ' is empty; allowed: a statement"},
    {"stack: {reset: {redis: 'DEL \"a'}}\n",
     "t.yaml:7: stack.reset.redis: 'DEL \"a' opens a quote that nothing closes"},
    {"stack: {reset: {postgres: [BEGIN, TRUNCATE coupon]}}\n",
     "t.yaml:7: stack.reset.postgres: 'BEGIN' begins a transaction that nothing commits"},
    {"processes: [{name: m, run: [true], ready: {ended: true, http: /x}}]\n",
     "t.yaml:7: processes.0.ready: who has ended answers nothing on http; allowed: ended without"},
    {"users: {ids: uuid}\nevidence: {pipeline: {topics: t, group: g}}\n",
     "t.yaml:8: evidence.pipeline.value: int64 (the default) is a number of eight bytes"},
};

static const char *const taken[] = {
    "stack: {reset: {postgres: [BEGIN, TRUNCATE coupon, COMMIT]}}\n",
    "stack: {reset: {postgres: \"BEGIN; TRUNCATE coupon; COMMIT\"}}\n",
    "stack: {reset: {redis: 'SET a \"b c\"'}}\n",
    "processes: [{name: m, run: [true], ready: {ended: true, log: done}}]\n",
    "users: {ids: uuid}\nevidence: {pipeline: {topics: t, group: g, value: text}}\n",
};

static int load(const char *more, bool resolved, struct err *err)
{
    char text[2048];
    struct scenario *scenario = NULL;
    snprintf(text, sizeof text, "%s%s", right, more);
    int rc = resolved ? scenario_load_resolved("t.yaml", text, NULL, 0, &scenario, err)
                      : scenario_load_text("t.yaml", text, NULL, 0, &scenario, err);
    scenario_free(scenario);
    return rc;
}

Test(scenario_readable, refuses_before_the_start)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct err err = {0};
        cr_expect_eq(load(refused[i].more, false, &err), -ERR_USAGE, "row %zu is taken", i);
        cr_expect(!strncmp(err.message, refused[i].want, strlen(refused[i].want)),
                  "row %zu\n  want %s\n  got  %s", i, refused[i].want, err.message);
    }
}

Test(scenario_readable, takes_what_can_be_carried_out)
{
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        struct err err = {0};
        cr_expect_eq(load(taken[i], false, &err), 0, "row %zu: %s", i, err.message);
    }
}

/* The files of a run of before are judged as they are: row 0 is of those that no run ever had. */
Test(scenario_readable, reads_runs_of_before)
{
    for (size_t i = 1; i < sizeof refused / sizeof *refused; i++) {
        struct err err = {0};
        cr_expect_eq(load(refused[i].more, true, &err), 0, "row %zu: %s", i, err.message);
    }
}
