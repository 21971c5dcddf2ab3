/* Is a run that came back from its archive the one that was saved? Member by member, and by its
 * reports, byte by byte. */
#ifndef TESTS_UNIT_SAME_RUN_H
#define TESTS_UNIT_SAME_RUN_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

#define SAME(member) cr_expect_arr_eq(&a->member, &b->member, sizeof a->member, #member)

static inline void compare_rows(const struct rows *a, const struct rows *b)
{
    cr_assert_eq(a->known, b->known);
    cr_assert_eq(a->asked, b->asked);
    cr_assert_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        cr_assert_eq(a->v[i].user, b->v[i].user);
        cr_assert_eq(a->v[i].id, b->v[i].id);
    }
}

static inline void compare_evidence(const struct evidence *a, const struct evidence *b)
{
    compare_rows(&a->before, &b->before);
    compare_rows(&a->coupons, &b->coupons);
    compare_rows(&a->parked, &b->parked);
    cr_assert_eq(a->produced.known, b->produced.known);
    cr_assert_eq(a->produced.count, b->produced.count);
    for (size_t i = 0; i < a->produced.count; i++) {
        const struct produced_record *x = &a->produced.v[i], *y = &b->produced.v[i];
        cr_assert(x->user == y->user && x->offset == y->offset && x->lane == y->lane &&
                  x->queue == y->queue && x->decoded == y->decoded);
    }
    cr_assert_eq(a->produced.asked, b->produced.asked);
    cr_assert_str_eq(a->produced.undecoded, b->produced.undecoded);
    cr_assert_eq(a->dead_letter.asked, b->dead_letter.asked);
    cr_assert_str_eq(a->dead_letter.undecoded, b->dead_letter.undecoded);
    cr_assert_eq(a->coupons.gone, b->coupons.gone);
    cr_assert_str_eq(a->coupons.reason, b->coupons.reason);
    cr_assert_str_eq(a->parked.reason, b->parked.reason);
    cr_assert_str_eq(a->counter.reason, b->counter.reason);
    cr_assert_eq(a->counter.asked, b->counter.asked);
    cr_assert_eq(a->counter.known, b->counter.known);
    cr_assert_eq(a->counter.before, b->counter.before);
    cr_assert_eq(a->counter.after, b->counter.after);
}

static inline void compare_timelines(const struct timeline *a, const struct timeline *b)
{
    cr_assert_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct sample *x = &a->v[i], *y = &b->v[i];
        cr_assert(x->at == y->at && x->answered == y->answered && x->rows == y->rows &&
                      x->parked == y->parked && x->saved == y->saved &&
                      maybe_equal(x->counter, y->counter) && x->members == y->members &&
                      x->records == y->records && x->unsaved == y->unsaved &&
                      x->committed_at == y->committed_at && x->ends_at == y->ends_at &&
                      x->rows_at == y->rows_at && x->flags == y->flags &&
                      x->lanes_count == y->lanes_count,
                  "sample %zu", i);
        for (uint32_t k = 0; k < x->lanes_count; k++) {
            const struct lane_reading *p = &x->lanes[k], *q = &y->lanes[k];
            cr_assert(p->queue == q->queue && p->lane == q->lane && p->committed == q->committed &&
                          p->end == q->end,
                      "sample %zu, partition %u", i, k);
        }
    }
}

static inline void compare_findings(const struct findings *a, const struct findings *b)
{
    cr_assert_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct finding *x = &a->v[i], *y = &b->v[i];
        cr_assert_str_eq(x->check, y->check);
        cr_assert_str_eq(x->expected, y->expected);
        cr_assert_str_eq(x->actual, y->actual);
        cr_assert_str_eq(x->message, y->message);
        cr_assert_str_eq(x->hint, y->hint);
        cr_assert_eq(x->verdict, y->verdict);
        cr_assert_eq(x->took, y->took);
        cr_assert_eq(x->witnesses_count, y->witnesses_count);
        for (size_t k = 0; k < x->witnesses_count; k++) {
            struct witness p = x->witnesses[k], q = y->witnesses[k];
            cr_assert_str_eq(p.what, q.what);
            p.what = q.what = NULL;
            cr_assert(maybe_equal(p.user, q.user) && p.released == q.released && p.done == q.done &&
                          maybe_equal(p.instance, q.instance) && maybe_equal(p.other, q.other) &&
                          p.other_released == q.other_released && p.other_done == q.other_done &&
                          maybe_equal(p.row, q.row) && maybe_equal(p.offset, q.offset) &&
                          p.lane == q.lane && p.at == q.at,
                      "%s, witness %zu", x->check, k);
        }
    }
}

