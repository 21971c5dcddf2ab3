/* links: scenario */
/* What a scenario may say shortly, what is filled in, what comes from outside. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/scenario.h"

static const char base[] = "name: t\nlimit: 10\nrequest: {url: \"http://x/{{user}}\"}\n"
                           "responses: {accepted: 202}\n";

static struct scenario *load_with(const char *more, const char *const *sets, size_t sets_count)
{
    char text[8192];
    snprintf(text, sizeof text, "%s%s%s", base, strstr(more, "load:") ? "" : "load: [burst: 20]\n",
             more);
    struct scenario *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(scenario_load_text("t.yaml", text, sets, sets_count, &scenario, &err), 0, "%s",
                 err.message);
    return scenario;
}

static struct scenario *load(const char *more)
{
    return load_with(more, NULL, 0);
}

Test(scenario_load, defaults)
{
    struct scenario *s = load("");
    cr_expect_str_eq(s->name, "t");
    cr_expect_str_eq(s->description, "");
    cr_expect_eq(s->limit, 10);
    cr_expect_eq(s->seed, 1);
    cr_expect_str_eq(s->stack.redis, "private");
    cr_expect_str_eq(s->stack.postgres, "private");
    cr_expect_str_eq(s->stack.kafka, "embedded");
    cr_expect_null(s->stack.kafka_version);
    cr_expect_eq(s->stack.brokers, 1);
    cr_expect_eq(s->stack.topics_count, 0);
    cr_expect_str_eq(s->stack.redis_appendfsync, "no");
    cr_expect(!s->stack.postgres_fsync);
    cr_expect_str_eq(s->request.method, "POST");
    cr_expect_null(s->request.body);
    cr_expect_eq(s->request.timeout, 10 * NS_PER_S);
    cr_expect_eq(s->users.first, 1);
    cr_expect_eq(s->users.repeat, 1);
    cr_expect_eq(s->responses.otherwise, OTHERWISE_FAILED);
    cr_expect(s->workers >= 1 && s->workers <= 8);
    cr_expect_eq(s->release_threads, 2);
    cr_expect_eq(s->wait, WAIT_DRAINED);
    cr_expect_eq(s->drain.timeout, 30 * NS_PER_S);
    cr_expect_eq(s->drain.rounds, 3);
    cr_expect_eq(s->drain.quiet, NS_PER_S);
    cr_expect_eq(s->drain.stall, 3 * NS_PER_S);
    cr_expect_eq(s->drain.poll_min, NS_PER_MS);
    cr_expect_eq(s->drain.poll_max, 50 * NS_PER_MS);
    cr_expect_eq(s->drain.window, 250 * NS_PER_MS);
    cr_expect_null(s->evidence.coupons);
    cr_expect_null(s->bystander);
    cr_expect_null(s->outcome);
    cr_assert_eq(s->load[0].kind, LOAD_BURST);
    cr_expect_eq(s->load[0].burst.gate, GATE_AUTO);
    cr_expect_eq(s->load[0].burst.deadline, 10 * NS_PER_S);
    cr_expect_null(s->load[0].burst.require);
    scenario_free(s);
}

Test(scenario_load, whose_end_is_waited_for_may_end)
{
    struct scenario *s = load("processes: [{name: a, run: x, ready: {ended: true}},"
                              " {name: b, run: x, ready: {log: up}}]\n");
    cr_expect(s->processes[0].once && s->processes[0].ready->ended);
    cr_expect(!s->processes[1].once && !s->processes[1].ready->ended);
    scenario_free(s);
}

Test(scenario_load, one_stands_for_a_list_and_a_text_for_a_mapping)
{
    struct scenario *s = load("expect: cap_exact\nwait: last_response\n"
                              "stack: {topics: [a, {name: b, partitions: 7}]}\n"
                              "evidence: {coupons: SELECT 1, counter: key,"
                              " pipeline: {topic: a, group: g}}\n"
                              "processes: {name: p, run: x}\n"
                              "load: [burst: 20, pause: 100ms]\n");
    cr_expect_eq(s->expect_count, 1);
    cr_expect_str_eq(s->expect[0].check, "cap_exact");
    cr_expect_eq(s->wait, WAIT_LAST_RESPONSE);
    cr_assert_eq(s->stack.topics_count, 2);
    cr_expect_str_eq(s->stack.topics[0].name, "a");
    cr_expect_eq(s->stack.topics[0].partitions, 3);
    cr_expect_eq(s->stack.topics[1].partitions, 7);
    cr_expect_str_eq(s->evidence.coupons->postgres, "SELECT 1");
    cr_expect_str_eq(s->evidence.counter->redis, "key");
    cr_assert_eq(s->evidence.pipeline->queues_count, 1);
    cr_expect_str_eq(s->evidence.pipeline->queues[0], "a");
    cr_expect(s->evidence.pipeline->read_committed);
    cr_assert_eq(s->processes_count, 1);
    cr_expect_str_eq(s->processes[0].run[0], "x");
    cr_assert_eq(s->responses.accepted_count, 1);
    cr_expect_eq(s->responses.accepted[0].status[0], 202);
    cr_expect_eq(s->load[1].pause.span, 100 * NS_PER_MS);
    scenario_free(s);
}

Test(scenario_load, pairs_and_pointers)
{
    struct scenario *s = load_with(
        "processes: [{name: p, run: x, env: {A: 1, B: , C: null}},"
        " {name: q, run: x, env: [{name: A, value: b}]}]\n",
        (const char *[]){"responses={accepted: {json: {isSuccess: true, /a/b: ~}, rank: rank}}"},
        1);
    cr_assert_eq(s->processes[0].env_count, 3);
    cr_expect_str_eq(s->processes[0].env[0].value, "1");
    cr_expect_str_eq(s->processes[0].env[1].value, "");
    cr_expect_str_eq(s->processes[0].env[2].value, "null");
    cr_expect_str_eq(s->processes[1].env[0].value, "b");
    const struct spec_rule *rule = &s->responses.accepted[0];
    cr_assert_eq(rule->json_count, 2);
    cr_expect_str_eq(rule->json[0].name, "/isSuccess");
    cr_expect_str_eq(rule->json[0].value, "true");
    cr_expect_str_eq(rule->json[1].name, "/a/b");
    cr_expect_str_eq(rule->rank, "/rank");
    scenario_free(s);
}

Test(scenario_load, waits_and_instants)
{
    struct scenario *s =
        load("wait: 1.5s\n"
             "faults:\n"
             "  - {target: redis, action: kill, at: 10ms..300ms, restart_after: 1s}\n"
             "  - {target: kafka, action: produce_errors, count: 3, at: 5ms}\n"
             "  - {target: postgres, action: signal, signal: USR1, when: rows,"
             " count: 24}\n");
    cr_expect_eq(s->wait, WAIT_SLEEP);
    cr_expect_eq(s->wait_span, 1500 * NS_PER_MS);
    cr_assert_eq(s->faults_count, 3);
    cr_expect_eq(s->faults[0].action, FAULT_KILL);
    cr_expect_eq(s->faults[0].at, 10 * NS_PER_MS);
    cr_expect_eq(s->faults[0].at_until, 300 * NS_PER_MS);
    cr_expect_eq(s->faults[0].restart_after, NS_PER_S);
    cr_expect_eq(s->faults[1].action, FAULT_PRODUCE_ERRORS);
    cr_expect_eq(s->faults[1].errors, 3, "the old spelling");
    cr_expect_eq(s->faults[1].count, 0);
    cr_expect_eq(s->faults[1].at, 5 * NS_PER_MS);
    cr_expect_eq(s->faults[1].at_until, 0);
    cr_expect_eq(s->faults[2].when, WHEN_ROWS);
    cr_expect_eq(s->faults[2].count, 24);
    cr_expect_str_eq(s->faults[2].signal, "USR1");
    scenario_free(s);

    s = load("wait: rows == limit\nevidence: {coupons: SELECT 1}\n");
    cr_expect_eq(s->wait, WAIT_UNTIL_LIMIT);
    scenario_free(s);
}

Test(scenario_load, a_fault_has_its_trigger_and_its_broker_apart)
{
    struct scenario *s = load("stack: {brokers: 3}\n"
                              "faults:\n"
                              "  - {target: kafka, action: broker_down, when: rows, count: 24}\n"
                              "  - {target: kafka, action: broker_up, when: rows, count: 24,"
                              " broker: 3}\n"
                              "  - {target: kafka, action: produce_errors, when: answered,"
                              " count: 10, errors: 2}\n");
    cr_expect_eq(s->faults[0].count, 24);
    cr_expect_eq(s->faults[0].broker, 0);
    cr_expect_eq(s->faults[1].broker, 3);
    cr_expect_eq(s->faults[2].count, 10);
    cr_expect_eq(s->faults[2].errors, 2);
    scenario_free(s);
}

Test(scenario_load, dead_letters_are_read_as_records_are_unless_said)
{
    static const char pipeline[] =
        "evidence: {pipeline: {topic: a, group: g, dead_letter: d, value: json, pointer: /u%s}}\n";
    static const struct {
        const char *more;
        enum value_format value;
        const char *pointer;
    } table[] = {{"", VALUE_JSON, "/u"},
                 {", dead_letter_pointer: /event/u", VALUE_JSON, "/event/u"},
                 {", dead_letter_value: json", VALUE_JSON, "/u"},
                 {", dead_letter_value: text", VALUE_TEXT, NULL}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[256];
        snprintf(text, sizeof text, pipeline, table[i].more);
        struct scenario *s = load(text);
        const struct spec_pipeline *spec = s->evidence.pipeline;
        cr_expect_eq(spec->dead_letter_value, table[i].value, "%s", table[i].more);
        cr_expect(table[i].pointer ? !strcmp(spec->dead_letter_pointer, table[i].pointer)
                                   : !spec->dead_letter_pointer,
                  "%s: %s", table[i].more, spec->dead_letter_pointer);
        scenario_free(s);
    }
}

Test(scenario_load, every_phase)
{
    struct scenario *s =
        load("load:\n"
             "  - burst: {requests: 5, gate: last-byte, deadline: 2s,"
             " require: {spread: 1ms, in_flight: -1}}\n"
             "  - {waves: {waves: 20, size: 10, every: 20ms, jitter: 5ms}, again: yes}\n"
             "  - waves: {offsets: [0ms, 5ms, 0]}\n"
             "  - rate: {rate: 500, duration: 2s}\n"
             "  - closed: {connections: 100, requests: 100000}\n"
             "  - retry: {after: 200ms, times: 3, connections: 7}\n");
    cr_assert_eq(s->load_count, 6);
    cr_expect_eq(s->load[0].burst.gate, GATE_LAST_BYTE);
    cr_expect_eq(s->load[0].burst.require->spread, NS_PER_MS);
    cr_expect_eq(s->load[0].burst.require->in_flight, -1);
    cr_expect(!s->load[0].again);
    cr_expect(s->load[1].again);
    cr_expect_eq(s->load[1].waves.jitter, 5 * NS_PER_MS);
    cr_assert_eq(s->load[2].waves.offsets_count, 3);
    cr_expect_eq(s->load[2].waves.offsets[1], 5 * NS_PER_MS);
    cr_expect_eq(s->load[3].rate.connections, 1000);
    cr_expect_eq(s->load[4].closed.requests, 100000);
    cr_expect_eq(s->load[5].retry.times, 3);
    scenario_free(s);
}

Test(scenario_load, topics_follow_from_the_pipeline)
{
    struct scenario *s =
        load("evidence: {pipeline: {topics: [a, b], group: g, dead_letter: dead}}\n");
    cr_assert_eq(s->stack.topics_count, 3);
    cr_expect_str_eq(s->stack.topics[0].name, "a");
    cr_expect_str_eq(s->stack.topics[2].name, "dead");
    cr_expect_eq(s->stack.topics[2].partitions, 3);
    scenario_free(s);

    s = load("stack: {kafka: \"h:9092\"}\nevidence: {pipeline: {topic: a, group: g}}\n");
    cr_expect_eq(s->stack.topics_count, 0);
    scenario_free(s);
}

Test(scenario_load, power_is_kept_even_when_it_is_nothing)
{
    struct scenario *s =
        load("expect: [fcfs_power, {check: fcfs_power, power_percent: 0}, fcfs]\n");
    cr_expect_eq(s->expect[0].power_percent, 10);
    cr_expect_eq(s->expect[1].power_percent, 0);
    scenario_free(s);
}

Test(scenario_load, nothing_means_the_default)
{
    struct scenario *s = load("seed:\ndrain: ~\nexpect: null\nwait:\n");
    cr_expect_eq(s->seed, 1);
    cr_expect_eq(s->drain.rounds, 3);
    cr_expect_eq(s->expect_count, 0);
    scenario_free(s);
}

Test(scenario_load, environment)
{
    setenv("T_LIMIT", "42", 1);
    setenv("T_EMPTY", "", 1);
    setenv("T_YAML", "a: [b", 1);
    unsetenv("T_UNSET");
    struct scenario *s =
        load("seed: ${T_LIMIT}\n"
             "description: \"${T_UNSET:-a b} ${T_EMPTY:-c} ${T_EMPTY}. ${T_YAML} "
             "$${T_LIMIT} $5 ${lower} ${T_UNSET:-}${T_LIMIT:-${x}}${T_UNSET:-{b}}\"\n"
             "users:\n  first: ${T_UNSET:-7}\n  repeat: ${T_EMPTY}\n");
    cr_expect_eq(s->seed, 42);
    cr_expect_eq(s->users.first, 7);
    cr_expect_eq(s->users.repeat, 1, "nothing means the default");
    cr_expect_str_eq(s->description, "a b c . a: [b ${T_LIMIT} $5 ${lower} 42{b}");
    scenario_free(s);
}

Test(scenario_load, sets)
{
    const char *sets[] = {
        "limit=50",
        "load.0.burst.requests=5000",
        "load.1.pause=1s",
        "drain.timeout=5s",
        "expect=[lost, {check: latency, p99: 200ms}]",
        "expect.latency.p50=10ms",
        "processes.p.env={A: b}",
        "processes.0.run.1=--flag",
        "responses.accepted.0.status=[200, 201]",
        "evidence.counter.redis=SCARD applied_user",
        "description=a=b",
        "bystander.rate=5",
        "faults.0.target=redis",
        "faults.0.action=kill",
        "stack.reset.redis=DEL x",
        "stack.redis=redis://h",
        "faults.0.target=p",
        "seed=",
    };
    struct scenario *s = load_with("", NULL, 0);
    scenario_free(s);
    s = load_with("seed: 9\nprocesses: {name: p, run: x}\n", sets, sizeof sets / sizeof *sets);
    cr_expect_eq(s->limit, 50);
    cr_expect_eq(s->load[0].burst.requests, 5000);
    cr_expect_eq(s->load[1].pause.span, NS_PER_S);
    cr_expect_eq(s->drain.timeout, 5 * NS_PER_S);
    cr_assert_eq(s->expect_count, 2);
    cr_expect_eq(s->expect[1].p99, 200 * NS_PER_MS);
    cr_expect_eq(s->expect[1].p50, 10 * NS_PER_MS);
    cr_expect_str_eq(s->processes[0].env[0].value, "b");
    cr_expect_str_eq(s->processes[0].run[1], "--flag");
    cr_expect_eq(s->responses.accepted[0].status_count, 2);
    cr_expect_str_eq(s->evidence.counter->redis, "SCARD applied_user");
    cr_expect_str_eq(s->description, "a=b");
    cr_expect_eq(s->seed, 1);
    cr_expect_eq(s->bystander->rate, 5);
    cr_expect_eq(s->bystander->connections, 2);
    cr_expect_str_eq(s->faults[0].target, "p");
    cr_expect_str_eq(s->stack.reset[0].value, "DEL x");
    scenario_free(s);
}

Test(scenario_load, ids_reach_both_ends_of_64_bits)
{
    struct scenario *s = load("users: {first: 9223372036854775807}\nload: [burst: 1]\n");
    cr_expect_eq(s->users.first, INT64_MAX);
    scenario_free(s);
    s = load("users: {first: 9223372036854775788}\n");
    scenario_free(s);
    s = load("users: {first: -9223372036854775808}\n");
    cr_expect_eq(s->users.first, INT64_MIN);
    scenario_free(s);
}

Test(scenario_load, the_fields_names_are_taken_too)
{
    struct scenario *s = load("evidence: {coupons: SELECT 1, dead_lettered: SELECT 2}\n"
                              "background_workload: {rate: 7}\n"
                              "expect: [leaked_slots, {check: background_workload, p99: 1s}]\n"
                              "outcome: {verdict: fail, checks: [dead_lettered]}\n"
                              "load: [burst: 20]\n");
    cr_expect_str_eq(s->evidence.parked->postgres, "SELECT 2");
    cr_expect_eq(s->bystander->rate, 7);
    cr_expect_str_eq(s->expect[0].check, "slots_burned");
    cr_expect_str_eq(s->expect[1].check, "bystander");
    cr_expect_str_eq(s->outcome->checks[0], "parked");
    scenario_free(s);
}

Test(scenario_load, anchors_are_copies)
{
    struct scenario *s = load("evidence:\n"
                              "  coupons: &rows {postgres: SELECT 1, subtract: true}\n"
                              "  parked: *rows\n");
    cr_expect(s->evidence.parked->subtract);
    cr_expect_str_eq(s->evidence.parked->postgres, "SELECT 1");
    scenario_free(s);
}

Test(scenario_load, a_failure_leaves_nothing_to_free)
{
    struct scenario *scenario = NULL;
    cr_expect_neq(scenario_load_text("a.yaml", "limit: none\n", NULL, 0, &scenario, NULL), 0);
    cr_expect_null(scenario);
    scenario_free(scenario);
}
