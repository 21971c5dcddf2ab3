/* links: broker */
#include <criterion/criterion.h>
#include <string.h>

#include "broker/greeting.h"

/* As librdkafka 2.0.2 sent it to a Java client 3.9.2, correlation id 258. */
static const unsigned char seen[GREETING_WRONG] = {0, 0,  0, 17, 0, 0, 1, 2, 0, 35, 1,
                                                   0, 18, 0, 0,  0, 2, 0, 0, 0, 0};

Test(greeting, the_mixed_answer_becomes_version_0)
{
    static const unsigned char expected[GREETING_RIGHT] = {0, 0, 0, 16, 0, 0,  1, 2, 0, 35,
                                                           0, 0, 0, 1,  0, 18, 0, 0, 0, 2};
    unsigned char right[GREETING_RIGHT];
    cr_assert(greeting_mend(seen, sizeof seen, right));
    cr_expect_arr_eq(right, expected, sizeof expected);
}

Test(greeting, other_answers_are_left_alone)
{
    unsigned char right[GREETING_RIGHT], other[GREETING_WRONG];
    cr_expect_not(greeting_mend(seen, sizeof seen - 1, right));
    for (size_t i = 0; i < sizeof seen; i++) {
        memcpy(other, seen, sizeof other);
        other[i] ^= 1;
        bool correlation = i >= 4 && i < 8;
        cr_expect_eq(greeting_mend(other, sizeof other, right), correlation, "byte %zu", i);
    }
}