static inline void compare_traces(const struct trace *a, const struct trace *b)
{
    cr_assert_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct trace_statement *x = &a->v[i], *y = &b->v[i];
        cr_assert(x->asked == y->asked && x->answered == y->answered && x->let_go == y->let_go &&
                      x->connection == y->connection && x->number == y->number &&
                      x->what == y->what && x->flags == y->flags && x->how == y->how &&
                      x->request == y->request && trace_values_equal(&x->asks, &y->asks) &&
                      trace_values_equal(&x->answer, &y->answer) && !strcmp(x->tag, y->tag),
                  "statement %zu", i);
        cr_assert_str_eq(a->stores[x->store], b->stores[y->store]);
        cr_assert_str_eq(a->shapes[x->shape].text, b->shapes[y->shape].text);
        cr_assert_eq(a->shapes[x->shape].what, b->shapes[y->shape].what);
    }
    cr_assert_eq(a->left_out, b->left_out);
}

static inline void compare_runs(const struct run *a, const struct run *b)
{
    SAME(version);
    SAME(wall_start);
    SAME(round);
    SAME(rounds);
    SAME(phases);
    SAME(load);
    SAME(memory);
    SAME(answers);
    SAME(drain);
    SAME(events_count);
    SAME(events);
    SAME(processes_count);
    SAME(processes);
    SAME(target);
    SAME(decisions);
    SAME(polled);
    SAME(instances);
    SAME(instances_count);
    cr_expect_str_eq(a->spreading, b->spreading);
    SAME(bystander_count);
    SAME(bystander);
    SAME(database);
    SAME(watched);
    SAME(servers);
    SAME(servers_count);
    SAME(tally);
    SAME(verdict);
    SAME(exit_code);
    SAME(interrupted);
    cr_expect_str_eq(a->libraries, b->libraries);
    cr_expect_str_eq(a->invalid, b->invalid);
    cr_expect_str_eq(a->error, b->error);
    cr_expect_str_eq(a->explanation, b->explanation);
    cr_expect_str_eq(a->warning, b->warning);
    cr_expect_str_eq(a->advice, b->advice);
    cr_expect_str_eq(a->not_checked, b->not_checked);
    cr_expect_str_eq(a->scenario_text, b->scenario_text);
    cr_expect_str_eq(a->scenario->name, b->scenario->name);
    cr_assert_eq(a->history.count, b->history.count);
    cr_assert_eq(a->history.origin, b->history.origin);
    if (a->history.count)
        cr_expect_arr_eq(a->history.v, b->history.v, a->history.count * sizeof *a->history.v);
    cr_assert_eq(!a->history.decided, !b->history.decided);
    if (a->history.decided)
        cr_expect_arr_eq(a->history.decided, b->history.decided,
                         a->history.count * sizeof *a->history.decided);
    compare_evidence(&a->evidence, &b->evidence);
    compare_timelines(&a->timeline, &b->timeline);
    compare_findings(&a->findings, &b->findings);
    compare_traces(&a->trace, &b->trace);
    SAME(race.said);
}

/* Every report from the run as it was and from the run that came back: the same bytes. */
static inline void compare_reports(const struct run *a, const struct run *b)
{
    size_t count;
    const struct report_writer *writers = report_table(&count);
    for (size_t i = 0; i < count; i++) {
        char *texts[2] = {0};
        size_t sizes[2] = {0};
        for (int k = 0; k < 2; k++) {
            struct err err = {0};
            FILE *out = open_memstream(&texts[k], &sizes[k]);
            cr_assert_eq(report_write_one(writers[i].name, k ? b : a, out, &err), 0, "%s",
                         err.message);
            fclose(out);
        }
        cr_expect_eq(sizes[0], sizes[1], "%s", writers[i].name);
        cr_expect(sizes[0] == sizes[1] && !memcmp(texts[0], texts[1], sizes[0]), "%s",
                  writers[i].name);
        free(texts[0]);
        free(texts[1]);
    }
}

#endif
