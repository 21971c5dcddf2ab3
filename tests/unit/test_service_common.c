/* links: service_common */
#include <criterion/criterion.h>
#include <string.h>

#include "base/buf.h"
#include "common/backoff.h"
#include "common/hostport.h"
#include "common/metrics.h"

Test(backoff, doubles_up_to_the_maximum)
{
    struct backoff backoff;
    struct rng rng;
    rng_seed(&rng, 1);
    backoff_init(&backoff, 10, 50);
    static const ns_t spans[] = {10, 20, 40, 50, 50, 50};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        ns_t wait = backoff_next(&backoff, &rng);
        cr_assert(wait >= spans[i] / 2 && wait <= spans[i], "try %zu: %ld of %ld", i, wait,
                  spans[i]);
    }
    backoff_reset(&backoff);
    cr_assert_leq(backoff_next(&backoff, &rng), 10);
}

Test(backoff, waits_differ)
{
    struct backoff backoff;
    struct rng rng;
    rng_seed(&rng, 7);
    backoff_init(&backoff, NS_PER_S, NS_PER_S);
    ns_t first = backoff_next(&backoff, &rng);
    bool differs = false;
    for (int i = 0; i < 10; i++)
        differs |= backoff_next(&backoff, &rng) != first;
    cr_assert(differs);
}

Test(hostport, parse)
{
    static const struct {
        const char *text;
        const char *host, *port; /* NULL: refused */
    } rows[] = {
        {"127.0.0.1:80", "127.0.0.1", "80"},
        {"localhost:0", "localhost", "0"},
        {":8080", "", "8080"},
        {"[::1]:65535", "::1", "65535"},
        {"[::]:1", "::", "1"},
        {"localhost", NULL, NULL},
        {"localhost:", NULL, NULL},
        {"localhost:65536", NULL, NULL},
        {"localhost:-1", NULL, NULL},
        {"::1:80", NULL, NULL},
        {"", NULL, NULL},
        {"h:1x", NULL, NULL},
        {"h:0000000080", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hostport found;
        struct err err;
        int rc = hostport_parse(rows[i].text, &found, &err);
        cr_assert_eq(rc == 0, rows[i].host != NULL, "%s", rows[i].text);
        if (rc) {
            cr_assert_eq(err.code, ERR_USAGE);
            continue;
        }
        cr_assert_str_eq(found.host, rows[i].host);
        cr_assert_str_eq(found.port, rows[i].port);
        char text[sizeof found + 4];
        cr_assert_str_eq(hostport_format(&found, text, sizeof text), rows[i].text);
    }
}

Test(metrics, text)
{
    struct buf buf;
    buf_init(&buf, 4096);
    metrics_family(&buf, "a_total", "counter", "Help.");
    metrics_sample(&buf, "a_total", "x=\"1\"", 3);
    metrics_sample(&buf, "a_total", NULL, 12345678901.0);
    metrics_single(&buf, "b", "gauge", "B.", 0.5);
    cr_assert_str_eq(buf_text(&buf), "# HELP a_total Help.\n# TYPE a_total counter\n"
                                     "a_total{x=\"1\"} 3\na_total 12345678901\n"
                                     "# HELP b B.\n# TYPE b gauge\nb 0.5\n");
    buf_free(&buf);
}
