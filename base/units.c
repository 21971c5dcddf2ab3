#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct unit {
    const char *suffix;
    double ns;
} units[] = {
    {"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9},
};

int units_parse_duration(const char *text, ns_t *ret_span, struct err *err)
{
    static const char allowed[] = "a number with a unit: ns, us, ms, s, m or h, as in 10ms or 1.5s";
    if (!strcmp(text, "0")) {
        *ret_span = 0;
        return 0;
    }
    /* strtod would also take blanks, signs, hex and "inf": only digits and one point are durations.
     */
    size_t length = strspn(text, "0123456789.");
    if (length == 0 || length > 30)
        return err_set(err, ERR_USAGE, "'%s' is not a duration; allowed: %s", text, allowed);
    char *end;
    double value = strtod(text, &end);
    if (end != text + length)
        return err_set(err, ERR_USAGE, "'%s' is not a duration; allowed: %s", text, allowed);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].suffix))
            continue;
        double ns = value * units[i].ns;
        if (ns > 9e18)
            return err_set(err, ERR_USAGE, "the duration '%s' is too long", text);
        *ret_span = (ns_t)llround(ns);
        return 0;
    }
    return err_set(err, ERR_USAGE, "'%s' is not a duration; allowed: %s", text, allowed);
}

int units_parse_int(const char *text, int64_t low, int64_t high, int64_t *ret_value,
                    struct err *err)
{
    size_t digits = strspn(text + (*text == '-'), "0123456789");
    errno = 0;
    char *end;
    long long value = strtoll(text, &end, 10);
    if (digits == 0 || *end || errno || value < low || value > high)
        return err_set(err, ERR_USAGE,
                       "'%s' is not allowed: a whole number from %" PRId64 " to %" PRId64, text,
                       low, high);
    *ret_value = value;
    return 0;
}

/* "2 min 5 s", "1 h 10 min": from two minutes on nobody counts seconds alone. */
static char *format_long(ns_t span, char *ret_text, size_t size)
{
    int64_t seconds = (span + NS_PER_S / 2) / NS_PER_S, minutes = seconds / 60;
    if (minutes >= 60)
        snprintf(ret_text, size, minutes % 60 ? "%" PRId64 " h %" PRId64 " min" : "%" PRId64 " h",
                 minutes / 60, minutes % 60);
    else
        snprintf(ret_text, size, seconds % 60 ? "%" PRId64 " min %" PRId64 " s" : "%" PRId64 " min",
                 minutes, seconds % 60);
    return ret_text;
}

char *units_format_duration(ns_t span, char *ret_text, size_t size)
{
    if (span >= 120 * NS_PER_S)
        return format_long(span, ret_text, size);
    size_t i = 0;
    double value = (double)span;
    static const size_t seconds = 3;
    while (i < seconds && fabs(value) >= units[i + 1].ns)
        i++;
    value /= units[i].ns;
    int decimals = i == 0 || fabs(value) >= 100 ? 0 : fabs(value) >= 10 ? 1 : 2;
    snprintf(ret_text, size, "%.*f", decimals, value);
    if (strchr(ret_text, '.')) { /* 10.0 says no more than 10 */
        char *last = ret_text + strlen(ret_text) - 1;
        while (*last == '0')
            *last-- = '\0';
        if (*last == '.')
            *last = '\0';
    }
    size_t used = strlen(ret_text);
    snprintf(ret_text + used, size - used, " %s", units[i].suffix);
    return ret_text;
}
