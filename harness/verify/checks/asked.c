/* sql and redis: a value that the scenario's own query returned, compared as the scenario says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "verify/checks/judges.h"

/* Numbers compare as numbers, exactly when both are whole, and texts as texts. */
static bool parse_int(const char *text, int64_t *ret_value)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end)
        return false;
    *ret_value = value;
    return true;
}

static bool parse_real(const char *text, double *ret_value)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (errno || end == text || *end)
        return false;
    *ret_value = value;
    return true;
}

/* Negative, zero or positive as by strcmp. */
static int compare(const char *a, const char *b)
{
    int64_t whole_a, whole_b;
    if (parse_int(a, &whole_a) && parse_int(b, &whole_b))
        return (whole_a > whole_b) - (whole_a < whole_b);
    double real_a, real_b;
    if (parse_real(a, &real_a) && parse_real(b, &real_b))
        return (real_a > real_b) - (real_a < real_b);
    return strcmp(a, b);
}

static void expect_text(const struct spec_expect *expect, struct finding *finding)
{
    if (expect->equals)
        finding_expect(finding, "%.100s", expect->equals);
    else if (expect->least && expect->most)
        finding_expect(finding, "%.50s to %.50s", expect->least, expect->most);
    else if (expect->least)
        finding_expect(finding, "at least %.100s", expect->least);
    else if (expect->most)
        finding_expect(finding, "at most %.100s", expect->most);
}

static bool holds(const struct spec_expect *expect, const char *value)
{
    return (!expect->equals || compare(value, expect->equals) == 0) &&
           (!expect->least || compare(value, expect->least) >= 0) &&
           (!expect->most || compare(value, expect->most) <= 0);
}

static const struct asked *answer_to(const struct case_file *facts,
                                     const struct spec_expect *expect)
{
    const struct scenario *scenario = facts->run->scenario;
    const struct evidence *evidence = &facts->run->evidence;
    bool listed = expect >= scenario->expect && expect < scenario->expect + scenario->expect_count;
    size_t index = listed ? (size_t)(expect - scenario->expect) : evidence->asked_count;
    return index < evidence->asked_count ? &evidence->asked[index] : NULL;
}

void judge_asked(const struct case_file *facts, const struct spec_expect *expect,
                 struct finding *finding)
{
    const struct asked *asked = answer_to(facts, expect);
    expect_text(expect, finding);
    if (!expect->query || (!expect->equals && !expect->least && !expect->most)) {
        finding_set(finding, VERDICT_UNKNOWN, "a query and what its value shall be are needed");
        finding_hint(finding, "add query: and equals:, least: or most:");
        return;
    }
    if (!asked || !asked->known) {
        finding_actual(finding, "not read");
        finding_set(finding, VERDICT_UNKNOWN, "could not be asked: %.200s (%.200s)",
                    asked && asked->reason ? asked->reason : "nobody did", expect->query);
        return;
    }
    finding_actual(finding, "%.180s", asked->value ? asked->value : "no value");
    if (!asked->value)
        finding_set(finding, VERDICT_FAIL,
                    "no row, or NULL: a figure without samples fails (%.300s)", expect->query);
    else if (holds(expect, asked->value))
        finding_set(finding, VERDICT_PASS, "%.480s", expect->query);
    else
        finding_set(finding, VERDICT_FAIL, "is %.80s, expected %.80s: %.300s", asked->value,
                    finding->expected, expect->query);
}
