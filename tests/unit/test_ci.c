/* links: report plant scenario verify model PkgConfig::JANSSON */
/* What continuous integration and people beside it read: annotations, regressions, a verdict in
 * short. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/check.h"
#include "plant.h"
#include "report/annotations.h"
#include "report/in_short.h"
#include "report/regress.h"

static char *read_back(FILE *file)
{
    long size = ftell(file);
    char *text = calloc(1, (size_t)size + 1);
    rewind(file);
    cr_assert_eq(fread(text, 1, (size_t)size, file), (size_t)size);
    return text;
}

static char *annotate(struct run *run, unsigned *left)
{
    _cleanup_fclose_ FILE *file = tmpfile();
    annotations_write(run, left, file);
    return read_back(file);
}

Test(annotations, one_a_failed_check_with_named_users)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    unsigned left = ANNOTATIONS_MAX, failed = 0, lines = 0;
    cr_assert_eq(plant_run("lossy", 0, &run, &scenario, &err), 0, "%s", err.message);
    for (size_t i = 0; i < run.findings.count; i++)
        failed += run.findings.v[i].verdict == VERDICT_FAIL;
    _cleanup_free_ char *text = annotate(&run, &left);
    for (const char *at = text; (at = strstr(at, "::error title=lossy%3A ")); at++)
        lines++;
    cr_expect_eq(lines, failed, "%s", text);
    cr_expect_eq(left, ANNOTATIONS_MAX - failed);
    cr_expect(strstr(text, "title=lossy%3A lost::"), "%s", text);
    cr_expect(strstr(text, "; users 18, 41\n"), "%s", text);
    left = 1; /* GitHub keeps ten of a step, whatever else has run in it */
    _cleanup_free_ char *one = annotate(&run, &left);
    cr_expect_eq(strchr(one, '\n'), one + strlen(one) - 1, "%s", one);
    _cleanup_free_ char *none = annotate(&run, &left);
    cr_expect_str_empty(none);
    plant_free(&run, scenario);
}

Test(annotations, nothing_from_outside_ends_a_line_or_a_title)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    unsigned left = ANNOTATIONS_MAX;
    cr_assert_eq(plant_run("lossy", 0, &run, &scenario, &err), 0, "%s", err.message);
    struct finding *lost = (struct finding *)(uintptr_t)findings_find(&run.findings, "lost");
    snprintf(lost->message, sizeof lost->message, "100%% of\n::error::it");
    snprintf(lost->label, sizeof lost->label, "a,b::c");
    _cleanup_free_ char *text = annotate(&run, &left);
    cr_expect_null(strstr(text, "\n::error::it"), "%s", text);
    cr_expect(strstr(text, "lost%3A a%2Cb%3A%3Ac::100%25 of"), "%s", text);
    plant_free(&run, scenario);
}

Test(annotations, a_run_that_came_to_nothing_says_why)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    unsigned left = ANNOTATIONS_MAX;
    cr_assert_eq(plant_run("pass", 0, &run, &scenario, &err), 0, "%s", err.message);
    _cleanup_free_ char *pass = annotate(&run, &left);
    cr_expect_str_empty(pass);
    run.verdict = VERDICT_UNKNOWN;
    snprintf(run.error, sizeof run.error, "nothing listens");
    _cleanup_free_ char *text = annotate(&run, &left);
    cr_expect(strstr(text, "%3A unknown::nothing listens\n"), "%s", text);
    plant_free(&run, scenario);
}

/* ---- in short ---- */

/* A new check is said by its title until somebody finds words for it. */
Test(in_short, every_check_can_be_said)
{
    size_t count;
    const struct check *table = checks_table(&count);
    for (size_t i = 0; i < count; i++)
        cr_expect(in_short_of(table[i].name), "%s", table[i].name);
    cr_expect_str_eq(in_short_of("lost"), "people who were told yes have nothing");
    cr_expect_null(in_short_of("nonsense"));
}

