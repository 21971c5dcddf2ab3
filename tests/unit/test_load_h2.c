/* links: load PkgConfig::NGHTTP2 */
/* HTTP/2: what requests are answered means the same whichever way they are sent, nothing of them is
 * with the target before it may be, and targets that break the rules are accounted for. */
#include "h2_ways.h"

/* ---- answers ---- */

static const struct odd {
    const char *what;
    struct h2_says says;
    enum request_class cls;
    enum request_cause cause;
    uint16_t status;
    bool head;
} odds[] = {
    {"a body",
     {{":status"}, {"202"}, 0, "{\"rank\": 7}", 0, 0},
     CLASS_ACCEPTED,
     CAUSE_NONE,
     202,
     0},
    {"a length",
     {{":status", "content-length"}, {"202", "11"}, 0, "{\"rank\": 7}", 0, 0},
     CLASS_ACCEPTED,
     CAUSE_NONE,
     202,
     0},
    {"no body", {{":status"}, {"202"}, 0, NULL, 0, 0}, CLASS_ACCEPTED, CAUSE_NONE, 202, 0},
    {"a no", {{":status"}, {"410"}, 0, NULL, 0, 0}, CLASS_REJECTED, CAUSE_NONE, 410, 0},
    {"an error", {{":status"}, {"503"}, 0, "no", 0, 0}, CLASS_FAILED, CAUSE_SERVER_ERROR, 503, 0},
    {"no content", {{":status"}, {"204"}, 0, NULL, 0, 0}, CLASS_FAILED, CAUSE_UNCLASSIFIED, 204, 0},
    {"unchanged", {{":status"}, {"304"}, 0, NULL, 0, 0}, CLASS_FAILED, CAUSE_NO_DECISION, 304, 0},
    {"elsewhere",
     {{":status", "location"}, {"302", "/again"}, 0, NULL, 0, 0},
     CLASS_FAILED,
     CAUSE_NO_DECISION,
     302,
     0},
    {"an interim answer",
     {{":status", "link", ":status"}, {"103", "</a>", "202"}, 2, "{\"rank\": 7}", 0, 0},
     CLASS_ACCEPTED,
     CAUSE_NONE,
     202,
     0},
    {"a head",
     {{":status", "content-length"}, {"202", "11"}, 0, NULL, 0, 0},
     CLASS_ACCEPTED,
     CAUSE_NONE,
     202,
     true},
    {"too short",
     {{":status", "content-length"}, {"202", "12"}, 0, "{\"rank\": 7}", 0, 0},
     CLASS_UNKNOWN,
     CAUSE_GARBAGE,
     0,
     0},
    {"too long",
     {{":status", "content-length"}, {"202", "10"}, 0, "{\"rank\": 7}", 0, 0},
     CLASS_UNKNOWN,
     CAUSE_GARBAGE,
     0,
     0},
    {"two lengths",
     {{":status", "content-length", "content-length"},
      {"202", "11", "12"},
      0,
      "{\"rank\": 7}",
      0,
      0},
     CLASS_UNKNOWN,
     CAUSE_GARBAGE,
     0,
     0},
    {"no status", {{"x-status"}, {"202"}, 0, "{}", 0, 0}, CLASS_UNKNOWN, CAUSE_GARBAGE, 0, 0},
    {"no number", {{":status"}, {"2x2"}, 0, "{}", 0, 0}, CLASS_UNKNOWN, CAUSE_GARBAGE, 0, 0},
    {"a field of HTTP/1",
     {{":status", "connection"}, {"202", "close"}, 0, "{}", 0, 0},
     CLASS_UNKNOWN,
     CAUSE_GARBAGE,
     0,
     0},
    {"another protocol", {{":status"}, {"101"}, 0, NULL, 0, 0}, CLASS_UNKNOWN, CAUSE_GARBAGE, 0, 0},
    {"reset", {{":status"}, {"202"}, 0, "{\"ra", true, 0}, CLASS_UNKNOWN, CAUSE_RESET, 0, 0},
    {"reset behind the head",
     {{":status"}, {"202"}, 0, NULL, true, 0},
     CLASS_UNKNOWN,
     CAUSE_RESET,
     0,
     0},
    {"cut", {{":status"}, {"202"}, 0, "{\"ra", 0, true}, CLASS_UNKNOWN, CAUSE_CLOSED, 0, 0},
};

Test(load_h2, every_way_sees_the_same)
{
    for (size_t i = 0; i < sizeof odds / sizeof *odds; i++)
        for (size_t k = 0; k < WAYS; k++) {
            const struct odd *odd = &odds[i];
            struct h2_target *target = h2_target_start(H2_SAYS);
            target->says = odd->says;
            /* Of a connection that ends its first stream alone is cut off by that. */
            struct rig *rig = rig_h2(target->port, &ways[k], odd->says.cut ? 1 : 3);
            if (odd->head)
                rig->scenario.request.method = (char *)"HEAD";
            cr_assert_eq(rig_run(rig), 0, "%s, %s: %s", odd->what, ways[k].name, rig->err.message);
            for (size_t n = 0; n < rig->history.count; n++) {
                const struct request *r = &rig->history.v[n];
                cr_expect(r->cls == odd->cls && r->cause == odd->cause && r->status == odd->status,
                          "%s, %s, request %zu: %s, %s, %u", odd->what, ways[k].name, n,
                          request_class_name(r->cls), request_cause_name(r->cause), r->status);
            }
            rig_free(rig);
            h2_target_end(target);
        }
}

