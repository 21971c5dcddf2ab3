/* links: model selftest verify */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "selftest/synthetic.h"
#include "verify/checks.h"

#define AFTER (2 * NS_PER_S) /* the last answer */

#define LINE  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X40   LINE "\n"
#define SAID  LINE " " /* in one line */
#define WORDS X40 X40 X40 X40 X40 X40 "at last"

static const struct {
    const char *name;
    struct process_info process; /* ended and looked count from the last answer */
    enum verdict verdict;
    const char *says, *hint; /* parts of the texts */
} cases[] = {
    {"it runs", {.name = "a", .exit_code = -1, .looked = AFTER}, VERDICT_PASS, "", ""},
    {"it crashed in the window",
     {.name = "a",
      .exit_code = -1,
      .signal = 11,
      .unexpected = true,
      .ended = 1500000000,
      .looked = AFTER,
      .log = "panic: nil"},
     VERDICT_FAIL,
     "a ended by itself: signal 11 (SIGSEGV), 1.5 s after the last answer",
     "the end of logs/a.log: panic: nil"},
    {"it crashed amid the answers",
     {.name = "a", .exit_code = -1, .signal = 6, .unexpected = true, .ended = -1, .looked = AFTER},
     VERDICT_FAIL,
     "(SIGABRT)",
     "wrote nothing"},
    {"it crashed and was started again",
     {.name = "a", .exit_code = 1, .unexpected = true, .ended = 1, .looked = AFTER, .restarts = 1},
     VERDICT_FAIL,
     "exit code 1",
     ""},
    {"it said much",
     {.name = "a", .exit_code = 1, .unexpected = true, .ended = 5, .looked = AFTER, .log = WORDS},
     VERDICT_FAIL,
     "",
     "a.log: " SAID SAID},
    {"it gave up",
     {.name = "a", .exit_code = 3, .unexpected = true, .ended = 5, .looked = AFTER},
     VERDICT_FAIL,
     "exit code 3",
     ""},
    {"it gave up, although once",
     {.name = "a", .exit_code = 3, .once = true, .unexpected = true, .ended = 5, .looked = AFTER},
     VERDICT_FAIL,
     "exit code 3",
     ""},
    {"it left",
     {.name = "a", .exit_code = 0, .unexpected = true, .ended = 5, .looked = AFTER},
     VERDICT_UNKNOWN,
     "a ended by itself with exit code 0",
     "once: true"},
    {"it is done",
     {.name = "a", .exit_code = 0, .once = true, .ended = 5, .looked = AFTER},
     VERDICT_PASS,
     "",
     ""},
    {"killed by a fault",
     {.name = "a", .exit_code = -1, .signal = 9, .asked = "fault", .ended = 5, .looked = AFTER},
     VERDICT_PASS,
     "",
     ""},
    {"ended by a fault",
     {.name = "a", .exit_code = 1, .asked = "fault", .ended = 5, .looked = AFTER},
     VERDICT_PASS,
     "",
     ""},
    {"the supervisor was killed",
     {.name = "a",
      .exit_code = -1,
      .signal = 9,
      .asked = "supervisor",
      .ended = 5,
      .looked = AFTER},
     VERDICT_UNKNOWN,
     "rushproof-keeper",
     ""},
    {"Redis crashed",
     {.name = "redis",
      .exit_code = -1,
      .signal = 11,
      .server = true,
      .unexpected = true,
      .ended = 5,
      .looked = AFTER},
     VERDICT_UNKNOWN,
     "redis ended by itself",
     "logs/redis.log"},
    {"nobody looked",
     {.name = "a", .exit_code = -1, .looked = -1},
     VERDICT_UNKNOWN,
     "not looked at",
     ""},
};

Test(processes, every_end_has_its_verdict)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct synthetic *synthetic;
        struct err err;
        cr_assert_eq(synthetic_new(i + 1, &synthetic, &err), 0);
        struct run *run = &synthetic->run;
        struct process_info *process = &run->processes[0];
        *process = cases[i].process;
        process->ended += process->ended ? run->tally.last_response : 0;
        process->looked += run->tally.last_response;
        cr_assert_eq(checks_run(run, &err), 0);
        const struct finding *finding = findings_find(&run->findings, "processes");
        cr_assert_not_null(finding, "%s", cases[i].name);
        cr_expect_eq(finding->verdict, cases[i].verdict, "%s: %s", cases[i].name, finding->message);
        cr_expect(strstr(finding->message, cases[i].says), "%s: %s", cases[i].name,
                  finding->message);
        cr_expect(strstr(finding->hint, cases[i].hint), "%s: %s", cases[i].name, finding->hint);
        cr_expect_eq(run->verdict, cases[i].verdict, "%s", cases[i].name);
        synthetic_free(synthetic);
    }
}

