/* The judges, one a file of this folder. Each is called only when the evidence that its row in the
 * table asks for is at hand; it sets the finding's verdict, texts and witnesses. */
#ifndef VERIFY_CHECKS_JUDGES_H
#define VERIFY_CHECKS_JUDGES_H

#include <inttypes.h>

#include "model/check.h"
#include "verify/case.h"

typedef void check_judge(const struct case_file *facts, const struct spec_expect *expect,
                         struct finding *finding);

#define CHECK(word, other, applies, ...) check_judge judge_##word;
#include "model/check_rows.h"
#undef CHECK

/* Compares a value that a query returned with equals, least and most of the expectation. */
check_judge judge_asked;

/* Plural ending: "" for 1, "s" for any other count. */
static inline const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

/* A failure that says that something was not there: the guard lets it stand only when that is
 * proved. */
void judge_absent(struct finding *finding, const char *message, ...)
    __attribute__((format(printf, 2, 3)));

/* Requests that may have left before their release stamp make the order in time uncertain: then
 * says so in a finding that was about to fail, as unknown, and returns true. */
bool judge_uncertain_order(const struct case_file *facts, struct finding *finding);

/* What else explains a sell-out that came too early, of a service that the run did not start; or
 * "". To go on with behind a hint. */
const char *judge_left_over(const struct case_file *facts);

/* By how much the counter went the way that it is said to go. */
int64_t judge_growth(const struct case_file *facts);

void judge_no_memory(struct finding *finding);

#endif
