/* junit.xml: a test case a gap, one a crash, and one for the scenario's own load. */
#include <string.h>

#include "explore/explore_inside.h"
#include "report/text.h"

/* A test case; element NULL: it has passed. */
struct junit_case {
    char name[640];
    const char *element, *type, *message;
    char text[1400];
};

static void put_case(const struct junit_case *one, const char *scenario, FILE *out)
{
    fputs("    <testcase name=\"", out);
    text_print(out, TEXT_XML, one->name);
    fputs("\" classname=\"rushproof.", out);
    text_print(out, TEXT_XML, scenario);
    if (!one->element) {
        fputs("\" time=\"0.000000000\"/>\n", out);
        return;
    }
    fprintf(out, "\" time=\"0.000000000\">\n      <%s type=\"%s\" message=\"", one->element,
            one->type);
    text_print(out, TEXT_XML, one->message);
    fputs("\">", out);
    text_print(out, TEXT_XML, one->text);
    fprintf(out, "</%s>\n    </testcase>\n", one->element);
}

static void fail(struct junit_case *one, const char *message, const char *text)
{
    one->element = "failure";
    one->type = "violated";
    one->message = message;
    snprintf(one->text, sizeof one->text, "%s", text);
}

static void doubt(struct junit_case *one, const char *message, const char *text)
{
    one->element = "error";
    one->type = "unknown";
    one->message = message;
    snprintf(one->text, sizeof one->text, "%s", text);
}

/* The first violation of a gap, or of a crash. False: there is none. */
static bool fail_by(const struct explore_result *result, unsigned place, bool crash,
                    struct junit_case *one)
{
    for (unsigned i = 0; i < result->violations_count; i++) {
        const struct explore_violation *violation = &result->violations[i];
        char text[sizeof one->text], small[200] = "";
        if (violation->gap != place || (violation->round.crash[0] != '\0') != crash)
            continue;
        if (violation->smallest.found)
            explore_smallest_text(&violation->smallest, small, sizeof small);
        snprintf(text, sizeof text, "%.300s%s%.850s%s%s", violation->said[0],
                 small[0] ? "\nrushproof run " : "", small[0] ? violation->smallest.file : "",
                 small[0] ? ": " : "", small);
        fail(one, violation->message, text);
        return true;
    }
    return false;
}

static void judge_own_load(const struct explore_result *result, struct junit_case *one)
{
    snprintf(one->name, sizeof one->name, "the scenario's own load");
    if (result->own == VERDICT_FAIL)
        fail(one, result->own_text, "");
    else if (result->own == VERDICT_UNKNOWN)
        doubt(one, result->own_text, result->advice);
    else if (result->unseen[0])
        doubt(one, result->unseen, result->advice);
}

static void judge_gap(const struct explore_result *result, unsigned place, bool accept,
                      struct junit_case *one)
{
    const struct gap *gap = &result->gaps.v[place];
    explore_gap_text(result, gap, one->name, sizeof one->name);
    if (!fail_by(result, place, false, one) && !explore_is_settled(gap, accept))
        doubt(one, gap->decided || !gap->rounds ? gap_words(gap) : "undecided", gap->why);
}

static void judge_crash(const struct explore_result *result, unsigned place, bool accept,
                        struct junit_case *one)
{
    const struct explore_crash *crash = &result->crashes[place];
    explore_crash_text(result, crash, one->name, sizeof one->name);
    if (!fail_by(result, place, true, one) && crash->reached && !crash->decided && !accept)
        doubt(one, "undecided", "");
}

static unsigned count_cases(const struct explore_result *result)
{
    return 1 + result->gaps.count + result->crashes_count;
}

static void judge_case(const struct explore_result *result, unsigned place, bool accept,
                       struct junit_case *ret_case)
{
    *ret_case = (struct junit_case){.element = NULL};
    if (place == 0)
        judge_own_load(result, ret_case);
    else if (place <= result->gaps.count)
        judge_gap(result, place - 1, accept, ret_case);
    else
        judge_crash(result, place - 1 - result->gaps.count, accept, ret_case);
}

void explore_print_junit(const struct explore_result *result, const char *scenario, bool accept,
                         FILE *out)
{
    unsigned failures = 0, errors = 0;
    struct junit_case one;
    char stamp[32];
    for (unsigned i = 0; i < count_cases(result); i++) {
        judge_case(result, i, accept, &one);
        failures += one.element && !strcmp(one.element, "failure");
        errors += one.element && !strcmp(one.element, "error");
    }
    clock_format_utc(clock_wall_ns(), stamp, sizeof stamp);
    stamp[strlen("2026-11-23T08:01:02")] = '\0'; /* the format knows no fractions and no zone */
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"", out);
    text_print(out, TEXT_XML, scenario);
    fprintf(out,
            "\" package=\"rushproof\" id=\"0\" timestamp=\"%s\" hostname=\"localhost\" "
            "tests=\"%u\" failures=\"%u\" errors=\"%u\" time=\"%.6f\">\n    <properties/>\n",
            stamp, count_cases(result), failures, errors, (double)result->took / NS_PER_S);
    for (unsigned i = 0; i < count_cases(result); i++) {
        judge_case(result, i, accept, &one);
        put_case(&one, scenario, out);
    }
    fputs("    <system-out></system-out>\n    <system-err></system-err>\n  </testsuite>\n"
          "</testsuites>\n",
          out);
}