Test(in_short, tells_what_was_tried_and_what_would_have_shown)
{
    static const struct {
        const char *kind, *said;
    } table[] = {
        {"pass", "too many given out, one lost or one served twice would have shown"},
        {"fail24", "the number given out is not the number there was"},
        {"lossy", "the number given out is not the number there was. This was seen"},
        {"invalid",
         "nothing can be said about the service, because people did not come at the same "
         "moment. This is"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        static struct run run;
        struct scenario *scenario = NULL;
        struct err err = {0};
        char text[IN_SHORT];
        cr_assert_eq(plant_run(table[i].kind, 0, &run, &scenario, &err), 0, "%s", err.message);
        in_short(&run, text, sizeof text);
        cr_expect(strstr(text, table[i].said), "%s: %s", table[i].kind, text);
        cr_expect(strstr(text, "requests came"), "%s", text);
        cr_expect_eq(text[strlen(text) - 1], '.', "%s", text);
        scenario->wait = WAIT_LAST_RESPONSE;
        cr_expect_eq(strstr(in_short(&run, text, sizeof text), "how the question was put") != NULL,
                     !strcmp(table[i].kind, "fail24"), "%s: %s", table[i].kind, text);
        plant_free(&run, scenario);
    }
}

/* What was not a burst did not come at one moment. */
Test(in_short, a_burst_that_was_none_came_over_its_spread)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    char text[IN_SHORT];
    cr_assert_eq(plant_run("invalid", 0, &run, &scenario, &err), 0, "%s", err.message);
    in_short(&run, text, sizeof text);
    cr_expect(strstr(text, "requests came within ") && !strstr(text, "came at the same"), "%s",
              text);
    plant_free(&run, scenario);
    cr_assert_eq(plant_run("lossy", 0, &run, &scenario, &err), 0, "%s", err.message);
    cr_expect(strstr(in_short(&run, text, sizeof text), "came at the same moment"), "%s", text);
    plant_free(&run, scenario);
}

/* A slow machine is no fault of the service, and another day may be quicker. */
Test(in_short, a_slow_answer_may_be_the_machine)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    char text[IN_SHORT];
    cr_assert_eq(plant_run("lossy", 0, &run, &scenario, &err), 0, "%s", err.message);
    cr_expect(strstr(in_short(&run, text, sizeof text), "does not go away"), "%s", text);
    for (size_t i = 0; i < run.findings.count; i++)
        run.findings.v[i].verdict =
            strcmp(run.findings.v[i].check, "errors") ? VERDICT_PASS : VERDICT_FAIL;
    cr_expect(strstr(in_short(&run, text, sizeof text), "A machine that is too slow"), "%s", text);
    plant_free(&run, scenario);
}

/* What is open is said of the headline's check: nobody was served before another when nobody was
 * served at all. */
Test(in_short, says_why_nothing_is_known)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    char text[IN_SHORT];
    cr_assert_eq(plant_run("invalid", 0, &run, &scenario, &err), 0, "%s", err.message);
    size_t count;
    const struct check *table = checks_table(&count);
    for (size_t i = 0; i < count; i++) {
        snprintf(run.cause, sizeof run.cause, "%s", table[i].name);
        in_short(&run, text, sizeof text);
        cr_expect(!strstr(text, "served before") && !strstr(text, "has nothing"), "%s: %s",
                  table[i].name, text);
    }
    snprintf(run.cause, sizeof run.cause, "not_vacuous");
    cr_expect(strstr(in_short(&run, text, sizeof text), "what came back was not enough"), "%s",
              text);
    run.cause[0] = '\0';
    cr_expect(strstr(in_short(&run, text, sizeof text), "not everything that a judgement needs"),
              "%s", text);
    run.interrupted = true;
    cr_expect(strstr(in_short(&run, text, sizeof text), "the trial was stopped"), "%s", text);
    plant_free(&run, scenario);
}

/* ---- regressions ---- */

static json_t *result_of(const char *verdict, double p99, double failed)
{
    return json_pack("{s:s, s:{s:f}, s:{s:f}}", "verdict", verdict, "latency_us", "p99", p99,
                     "load", "failed", failed);
}

static size_t worse(json_t *before, json_t *now, double noise, const char *said)
{
    _cleanup_fclose_ FILE *file = tmpfile();
    size_t count = regress_print(&(struct regress_side){&before, 1},
                                 &(struct regress_side){&now, 1}, noise, file);
    _cleanup_free_ char *text = read_back(file);
    cr_expect(strstr(text, said), "no '%s' in\n%s", said, text);
    json_decref(before);
    json_decref(now);
    return count;
}

Test(regress, beyond_the_noise_is_worse_and_below_is_not)
{
    cr_expect_eq(worse(result_of("pass", 40000, 0), result_of("pass", 59000, 0), 50, "0 worse"), 0);
    cr_expect_eq(
        worse(result_of("pass", 40000, 0), result_of("pass", 61000, 0), 50, "WORSE   latency p99"),
        1);
    cr_expect_eq(worse(result_of("pass", 1000, 0), result_of("pass", 9000, 0), 50, "0 worse"), 0,
                 "a few milliseconds are noise of any machine");
    cr_expect_eq(worse(result_of("pass", 90000, 0), result_of("pass", 10000, 0), 0, "0 worse"), 0,
                 "better is not worse");
    cr_expect_eq(worse(result_of("pass", 1, 0), result_of("pass", 1, 3), 50, "failed requests"), 1);
    cr_expect_eq(worse(result_of("pass", 1, 0), result_of("unknown", 1, 0), 50, "WORSE   verdict"),
                 1);
    cr_expect_eq(worse(result_of("fail", 1, 0), result_of("pass", 1, 0), 50, "verdict"), 0);
}