/* ---- holding ---- */

/* 60 requests of two workers. */
static void hold_and_release(const struct way *way, const char *body, bool ahead, int connections)
{
    struct h2_target *target = h2_target_start(H2_ANSWERS);
    struct rig *rig = rig_h2(target->port, way, 60);
    rig->scenario.request.body = (char *)body;
    cr_assert_eq(rig_open(rig, NULL), 0, "%s", rig->err.message);
    cr_assert_eq(load_stage(rig->load, 0, &rig->info, &rig->err), 0, "%s: %s", way->name,
                 rig->err.message);
    cr_expect_eq((int)atomic_load(&rig->progress.staged), 60, "%s: %d staged", way->name,
                 (int)atomic_load(&rig->progress.staged));
    for (int i = 0; ahead && atomic_load(&target->heads) < 60 && i < 10000; i++)
        usleep(1000);
    cr_expect_eq(atomic_load(&target->heads), ahead ? 60 : 0, "%s", way->name);
    cr_expect_eq(atomic_load(&target->complete), 0, "%s: something has left", way->name);
    if (ahead)
        cr_expect_eq(atomic_load(&target->bodies), body ? 60 * ((long long)strlen(body) - 1) : 0);
    cr_assert_eq(load_release(rig->load, 0, &rig->err), 0, "%s", rig->err.message);
    cr_assert_eq(load_settle(rig->load, &rig->err), 0, "%s", rig->err.message);
    cr_expect_eq(atomic_load(&target->complete), 60, "%s", way->name);
    cr_expect_eq(atomic_load(&target->accepted), connections + 1, "%s: %d, and one that met it",
                 way->name, atomic_load(&target->accepted));
    cr_expect_eq(rig->info.connections, connections);
    cr_expect_str_eq(rig->info.protocol, "HTTP/2");
    cr_expect_eq(atomic_load(&target->bodies), 60 * (long long)(body ? strlen(body) : 0));
    expect_third_rejected(rig, way->name);
    rig_free(rig);
    h2_target_end(target);
}

