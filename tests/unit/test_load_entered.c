/* links: load Threads::Threads */
/* When handlers began, as answers say it. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "load/phases/entered.h"

Test(load_entered, how_far_apart_they_are)
{
    struct request records[120];
    struct history history = {.v = records, .count = 120, .room = 120};
    struct setup setup = {.history = &history};
    struct load_phase_info info = {0};
    cr_assert_eq(entered_open(&setup, "X-Entered", NULL), 0);
    entered_tell(&setup, records, 120, &info);
    cr_expect_eq(info.entered, 0); /* nobody has said anything */
    for (int i = 0; i < 101; i++)
        setup.entered[110 - i] = 5000000 + i * 10; /* in no order that means anything */
    entered_tell(&setup, records + 10, 110, &info);
    cr_expect_eq(info.entered, 101);
    cr_expect_eq(info.entered_spread, 1000);
    cr_expect_eq(info.entered_middle, 900);
    free(setup.entered);
}

Test(load_entered, who_does_not_ask_is_told_nothing)
{
    struct history history = {0};
    struct setup setup = {.history = &history};
    struct load_phase_info info = {0};
    cr_assert_eq(entered_open(&setup, NULL, NULL), 0);
    entered_tell(&setup, NULL, 0, &info);
    cr_expect_eq(info.entered, 0);
    cr_expect_null(setup.entered);
}
