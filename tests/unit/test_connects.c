/* links: model */
/* What is said of the connections that a burst opened itself: who lost what, by which proof, and
 * what to type. */
#include <criterion/criterion.h>
#include <string.h>

#include "model/connects.h"

#define MS NS_PER_MS

/* 1000 connects, all of which stood within 20 ms, at a listener with room for 4096. */
static struct load_connects fine(void)
{
    return (struct load_connects){.target = "127.0.0.1:8080",
                                  .made = 1000,
                                  .opened = 1000,
                                  .open_p50 = 8 * MS,
                                  .open_p99 = 18 * MS,
                                  .open_max = 20 * MS,
                                  .queue_peak = 900,
                                  .queue_room = 4096,
                                  .somaxconn = 4096};
}

static void expect_warning(const struct load_connects *connects, const char *first,
                           const char *second)
{
    char text[768];
    connects_warn(connects, text, sizeof text);
    cr_expect(strstr(text, first) && strstr(text, second), "%s", text);
}

Test(connects, what_nobody_lost_is_no_warning)
{
    char text[768];
    struct load_connects connects = fine();
    cr_expect_str_eq(connects_warn(&connects, text, sizeof text), "");
    cr_expect_str_eq(connects_warn(NULL, text, sizeof text), "");
    connects.sent_again = 3; /* a lossy path, or a busy machine: no listener dropped anything */
    cr_expect_str_eq(connects_warn(&connects, text, sizeof text), "");
    connects.refused = 4; /* the check `errors` says so */
    cr_expect_str_eq(connects_warn(&connects, text, sizeof text), "");
}

Test(connects, the_remedy_follows_from_what_was_full)
{
    struct load_connects lost = fine();
    lost.delayed = 700;
    lost.syns_again = 710;
    lost.drops = 900;
    lost.open_max = 1030 * MS;
    lost.queue_room = 128;
    lost.queue_peak = 129;
    expect_warning(&lost, "127.0.0.1:8080 lost what reached it: 700 of 1000 connections stood only",
                   "(710 times in all, the last after 1.03 s)");
    expect_warning(&lost, "room for 128 (net.core.somaxconn 4096), the kernel counted 900",
                   "give its listen() a longer backlog");
    lost.somaxconn = 128; /* the machine's cap, not the service's wish */
    expect_warning(&lost, "room for 128", "`sysctl -w net.core.somaxconn=4096`");
    lost.queue_room = lost.somaxconn = 4096;
    lost.queue_peak = 4097;
    expect_warning(&lost, "room for 4096", "`sysctl -w net.core.somaxconn=16384`");
    lost.queue_peak = 12;
    lost.drops = 0;
    expect_warning(&lost, "what was sent to 127.0.0.1:8080 was lost: ",
                   "was not seen full, look for a firewall");
    lost.queue_peak = lost.queue_room = lost.somaxconn = lost.drops = COUNT_UNKNOWN;
    expect_warning(&lost, "what was sent to 127.0.0.1:8080 was lost: ",
                   "listen backlog is likely too short: on its machine `ss -ltn`");
}

/* The connection stood for the client, but its request found no room. */
Test(connects, requests_that_the_queue_lost)
{
    struct load_connects lost = fine();
    lost.sent_again = 40;
    lost.drops = 40;
    expect_warning(&lost, "40 segments of requests had to be sent again", "40 listen drops");
    lost.syns_again = lost.delayed = 5;
    expect_warning(&lost, "5 of 1000 connections stood only", "40 segments after that were sent");
}

Test(connects, figures)
{
    char text[256];
    struct load_connects connects = fine();
    cr_expect_str_eq(connects_describe(&connects, text, sizeof text),
                     "all 1000 open, p99 18 ms, max 20 ms; accept queue up to 900 of 4096, "
                     "somaxconn 4096; 0 SYNs sent again");
    connects.opened = 990;
    connects.refused = 7;
    connects.unanswered = 3;
    connects.resets = 2;
    connects.tls_p99 = 30 * MS;
    connects.tls_max = 40 * MS;
    connects.queue_room = COUNT_UNKNOWN;
    cr_expect_str_eq(connects_describe(&connects, text, sizeof text),
                     "990 open, 7 refused, 3 never opened, 2 reset, p99 18 ms, max 20 ms; TLS p99 "
                     "30 ms, max 40 ms; 0 SYNs sent again");
    cr_expect_str_eq(connects_describe(NULL, text, sizeof text), "");
}
