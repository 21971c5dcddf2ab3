/* How the scenario's processes end, and what is said of it. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"

TestSuite(ends, .timeout = 60);

#define START(fixture) cr_assert_eq(fixture_start(fixture), 0, "%s", (fixture)->err.message)

Test(ends, unasked_are_noticed_and_stay_so)
{
    struct fixture *fixture = fixture_only(NULL);
    char end[128], waits[256];
    snprintf(end, sizeof end, "%s/end", fixture->dir);
    snprintf(waits, sizeof waits, "echo ready; until test -e %s; do sleep 0.01; done; exit 7", end);
    const char *argv[] = {"/bin/sh", "-c", waits, NULL};
    fixture_process(fixture, "worker", argv, NULL, NULL, "ready");
    START(fixture);
    cr_expect_not(stack_watch(fixture->stack, &fixture->run));
    cr_assert_eq(close(open(end, O_CREAT | O_WRONLY, 0600)), 0);
    cr_expect(fixture_watch_end(fixture, "worker"));
    cr_expect(stack_watch(fixture->stack, &fixture->run), "it is still gone");
    cr_expect(fixture->run.processes[0].unexpected);
    cr_expect_eq(fixture->run.processes[0].exit_code, 7);
    cr_expect_str_eq(fixture->run.processes[0].log, "ready");
    cr_expect(fixture->run.processes[0].ended > 0);
    cr_expect_eq(fixture->run.events_count, 1, "told once");
    cr_expect_eq(fixture->run.processes_count, 1);
    fixture_free(fixture);
}

Test(ends, of_a_server_are_noticed_too)
{
    struct fixture *fixture = fixture_only("redis");
    START(fixture);
    look_redis(fixture, "SHUTDOWN NOSAVE");
    cr_expect(fixture_watch_end(fixture, "redis"));
    cr_expect_str_eq(fixture->run.processes[0].name, "redis");
    cr_expect(fixture->run.processes[0].unexpected);
    fixture_free(fixture);
}

Test(ends, with_code_0_are_right_when_the_scenario_says_once)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *good[] = {"/bin/sh", "-c", "exit 0", NULL};
    const char *bad[] = {"/bin/sh", "-c", "exit 1", NULL};
    fixture_process(fixture, "good", good, NULL, NULL, NULL);
    fixture_process(fixture, "plain", good, NULL, NULL, NULL);
    fixture_process(fixture, "bad", bad, NULL, NULL, NULL);
    fixture->processes[0].once = fixture->processes[2].once = true;
    START(fixture);
    fixture_watch_end(fixture, "good");
    fixture_watch_end(fixture, "plain");
    cr_expect(fixture_watch_end(fixture, "bad"));
    cr_expect_not(fixture->run.processes[0].unexpected);
    cr_expect(fixture->run.processes[1].unexpected);
    cr_expect(fixture->run.processes[2].unexpected);
    fixture_free(fixture);
}

Test(ends, by_a_crash_stay_so_after_a_restart)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *argv[] = {"/bin/sh", "-c",
                          "echo ready; test -e seen || { touch seen; kill -SEGV $$; }; sleep 9",
                          NULL};
    fixture_process(fixture, "worker", argv, NULL, NULL, NULL);
    START(fixture);
    cr_expect(fixture_watch_end(fixture, "worker"));
    cr_expect_eq(fixture_fault(fixture, "worker", FAULT_KILL), 0, "no error of the fault");
    cr_assert_eq(fixture_fault(fixture, "worker", FAULT_RESTART), 0, "%s", fixture->err.message);
    cr_expect_not(stack_watch(fixture->stack, &fixture->run), "it runs again");
    cr_expect(fixture->run.processes[0].unexpected);
    cr_expect_eq(fixture->run.processes[0].signal, SIGSEGV);
    fixture_free(fixture);
}

Test(ends, are_asked_for_by_sigterm)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *polite[] = {
        "/bin/sh", "-c", "trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.01; done",
        NULL};
    const char *plain[] = {"sleep", "1000", NULL};
    fixture_process(fixture, "polite", polite, NULL, NULL, "ready");
    fixture_process(fixture, "plain", plain, NULL, NULL, NULL);
    START(fixture);
    stack_stop(fixture->stack);
    fixture->stack = NULL;
    char *log = fixture_read(fixture, "logs/polite.log");
    cr_expect_str_eq(log, "ready\nbye\n");
    free(log);
    cr_expect_not(fixture->run.processes[0].unexpected);
    fixture_free(fixture);
}

/* Each ends only when the other was asked as well; one after the other they would be killed. */
Test(ends, are_asked_for_together)
{
    struct fixture *fixture = fixture_only(NULL);
    const char *left[] = {"/bin/sh", "-c",
                          "trap 'touch l; until [ -e r ]; do sleep 0.01; done; touch L; exit' TERM;"
                          " echo ready; while :; do sleep 0.01; done",
                          NULL};
    const char *right[] = {
        "/bin/sh", "-c",
        "trap 'touch r; until [ -e l ]; do sleep 0.01; done; touch R; exit' TERM;"
        " echo ready; while :; do sleep 0.01; done",
        NULL};
    char path[128];
    fixture_process(fixture, "left", left, NULL, NULL, "ready");
    fixture_process(fixture, "right", right, NULL, NULL, "ready");
    START(fixture);
    stack_stop(fixture->stack);
    fixture->stack = NULL;
    snprintf(path, sizeof path, "%s/L", fixture->dir);
    cr_expect(fixture_exists(path));
    snprintf(path, sizeof path, "%s/R", fixture->dir);
    cr_expect(fixture_exists(path));
    fixture_free(fixture);
}