Test(load_h2, held_whole_or_up_to_the_last_frame)
{
    static const char *const bodies[] = {NULL, "{}", "x", "{\"quantity\": 1, \"note\": \"none\"}"};
    static const struct {
        struct way way;
        bool ahead;
        int connections;
    } rows[] = {
        {{"one-write", GATE_ONE_WRITE, LOAD_BURST, 0}, false, 6},
        {{"auto", GATE_AUTO, LOAD_BURST, 0}, false, 6},
        {{"one-write of 30", GATE_ONE_WRITE, LOAD_BURST, 30}, false, 2},
        {{"one-write of 7", GATE_ONE_WRITE, LOAD_BURST, 7}, false, 10},
        {{"one-write of 1", GATE_ONE_WRITE, LOAD_BURST, 1}, false, 60},
        {{"last-frame", GATE_LAST_FRAME, LOAD_BURST, 10}, true, 6},
        {{"last-frame of 1", GATE_LAST_FRAME, LOAD_BURST, 1}, true, 60},
        {{"corked", GATE_CORKED, LOAD_BURST, 10}, false, 6},
        {{"last-byte", GATE_LAST_BYTE, LOAD_BURST, 10}, false, 6},
        {{"connected", GATE_CONNECTED, LOAD_BURST, 10}, false, 6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < sizeof bodies / sizeof *bodies; k++) {
            struct way way = rows[i].way;
            hold_and_release(&way, bodies[k], rows[i].ahead, rows[i].connections);
        }
}

/* A longer body than a window holds makes fewer streams of it. */
Test(load_h2, bodies_fit_into_the_window)
{
    char *body = calloc(1, 30001);
    memset(body, 'x', 30000);
    const struct way way = {"large", GATE_ONE_WRITE, LOAD_BURST, 10};
    hold_and_release(&way, body, false, 30);
    free(body);
}

Test(load_h2, no_more_streams_than_the_target_takes)
{
    struct h2_target *target = h2_target_start(H2_FEW);
    const struct way way = {"few", GATE_ONE_WRITE, LOAD_BURST, 100};
    struct rig *rig = rig_h2(target->port, &way, 12);
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    cr_expect_eq(rig->info.streams, 3);
    cr_expect_eq(rig->info.connections, 4);
    expect_third_rejected(rig, "few");
    rig_free(rig);
    h2_target_end(target);
}

/* What the target says of its own meanwhile is answered behind the requests. */
Test(load_h2, settings_and_pings_while_held)
{
    static const enum h2_order orders[] = {H2_SHRINK, H2_PING};
    static const enum gate gates[] = {GATE_ONE_WRITE, GATE_LAST_FRAME};
    for (size_t i = 0; i < 4; i++) {
        struct h2_target *target = h2_target_start(H2_ANSWERS);
        const struct way way = {"spoken to", gates[i / 2], false, 10};
        struct rig *rig = rig_h2(target->port, &way, 60);
        rig->scenario.request.body = (char *)"{\"a\": \"body\"}";
        cr_assert_eq(rig_open(rig, NULL), 0, "%s", rig->err.message);
        cr_assert_eq(load_stage(rig->load, 0, &rig->info, &rig->err), 0, "%s", rig->err.message);
        h2_target_order(target, orders[i % 2]);
        cr_assert_eq(load_release(rig->load, 0, &rig->err), 0, "%s", rig->err.message);
        cr_assert_eq(load_settle(rig->load, &rig->err), 0, "%s", rig->err.message);
        expect_third_rejected(rig, "spoken to");
        rig_free(rig);
        h2_target_end(target);
    }
}

/* N of N, or an error that says why not, and nothing has been applied. */
Test(load_h2, who_leaves_while_held_ends_the_burst)
{
    static const enum h2_order orders[] = {H2_GOAWAY, H2_SHUT};
    for (size_t i = 0; i < 2; i++) {
        struct h2_target *target = h2_target_start(H2_ANSWERS);
        const struct way way = {"left", GATE_ONE_WRITE, LOAD_BURST, 10};
        struct rig *rig = rig_h2(target->port, &way, 60);
        cr_assert_eq(rig_open(rig, NULL), 0, "%s", rig->err.message);
        cr_assert_eq(load_stage(rig->load, 0, &rig->info, &rig->err), 0, "%s", rig->err.message);
        h2_target_order(target, orders[i]);
        cr_assert_neq(load_release(rig->load, 0, &rig->err), 0);
        cr_expect(strstr(rig->err.message, "cannot stage the burst"), "%s", rig->err.message);
        cr_expect_eq(atomic_load(&target->complete), 0);
        rig_free(rig);
        h2_target_end(target);
    }
}

/* What has gone ahead was enough for it: no burst, and no pass. It is told that no more comes: a
 * service of Node ends with an error of its own where the connection of a stream is reset without
 * that. */
Test(load_h2, who_begins_at_the_head_is_found_out)
{
    struct h2_target *target = h2_target_start(H2_EARLY);
    const struct way way = {"early", GATE_LAST_FRAME, LOAD_BURST, 10};
    struct rig *rig = rig_h2(target->port, &way, 60);
    int rc = rig_run(rig);
    cr_expect_eq(rc, -ERR_INVALID, "%d: %s", rc, rig->err.message);
    cr_expect(strstr(rig->err.message, "before their release"), "%s", rig->err.message);
    rig_free(rig);
    for (int i = 0; atomic_load(&target->open) && i < 20000; i++)
        clock_sleep_until(clock_now() + NS_PER_MS);
    cr_expect_eq(atomic_load(&target->farewells), atomic_load(&target->accepted));
    h2_target_end(target);
    /* Held whole it has nothing to begin with. */
    target = h2_target_start(H2_EARLY);
    rig = rig_h2(target->port, &(struct way){"early", GATE_ONE_WRITE, LOAD_BURST, 10}, 60);
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    expect_third_rejected(rig, "early");
    rig_free(rig);
    h2_target_end(target);
}

Test(load_h2, prior_knowledge_that_is_wrong)
{
    struct h2_target *target = h2_target_start(H2_NOT_HTTP);
    struct rig *rig = rig_h2(target->port, &ways[0], 8);
    int rc = rig_open(rig, NULL);
    cr_expect_eq(rc, -ERR_ENVIRONMENT, "%d", rc);
    cr_expect(strstr(rig->err.message, "request.http2"), "%s", rig->err.message);
    rig_free(rig);
    h2_target_end(target);
}

Test(load_h2, what_does_not_go_together)
{
    static const struct {
        enum http2 http2;
        const char *url;
        enum gate gate;
        const char *says;
    } rows[] = {
        {HTTP2_OFFERED, "http://127.0.0.1:1/", GATE_AUTO, "allowed with http://: prior-knowledge"},
        {HTTP2_KNOWN, "https://127.0.0.1:1/", GATE_AUTO, "allowed with https://: true"},
        {HTTP2_KNOWN, "http://a:b@127.0.0.1:1/", GATE_AUTO, "Authorization"},
        {HTTP2_OFF, "http://127.0.0.1:1/", GATE_ONE_WRITE, "speaks HTTP/1.1"},
        {HTTP2_OFF, "http://127.0.0.1:1/", GATE_LAST_FRAME, "speaks HTTP/1.1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *rig = rig_new(1);
        rig->scenario.request.http2 = rows[i].http2;
        rig->scenario.request.url = (char *)rows[i].url;
        rig->phases[0].burst.gate = rows[i].gate;
        cr_expect_eq(rig_run(rig), -ERR_USAGE, "row %zu: %s", i, rig->err.message);
        cr_expect(strstr(rig->err.message, rows[i].says), "%s", rig->err.message);
        rig_free(rig);
    }
}
