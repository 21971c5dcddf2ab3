/* links: model */
#include <criterion/criterion.h>

#include "model/observed.h"

static struct trace_door doors[] = {{"apply", "postgres", 0}, {"apply", "redis", 0}};
static struct trace_shape shapes[] = {{"SELECT ?", TRACE_READ, false},
                                      {"INSERT ?", TRACE_WRITE, false}};

static struct trace trace_of(struct trace_statement *v, size_t count)
{
    return (struct trace){.known = true,
                          .v = v,
                          .count = count,
                          .doors = doors,
                          .stores_count = 2,
                          .shapes = shapes,
                          .shapes_count = 2};
}

static struct trace_statement said(ns_t asked, ns_t answered, uint32_t connection, uint16_t shape)
{
    return (struct trace_statement){.asked = asked,
                                    .let_go = answered,
                                    .answered = answered,
                                    .connection = connection,
                                    .shape = shape,
                                    .what = shape ? TRACE_WRITE : TRACE_READ};
}

Test(observed, a_shape_has_its_figures)
{
    struct trace_statement v[] = {said(10, 20, 1, 0), said(12, 40, 2, 0), said(20, 25, 1, 1),
                                  said(30, 50, 1, 0)};
    v[2].flags = TRACE_FAILED;
    struct trace trace = trace_of(v, 4);
    struct observed observed;
    struct err err;
    cr_assert_eq(observed_make(&trace, 0, &observed, &err), 0);
    cr_assert_eq(observed.count, 2);
    const struct observed_shape *reads = &observed.v[0], *writes = &observed.v[1];
    cr_expect_str_eq(reads->text, "SELECT ?");
    cr_expect(reads->statements == 3 && reads->connections == 2 && reads->at_once == 2);
    cr_expect(reads->p50 == 20 && reads->max == 28, "%ld %ld", (long)reads->p50, (long)reads->max);
    cr_expect(writes->statements == 1 && writes->failed == 1 && writes->at_once == 1);
    cr_expect(observed.statements == 4 && observed.at_once == 2 && observed.connections == 2);
    cr_expect(observed.doors[0].statements == 4 && observed.doors[1].statements == 0);
    observed_free(&observed);
}

/* What a service says while it starts is no part of the rush, and shows that it uses the store. */
Test(observed, what_came_before_counts_for_the_listener_alone)
{
    struct trace_statement v[] = {said(5, 6, 1, 1), said(10, 20, 1, 0)};
    struct trace trace = trace_of(v, 2);
    struct observed observed;
    struct err err;
    cr_assert_eq(observed_make(&trace, 10, &observed, &err), 0);
    cr_expect(observed.count == 1 && observed.statements == 1);
    cr_expect_eq(observed.doors[0].statements, 2);
    observed_free(&observed);
}

Test(observed, what_was_never_answered_stays_inside)
{
    struct trace_statement v[] = {said(10, 0, 1, 0), said(20, 30, 2, 0), said(40, 50, 3, 0)};
    struct trace trace = trace_of(v, 3);
    struct observed observed;
    struct err err;
    cr_assert_eq(observed_make(&trace, 0, &observed, &err), 0);
    cr_expect_eq(observed.v[0].unanswered, 1);
    cr_expect_eq(observed.v[0].at_once, 2);
    observed_free(&observed);
}

Test(observed, nothing_said_is_no_error)
{
    struct trace trace = trace_of(NULL, 0);
    struct observed observed;
    struct err err;
    cr_assert_eq(observed_make(&trace, 0, &observed, &err), 0);
    cr_expect(observed.known && observed.count == 0 && observed.doors_count == 2);
    observed_free(&observed);
}
