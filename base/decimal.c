#include "base/decimal.h"

#include <stdint.h>

/* A number as its digits from the first to the last that is not 0; a point may lie between them.
 * Its value is 0.DIGITS times ten to the power of `exponent`. */
struct decimal {
    bool negative;
    const char *first, *last; /* NULL: the number is 0 */
    int64_t exponent;
};

struct reader {
    const char *at, *end;
    struct decimal *decimal;
    int64_t zeros; /* since the point or the start, before the first other digit */
};

static bool is_digit(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

static bool take(struct reader *reader, const char *bytes)
{
    for (; *bytes; bytes++)
        if (reader->at < reader->end && *reader->at == *bytes) {
            reader->at++;
            return true;
        }
    return false;
}

/* Digits before or behind the point; how many. */
static int64_t read_digits(struct reader *reader)
{
    int64_t count = 0;
    for (; is_digit(reader); reader->at++, count++) {
        if (*reader->at == '0') {
            reader->zeros += !reader->decimal->first;
            continue;
        }
        if (!reader->decimal->first)
            reader->decimal->first = reader->at;
        reader->decimal->last = reader->at;
    }
    return count;
}

static bool read_exponent(struct reader *reader)
{
    enum { MAX = 1000000000 }; /* longer ones are all the same: nobody writes so many zeros */
    bool negative = take(reader, "-");
    if (!negative)
        take(reader, "+");
    int64_t value = 0;
    if (!is_digit(reader))
        return false;
    for (; is_digit(reader); reader->at++)
        value = value < MAX ? value * 10 + (*reader->at - '0') : value;
    reader->decimal->exponent += negative ? -value : value;
    return true;
}

static bool read(const char *text, size_t length, struct decimal *ret_decimal)
{
    struct reader reader = {.at = text, .end = text + length, .decimal = ret_decimal};
    *ret_decimal = (struct decimal){.negative = take(&reader, "-")};
    bool zero = reader.at < reader.end && *reader.at == '0';
    int64_t whole = read_digits(&reader);
    if (whole == 0 || (zero && whole > 1))
        return false;
    ret_decimal->exponent = whole;
    if (take(&reader, ".") && read_digits(&reader) == 0)
        return false;
    ret_decimal->exponent -= reader.zeros;
    if (take(&reader, "eE") && !read_exponent(&reader))
        return false;
    return reader.at == reader.end;
}

static const char *next(const char *digit)
{
    digit++;
    return *digit == '.' ? digit + 1 : digit;
}

/* By size alone: 0.DIGITS times ten to the exponent. */
static int compare_size(const struct decimal *x, const struct decimal *y)
{
    if (!x->first || !y->first)
        return (x->first != NULL) - (y->first != NULL);
    if (x->exponent != y->exponent)
        return x->exponent < y->exponent ? -1 : 1;
    for (const char *p = x->first, *q = y->first;; p = next(p), q = next(q)) {
        if (*p != *q)
            return *p < *q ? -1 : 1;
        if (p == x->last || q == y->last)
            return (p != x->last) - (q != y->last);
    }
}

bool decimal_compare(const char *a, size_t a_length, const char *b, size_t b_length, int *ret_order)
{
    struct decimal x, y;
    if (!read(a, a_length, &x) || !read(b, b_length, &y))
        return false;
    bool x_negative = x.negative && x.first, y_negative = y.negative && y.first; /* -0 is 0 */
    if (x_negative != y_negative)
        *ret_order = x_negative ? -1 : 1;
    else
        *ret_order = x_negative ? compare_size(&y, &x) : compare_size(&x, &y);
    return true;
}

bool decimal_equal(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int order;
    return decimal_compare(a, a_length, b, b_length, &order) && order == 0;
}
