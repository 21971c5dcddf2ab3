/* links: scenario */
/* What is wrong about instances, setup, ports and late decisions, told with its line. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "scenario/scenario.h"

#define TICKETS "responses: {undecided: 202}"
#define RULES   "responses: {accepted: 202, rejected: 410}"

static const struct {
    const char *responses, *more, *want;
} table[] = {
    {RULES, "processes: [{name: a, run: x, count: 33}]",
     "t.yaml:6: processes.0.count: '33' is not allowed; allowed: a whole number from 1 to 32"},
    {RULES, "processes: [{name: a, run: x, count: 20}, {name: b, run: x, count: 13}]",
     "t.yaml:6: processes: are 33 programs with every instance counted; allowed: 32"},
    {RULES, "setup: [{redis: PING, run: x}]",
     "t.yaml:6: setup.0: has 2 steps; allowed: exactly one of run, postgres, mysql, redis, file"},
    {RULES, "setup: [{mysql: SELECT 1}]", "t.yaml:6: setup.0: stack.mysql is none"},
    {RULES, "setup: [{redis: PING, dir: /}]", "t.yaml:6: setup.0: env and dir are of a program"},
    {RULES, "stack: {mysql_port: 3306}",
     "t.yaml:6: stack.mysql_port: stack.mysql is none; allowed: servers that the run starts"},
    {RULES, "stack: {mysql_as: \"mysql://root:root@localhost/shop\"}",
     "t.yaml:6: stack.mysql_as: stack.mysql is none; allowed: servers that the run starts"},
    {RULES, "stack: {postgres_as: \"postgres://app:x@db:5432/shop\"}",
     "t.yaml:6: stack.postgres_as: leads to \"db\"; allowed: localhost, 127.0.0.1 or ::1"},
    {RULES, "stack: {postgres_as: \"postgres://localhost/shop\"}",
     "t.yaml:6: stack.postgres_as: names no user; allowed: the user, the password and the "
     "database"},
    {RULES, "stack: {postgres_as: \"postgres://app@localhost\"}",
     "t.yaml:6: stack.postgres_as: names no database"},
    {RULES, "stack: {postgres_as: \"postgres://rushproof:x@localhost/shop\"}",
     "t.yaml:6: stack.postgres_as: has the user rushproof, by which rows are read"},
    {RULES, "stack: {postgres_as: private}", "t.yaml:6: stack.postgres_as: "},
    {RULES, "stack: {postgres_as: \"redis://localhost\"}", "t.yaml:6: stack.postgres_as: "},
    {RULES, "stack: {mysql: private, mysql_as: \"root:hush@tcp(localhost:3306)/shop\"}",
     "t.yaml:6: stack.mysql_as: '****@tcp(localhost:3306)/shop' is not allowed; allowed: an "
     "address "
     "on localhost"},
    {RULES, "stack: {redis_as: \"redis://localhost:7000\", redis_port: 7001}",
     "t.yaml:6: stack.redis_as: has another port than stack.redis_port; allowed: one of them"},
    {RULES, "stack: {redis_as: \"rediss://localhost:7000\"}",
     "t.yaml:6: stack.redis_as: a private server speaks no TLS"},
    {RULES, "stack: {redis_as: \"redis://shop:x@localhost\"}",
     "t.yaml:6: stack.redis_as: has the user shop; allowed: none, or default"},
    {RULES, "stack: {redis_as: \"redis://localhost/16\"}",
     "t.yaml:6: stack.redis_as: has the database 16; allowed: 0 to 15"},
    {RULES, "stack: {rabbitmq: private, rabbitmq_as: \"amqp://a:b@localhost/shop\"}",
     "t.yaml:6: stack.rabbitmq_as: has the virtual host shop; allowed: none, or /"},
    {RULES, "stack: {kafka_as: \"kafka:9092\"}",
     "t.yaml:6: stack.kafka_as: leads to \"kafka\"; allowed: localhost, 127.0.0.1 or ::1"},
    {RULES, "decide: {poll: {url: \"http://h/{{user}}\"}, accepted: 200}",
     "t.yaml:4: responses: no answer is a ticket; allowed: undecided"},
    {RULES, "warmup: 50",
     "t.yaml:6: warmup: leaves rows and counts behind; allowed: with stack.reset"},
    {TICKETS, "decide: {poll: {url: \"http://h/\"}, accepted: 200}",
     "t.yaml:6: decide.poll: every user would ask the same"},
    {TICKETS, "decide: {poll: {url: \"http://h/{{user}}\"}}",
     "t.yaml:6: decide: no rule says what a decision is"},
    {TICKETS, "decide: {poll: {url: \"http://h/{{t}}\"}, capture: {t: body}, accepted: 200}",
     "t.yaml:6: decide.capture.0: t: 'body' is not allowed; allowed: json:/pointer, header:Name"},
    {TICKETS, "decide: {poll: {url: \"http://h/{{user}}\"}, accepted: 200, through: 201}",
     "t.yaml:6: decide: through and then go together"},
    {TICKETS, "decide: {accepted: 200}",
     "t.yaml:6: decide: nothing says where a decision is told; allowed: poll"},
    {TICKETS,
     "decide: {poll: {url: \"http://h/{{user}}\"}, stream: {url: \"http://h/{{user}}\"}, accepted: "
     "200}",
     "t.yaml:6: decide: has poll and stream; allowed: poll"},
    {TICKETS, "decide: {stream: {url: \"http://h/\"}, accepted: {event: won}}",
     "t.yaml:6: decide.stream: every user would ask the same"},
    {TICKETS, "decide: {stream: {url: \"http://h/{{user}}\"}, accepted: 200}",
     "t.yaml:6: decide.accepted.0: an event has neither status nor headers; allowed: event, json"},
    {TICKETS, "decide: {poll: {url: \"http://h/{{user}}\"}, accepted: {event: won}}",
     "t.yaml:6: decide.accepted.0: event is the name of what a stream sends; allowed: with "
     "decide.stream"},
    {TICKETS, "decide: {stream: {url: \"http://h/a\", cookies: true}, accepted: {event: won}}",
     "t.yaml:6: decide.stream.cookies: there are none without a preparation"},
    {"responses: {accepted: 202, event: won}", "processes: []",
     "t.yaml:4: responses: unknown key 'event'"},
    {"responses: {accepted: 202, rejected: 410, instance: X-Pod}",
     "processes: [{name: a, run: x, count: 2}]",
     "t.yaml:4: responses.instance: means nothing here, where each instance has its own URL"},
};

Test(scenario_service, every_mistake_has_its_line_and_what_is_allowed)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[2048];
        struct scenario *scenario = NULL;
        struct err err = {0};
        snprintf(text, sizeof text,
                 "name: t\nlimit: 10\nrequest: {url: \"%s/?u={{user}}\"}\n%s\n"
                 "load: [{burst: 20}]\n%s\n",
                 strstr(table[i].responses, "instance") ? "${a}" : "http://127.0.0.1:1",
                 table[i].responses, table[i].more);
        int rc = scenario_load_text("t.yaml", text, NULL, 0, &scenario, &err);
        cr_expect_eq(rc, -ERR_USAGE, "row %zu is taken: %s", i, table[i].want);
        cr_expect(!strncmp(err.message, table[i].want, strlen(table[i].want)),
                  "row %zu\n  want %s\n  got  %s", i, table[i].want, err.message);
        scenario_free(scenario);
    }
}

/* What is known inside a process of several instances, and what is not. */
Test(scenario_service, instances_have_names)
{
    static const struct {
        const char *reference;
        bool known;
    } rows[] = {{"${a}", true},          {"${a.port}", true},        {"${a.2}", true},
                {"${a.2.port}", true},   {"${a.3}", false},          {"${instance}", true},
                {"${redis.host}", true}, {"${postgres.jdbc}", true}, {"${mysql.jdbc}", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024];
        struct scenario *scenario = NULL;
        struct err err = {0};
        snprintf(text, sizeof text,
                 "name: t\nlimit: 10\nrequest: {url: \"${a}/?u={{user}}\"}\n" RULES
                 "\nload: [{burst: 20}]\nprocesses: [{name: a, run: [x, \"%s\"], count: 2}]\n",
                 rows[i].reference);
        int rc = scenario_load_text("t.yaml", text, NULL, 0, &scenario, &err);
        cr_expect_eq(rc, rows[i].known ? 0 : -ERR_USAGE, "%s: %s", rows[i].reference, err.message);
        scenario_free(scenario);
    }
}
