#include "model/check.h"

#include "base/words.h"

/* Who is saved: with a coupon, or parked. */
#define ROWS (NEEDS_COUPONS | NEEDS_PARKED)
/* Not there, and not to come; and somebody at least was told yes, or the target may be the wrong
 * one. */
#define GONE      (NEEDS_PROOF | NEEDS_DECISIONS)
#define QUANTILES "p50", "p90", "p99", "max"
#define COMPARES  "equals", "least", "most"

static const struct check table[] = {
#define CHECK(word, other, applies, ...) {.name = #word, .also = other, __VA_ARGS__},
#include "model/check_rows.h"
#undef CHECK
};

const char *const check_words[] = {
#define CHECK(word, other, applies, ...) #word,
#include "model/check_rows.h"
#undef CHECK
    NULL};

const char *const check_also[] = {
#define CHECK(word, other, applies, ...) other,
#include "model/check_rows.h"
#undef CHECK
    NULL};

const struct check *checks_table(size_t *ret_count)
{
    *ret_count = sizeof table / sizeof *table;
    return table;
}

const struct check *checks_find(const char *name)
{
    int place = words_find(check_words, name);
    return place < 0 ? NULL : &table[place];
}

const char *checks_title(const char *name)
{
    const struct check *check = checks_find(name);
    return check && check->title ? check->title : "";
}

const char *checks_help(const char *name)
{
    const struct check *check = checks_find(name);
    return check ? check->help : "";
}