/* The worst one is named, and the others are counted. */
Test(processes, the_first_failure_is_named)
{
    struct synthetic *synthetic;
    struct err err;
    cr_assert_eq(synthetic_new(1, &synthetic, &err), 0);
    struct run *run = &synthetic->run;
    run->processes[0] = (struct process_info){.name = "a", .unexpected = true, .ended = 5};
    run->processes[1] = (struct process_info){
        .name = "b", .exit_code = -1, .signal = 11, .unexpected = true, .ended = 5};
    run->processes[2] =
        (struct process_info){.name = "c", .exit_code = 3, .unexpected = true, .ended = 5};
    run->processes_count = 3;
    cr_assert_eq(checks_run(run, &err), 0);
    const struct finding *finding = findings_find(&run->findings, "processes");
    cr_expect(strstr(finding->message, "b ended by itself: signal 11"), "%s", finding->message);
    cr_expect(strstr(finding->message, "; and 1 more"), "%s", finding->message);
    synthetic_free(synthetic);
}

/* The end of a long log, not its beginning. */
Test(processes, the_last_words_are_in_the_hint)
{
    struct synthetic *synthetic;
    struct err err;
    cr_assert_eq(synthetic_new(1, &synthetic, &err), 0);
    synthetic->run.processes[0] = (struct process_info){
        .name = "a", .exit_code = 1, .unexpected = true, .ended = 5, .log = WORDS};
    cr_assert_eq(checks_run(&synthetic->run, &err), 0);
    const struct finding *finding = findings_find(&synthetic->run.findings, "processes");
    cr_expect(strstr(finding->hint, SAID "at last"), "%s", finding->hint);
    synthetic_free(synthetic);
}

/* A run that started nothing has nothing to watch; one that is asked to must say so. */
Test(processes, none_is_no_pass)
{
    for (int named = 0; named < 2; named++) {
        struct synthetic *synthetic;
        struct err err;
        cr_assert_eq(synthetic_new(1, &synthetic, &err), 0);
        synthetic->run.processes_count = 0;
        struct spec_expect expect = {.check = (char *)"processes", .power_percent = 10};
        if (named) {
            synthetic->scenario.expect = &expect;
            synthetic->scenario.expect_count = 1;
        }
        cr_assert_eq(checks_run(&synthetic->run, &err), 0);
        const struct finding *finding = findings_find(&synthetic->run.findings, "processes");
        cr_expect_eq(finding != NULL, named);
        cr_expect(!finding || finding->verdict == VERDICT_UNKNOWN);
        synthetic_free(synthetic);
    }
}

static const struct {
    const char *name;
    struct target_info target; /* looked counts from the last answer */
    unsigned processes;
    int crashed; /* the process */
    enum verdict verdict;
    const char *says;
} targets[] = {
    {"a service that is there", {"127.0.0.1:8080", AFTER, ""}, 0, 0, VERDICT_PASS, ""},
    {"a service that is gone",
     {"127.0.0.1:8080", AFTER, "Connection refused"},
     0,
     0,
     VERDICT_UNKNOWN,
     "nothing listens on 127.0.0.1:8080 any more, 2 s after the last answer: Connection refused"},
    {"gone, beside a worker that runs",
     {"127.0.0.1:8080", AFTER, "Connection refused"},
     1,
     0,
     VERDICT_UNKNOWN,
     "nothing listens on"},
    {"gone, beside a worker that crashed",
     {"127.0.0.1:8080", AFTER, "Connection refused"},
     1,
     11,
     VERDICT_FAIL,
     "SIGSEGV"},
    {"there, beside a worker that runs", {"127.0.0.1:8080", AFTER, ""}, 1, 0, VERDICT_PASS, ""},
};

/* Of a service that the run did not start nothing is known but whether it is there. */
Test(processes, a_service_of_others_is_there_or_gone)
{
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct synthetic *synthetic;
        struct err err;
        cr_assert_eq(synthetic_new(i + 1, &synthetic, &err), 0);
        struct run *run = &synthetic->run;
        run->processes_count = targets[i].processes;
        run->target = targets[i].target;
        run->target.looked += run->tally.last_response;
        if (targets[i].crashed) {
            run->processes[0].signal = targets[i].crashed;
            run->processes[0].unexpected = true;
            run->processes[0].ended = run->tally.last_response + 1;
        }
        cr_assert_eq(checks_run(run, &err), 0);
        const struct finding *finding = findings_find(&run->findings, "processes");
        cr_assert_not_null(finding, "%s", targets[i].name);
        cr_expect_eq(finding->verdict, targets[i].verdict, "%s: %s", targets[i].name,
                     finding->message);
        cr_expect(strstr(finding->message, targets[i].says), "%s: %s", targets[i].name,
                  finding->message);
        cr_expect_eq(run->verdict, targets[i].verdict, "%s", targets[i].name);
        synthetic_free(synthetic);
    }
}
