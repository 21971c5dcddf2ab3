/* links: load PkgConfig::NGHTTP2 */
/* Targets of HTTP/2 that break off, break the rules or change them: each request is of the right
 * class, and none is forgotten. */
#include "h2_ways.h"

static void expect_all(const struct rig *rig, enum request_class cls, enum request_cause cause,
                       const char *where)
{
    for (size_t i = 0; i < rig->history.count; i++) {
        const struct request *r = &rig->history.v[i];
        cr_expect(r->cls == cls && r->cause == cause, "%s, request %zu: %s, %s, %u", where, i,
                  request_class_name(r->cls), request_cause_name(r->cause), r->status);
    }
}

static struct rig *run_against(enum h2_manner manner, const struct way *way, int64_t requests,
                               ns_t timeout)
{
    struct h2_target *target = h2_target_start(manner);
    struct rig *rig = rig_h2(target->port, way, requests);
    rig->scenario.request.timeout = timeout;
    rig->scenario.request.body = (char *)"{}";
    cr_assert_eq(rig_run(rig), 0, "%s: %s", way->name, rig->err.message);
    const struct tally *t = &rig->tally;
    cr_expect_eq(t->planned, t->sent + t->skipped);
    cr_expect_eq(t->sent, t->accepted + t->rejected + t->limited + t->failed + t->unknown);
    h2_target_end(target);
    return rig;
}

Test(load_h2_hostile, hostile_targets)
{
    static const struct {
        enum h2_manner manner;
        enum request_class cls;
        enum request_cause cause;
    } rows[] = {
        {H2_RESETS, CLASS_UNKNOWN, CAUSE_RESET},  {H2_CLOSES, CLASS_UNKNOWN, CAUSE_CLOSED},
        {H2_HUGE, CLASS_UNKNOWN, CAUSE_GARBAGE},  {H2_MANY, CLASS_UNKNOWN, CAUSE_GARBAGE},
        {H2_HANGS, CLASS_UNKNOWN, CAUSE_TIMEOUT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < WAYS; k++) {
            bool hangs = rows[i].manner == H2_HANGS;
            struct rig *rig =
                run_against(rows[i].manner, &ways[k], 8, hangs ? 300 * NS_PER_MS : 10 * NS_PER_S);
            expect_all(rig, rows[i].cls, rows[i].cause, ways[k].name);
            rig_free(rig);
        }
}

/* A stream that the target has not looked at has not been applied. */
Test(load_h2_hostile, refused_streams_have_failed)
{
    for (size_t k = 0; k < WAYS; k++) {
        struct rig *rig = run_against(H2_REFUSES, &ways[k], 20, 10 * NS_PER_S);
        for (size_t n = 0; n < rig->history.count; n++) {
            const struct request *r = &rig->history.v[n];
            cr_expect_eq(r->cls, r->user % 2 ? CLASS_ACCEPTED : CLASS_FAILED, "%s: %s",
                         ways[k].name, request_class_name(r->cls));
            cr_expect_eq(r->cause, r->user % 2 ? CAUSE_NONE : CAUSE_UNPROCESSED, "%s: %s",
                         ways[k].name, request_cause_name(r->cause));
        }
        rig_free(rig);
    }
}

/* GOAWAY says which is the last that was looked at. */
Test(load_h2_hostile, a_target_that_leaves_has_looked_at_some)
{
    const struct way way = {"leaves", GATE_ONE_WRITE, LOAD_BURST, 5};
    struct rig *rig = run_against(H2_LEAVES, &way, 40, 10 * NS_PER_S);
    cr_expect_eq(rig->tally.accepted, 8);
    cr_expect_eq(rig->tally.failed, 32);
    cr_expect_eq(rig->tally.causes[CAUSE_UNPROCESSED], 32);
    rig_free(rig);
    /* One after the other each has a connection of its own, and nobody is turned away. */
    rig = run_against(H2_LEAVES, &(struct way){"closed", GATE_AUTO, LOAD_CLOSED, 1}, 20,
                      10 * NS_PER_S);
    cr_expect_eq(rig->tally.accepted, 20);
    rig_free(rig);
}

Test(load_h2_hostile, a_window_of_nothing)
{
    struct h2_target *target = h2_target_start(H2_ZERO);
    struct rig *rig = rig_h2(target->port, &ways[0], 8);
    rig->scenario.request.body = (char *)"{}";
    cr_expect_neq(rig_run(rig), 0);
    cr_expect(strstr(rig->err.message, "request.streams"), "%s", rig->err.message);
    rig_free(rig);
    h2_target_end(target);
    /* Not held, the first of a connection leaves before it is known; of the others the heads have
     * left, and nobody knows what became of them. */
    rig = run_against(H2_ZERO, &(struct way){"closed", GATE_AUTO, LOAD_CLOSED, 1}, 6,
                      300 * NS_PER_MS);
    cr_expect_eq(rig->tally.unknown, 4);
    cr_expect_eq(rig->tally.causes[CAUSE_TIMEOUT], 4);
    rig_free(rig);
}

Test(load_h2_hostile, settings_that_change_under_way)
{
    for (size_t k = 0; k < WAYS; k++) {
        struct rig *rig = run_against(H2_SETTLES, &ways[k], 40, 10 * NS_PER_S);
        expect_third_rejected(rig, ways[k].name);
        rig_free(rig);
    }
}
