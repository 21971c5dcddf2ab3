#include "load/http/pattern.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { STEPS_MAX = 1000000, HEAP_KB_MAX = 16384 };

struct pattern {
    pcre2_code *code;
    pcre2_match_context *bounds;
};

int pattern_compile(const char *text, struct pattern **ret_pattern, struct err *err)
{
    int number;
    PCRE2_SIZE at;
    struct pattern *pattern = calloc(1, sizeof *pattern);
    if (!pattern)
        return err_set(err, ERR_MEMORY, "out of memory");
    pattern->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                                  PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &number, &at, NULL);
    if (!pattern->code) {
        PCRE2_UCHAR why[128];
        pcre2_get_error_message(number, why, sizeof why);
        pattern_free(pattern);
        return err_set(err, ERR_USAGE, "'%.200s' is no regular expression: %s, at character %zu",
                       text, (const char *)why, (size_t)at + 1);
    }
    pattern->bounds = pcre2_match_context_create(NULL);
    if (!pattern->bounds) {
        pattern_free(pattern);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    pcre2_set_match_limit(pattern->bounds, STEPS_MAX);
    pcre2_set_heap_limit(pattern->bounds, HEAP_KB_MAX);
    *ret_pattern = pattern;
    return 0;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_match_context_free(pattern->bounds);
    pcre2_code_free(pattern->code);
    free(pattern);
}

bool pattern_has_group(const struct pattern *pattern)
{
    uint32_t count = 0;
    return !pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &count) && count > 0;
}

bool pattern_find(const struct pattern *pattern, const char *bytes, size_t length,
                  const char **ret_at, size_t *ret_length)
{
    pcre2_match_data *match = pcre2_match_data_create(2, NULL);
    if (!match)
        return false;
    int rc = pcre2_match(pattern->code, (PCRE2_SPTR)bytes, length, 0, 0, match, pattern->bounds);
    const PCRE2_SIZE *spans = pcre2_get_ovector_pointer(match);
    /* 0: there are more groups than room for them; a group that took no part is PCRE2_UNSET. */
    const PCRE2_SIZE *span = (rc == 0 || rc > 1) && spans[2] != PCRE2_UNSET ? spans + 2 : spans;
    bool found = rc >= 0 && span[0] <= span[1];
    if (found && ret_at)
        *ret_at = bytes + span[0];
    if (found && ret_length)
        *ret_length = span[1] - span[0];
    pcre2_match_data_free(match);
    return found;
}
