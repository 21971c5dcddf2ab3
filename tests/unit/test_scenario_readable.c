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

/* Rows and queues of any kind: what no run has ever had. */
static const struct {
    const char *more, *want;
} mistaken[] = {
    {"evidence: {coupons: {query: winners}}\n",
     "t.yaml:7: evidence.coupons: query needs url, which tells the store"},
    {"evidence: {coupons: {query: a, url: \"mongodb://h/d\"}}\n",
     "t.yaml:7: evidence.coupons: no store has addresses that begin with 'mongodb:'; allowed: "},
    {"evidence: {coupons: {query: DELETE FROM a, url: \"sqlite:///a.db\"}}\n",
     "t.yaml:7: evidence.coupons.query: 'DELETE' is no query"},
    {"evidence: {coupons: {query: items, url: \"http://h/\"}}\n",
     "t.yaml:7: evidence.coupons.query: 'items' does not say where the list is; allowed: a JSON"},
    {"evidence: {coupons: {query: SPOP winners, url: \"redis://h\"}}\n",
     "t.yaml:7: evidence.coupons.query: SPOP does more than read"},
    {"evidence: {coupons: {command: \" \"}}\n",
     "t.yaml:7: evidence.coupons.command: is empty; allowed: a command line"},
    {"evidence: {coupons: {command: \"cat ${nowhere}\"}}\n",
     "t.yaml:7: evidence.coupons.command: ${nowhere} is unknown"},
    {"evidence: {coupons: {command: ls, headers: {A: b}}}\n",
     "t.yaml:7: evidence.coupons: headers go with a request; allowed: with an http:// url"},
    {"evidence: {pipeline: {topic: \"a:b\", group: g}}\n",
     "t.yaml:7: evidence.pipeline.topics: 'a:b' is not allowed; allowed: letters, digits and"},
    {"evidence: {pipeline: {kind: redis_stream, topic: a}}\n",
     "t.yaml:7: evidence.pipeline: redis_stream needs group"},
    {"evidence: {pipeline: {kind: redis_list, topic: a, group: g}}\n",
     "t.yaml:7: evidence.pipeline: a redis_list has no groups; allowed: without group"},
    {"evidence: {pipeline: {kind: rabbitmq, queue: a}}\n",
     "t.yaml:7: evidence.pipeline: stack.rabbitmq is none; allowed: with url"},
    {"stack: {rabbitmq: private}\nevidence: {pipeline: {kind: rabbitmq, queue: a, group: g}}\n",
     "t.yaml:8: evidence.pipeline: a rabbitmq has no groups"},
    {"evidence: {pipeline: {topic: a, group: g, management: none}}\n",
     "t.yaml:7: evidence.pipeline: management is RabbitMQ's; allowed: with kind: rabbitmq"},
    {"evidence: {pipeline: {kind: redis_list, topic: a, dead_letter: b}}\n",
     "t.yaml:7: evidence.pipeline: a redis_list does not show its records"},
    {"stack: {redis: none}\nevidence: {pipeline: {kind: redis_list, topic: a}}\n",
     "t.yaml:8: evidence.pipeline: stack.redis is none; allowed: with url"},
    {"evidence: {pipeline: {kind: gauge, topic: SELECT 1}}\n",
     "t.yaml:7: evidence.pipeline: gauge needs url, which tells the store"},
    {"evidence: {pipeline: {kind: gauge, topic: DELETE FROM a, url: \"${postgres.url}\"}}\n",
     "t.yaml:7: evidence.pipeline.topics: 'DELETE' is no query"},
};

static const char *const taken[] = {
    "stack: {reset: {postgres: [BEGIN, TRUNCATE coupon, COMMIT]}}\n",
    "stack: {reset: {postgres: \"BEGIN; TRUNCATE coupon; COMMIT\"}}\n",
    "stack: {reset: {redis: 'SET a \"b c\"'}}\n",
    "processes: [{name: m, run: [true], ready: {ended: true, log: done}}]\n",
    "users: {ids: uuid}\nevidence: {pipeline: {topics: t, group: g, value: text}}\n",
    "users: {ids: uuid}\nevidence: {pipeline: {kind: redis_stream, topics: t, group: g}}\n",
    "users: {ids: uuid}\nevidence: {pipeline: {kind: redis_list, topics: t}}\n",
    ("users: {ids: uuid}\nstack: {rabbitmq: private}\nevidence: {pipeline: {kind: rabbitmq, queue: "
     "\"a b\", pointer: /id, dead_letter: c}}\n"),
    "evidence: {pipeline: {kind: rabbitmq, queue: a, url: \"amqps://h/v\", management: none}}\n",
    "evidence: {coupons: {query: SELECT 1, url: \"sqlite://${dir}/a.db\"}}\n",
    "evidence: {coupons: {query: \"coupon:*\", url: \"${redis.url}\"}}\n",
    "evidence: {coupons: {query: ., url: \"https://h/{{page}}\", headers: {A: b}, user: /a/b}}\n",
    "evidence: {coupons: {command: \"cat ${dir}/a | head\"}}\n",
    "evidence: {pipeline: {kind: redis_stream, topic: \"a:b\", group: g, pointer: /f/id}}\n",
    "evidence: {pipeline: {kind: gauge, topics: [LLEN a, ZCARD b], url: \"${redis.url}\"}}\n",
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

Test(scenario_readable, sources_are_what_their_kind_can_be)
{
    for (size_t i = 0; i < sizeof mistaken / sizeof *mistaken; i++) {
        struct err err = {0};
        cr_expect_eq(load(mistaken[i].more, false, &err), -ERR_USAGE, "row %zu is taken", i);
        cr_expect(!strncmp(err.message, mistaken[i].want, strlen(mistaken[i].want)), "row %zu: %s",
                  i, err.message);
    }
}
