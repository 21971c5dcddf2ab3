/* links: load Threads::Threads */
/* Phases: their accounting, schedules, users and attempts. */
#include <criterion/criterion.h>

#include "load/schedule/schedule.h"
#include "load_rig.h"

static void expect_identity(const struct rig *rig)
{
    const struct tally *t = &rig->tally;
    cr_assert_eq(t->planned, t->sent + t->skipped);
    cr_assert_eq(t->sent, t->accepted + t->rejected + t->failed + t->unknown);
    cr_assert_eq((size_t)t->planned, rig->history.count);
    cr_assert_eq(atomic_load(&rig->progress.answered), t->planned);
    cr_assert_eq(atomic_load(&rig->progress.released), t->sent);
}

Test(load_phases, closed_by_count)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_new(target->port);
    rig->closed = (struct spec_closed){.connections = 7, .requests = 3001};
    rig->phases[0] = (struct spec_phase){LOAD_CLOSED, .closed = rig->closed};
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    expect_identity(rig);
    cr_assert_eq(rig->tally.planned, 3001);
    cr_assert_eq(rig->tally.rejected, 1000);
    cr_assert_leq(rig->tally.peak_in_flight, 7);
    cr_assert_eq(atomic_load(&target->accepted), 7, "connections are kept");
    cr_assert_eq(atomic_load(&target->complete), 3001);
    for (size_t i = 0; i < rig->history.count; i++) {
        cr_assert_eq(rig->history.v[i].user, (int64_t)i + 1);
        cr_assert_eq(rig->history.v[i].attempt, 1);
    }
    rig_free(rig);
    rig_target_end(target);
}

Test(load_phases, closed_by_duration)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_new(target->port);
    rig->closed = (struct spec_closed){.connections = 4, .duration = 200 * NS_PER_MS};
    rig->phases[0] = (struct spec_phase){LOAD_CLOSED, .closed = rig->closed};
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    expect_identity(rig);
    cr_assert_gt(rig->tally.sent, 20);
    cr_assert_eq(rig->tally.sent, atomic_load(&target->complete));
    bool seen[100000] = {0};
    for (size_t i = 0; i < rig->history.count; i++) {
        const struct request *r = &rig->history.v[i];
        cr_assert_eq(r->seq, i);
        cr_assert_neq(r->released, 0, "a hole at %zu", i);
        cr_assert(r->user > 0 && r->user < 100000 && !seen[r->user], "user twice");
        seen[r->user] = true;
        cr_assert_leq(r->planned - rig->history.origin, 250 * NS_PER_MS);
    }
    rig_free(rig);
    rig_target_end(target);
}

Test(load_phases, fewer_connections_than_workers)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_new(target->port);
    rig->scenario.workers = 4;
    rig->closed = (struct spec_closed){.connections = 1, .requests = 20};
    rig->phases[0] = (struct spec_phase){LOAD_CLOSED, .closed = rig->closed};
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    cr_assert_eq(rig->tally.sent, 20);
    cr_assert_eq(rig->tally.peak_in_flight, 1);
    rig_free(rig);
    rig_target_end(target);
}

Test(load_phases, rate_keeps_its_schedule)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_new(target->port);
    rig->rate = (struct spec_rate){.rate = 500, .duration = 300 * NS_PER_MS, .connections = 20};
    rig->phases[0] = (struct spec_phase){LOAD_RATE, .rate = rig->rate};
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    expect_identity(rig);
    cr_assert_eq(rig->tally.planned, 150);
    for (size_t i = 0; i < 150; i++) {
        const struct request *r = &rig->history.v[i];
        cr_assert_eq(r->planned - rig->history.origin, (ns_t)i * 2 * NS_PER_MS);
        cr_assert_geq(r->released, r->planned);
    }
    rig_free(rig);
    rig_target_end(target);
}

/* Open model against a target that does not answer: what finds no connection in time is skipped as
 * late, and none of it is lost from the accounting. */
Test(load_phases, rate_without_free_connections)
{
    struct rig_target *target = rig_target_start(RIG_HANGS, 0);
    struct rig *rig = rig_new(target->port);
    rig->scenario.request.timeout = 100 * NS_PER_MS;
    rig->rate = (struct spec_rate){.rate = 400, .requests = 100, .connections = 4};
    rig->phases[0] = (struct spec_phase){LOAD_RATE, .rate = rig->rate};
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    expect_identity(rig);
    cr_assert_eq(rig->tally.planned, 100);
    cr_assert_gt(rig->tally.causes[CAUSE_LATE], 0);
    cr_assert_eq(rig->tally.causes[CAUSE_LATE], rig->tally.skipped);
    cr_assert_eq(rig->tally.causes[CAUSE_TIMEOUT], rig->tally.unknown);
    rig_free(rig);
    rig_target_end(target);
}

Test(load_phases, waves_are_reproducible)
{
    const struct spec_waves waves = {
        .waves = 5, .size = 4, .every = 10 * NS_PER_MS, .jitter = 3 * NS_PER_MS};
    ns_t once[20], again[20], other[20];
    struct rng rng;
    rng_seed(&rng, 7);
    schedule_waves(&waves, &rng, once);
    rng_seed(&rng, 7);
    schedule_waves(&waves, &rng, again);
    rng_seed(&rng, 8);
    schedule_waves(&waves, &rng, other);
    cr_assert_arr_eq(once, again, sizeof once);
    cr_assert_arr_neq(once, other, sizeof once);
    for (int i = 0; i < 20; i++) {
        cr_assert(i == 0 || once[i - 1] <= once[i], "not in order");
        ns_t wave = i / 4 * 10 * NS_PER_MS;
        cr_assert(once[i] >= wave && once[i] <= wave + 3 * NS_PER_MS);
    }
}

Test(load_phases, waves_by_offsets)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_new(target->port);
    ns_t offsets[] = {20 * NS_PER_MS, 0, 5 * NS_PER_MS};
    rig->waves = (struct spec_waves){.offsets = offsets, .offsets_count = 3};
    rig->phases[0] = (struct spec_phase){LOAD_WAVES, .waves = rig->waves};
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    expect_identity(rig);
    const struct request *r = rig->history.v;
    cr_assert_eq(r[0].planned - rig->history.origin, 0);
    cr_assert_eq(r[1].planned - rig->history.origin, 5 * NS_PER_MS);
    cr_assert_eq(r[2].planned - rig->history.origin, 20 * NS_PER_MS);
    cr_assert_leq(r[0].released, r[1].released);
    rig_free(rig);
    rig_target_end(target);
}

/* Users without a decision are asked again, the others are not. */
Test(load_phases, retry_asks_the_undecided)
{
    struct rig_target *target = rig_target_start(RIG_STUTTERS, 0);
    struct rig *rig = rig_new(target->port);
    rig->retry = (struct spec_retry){.after = NS_PER_MS, .times = 3, .connections = 10};
    rig->phases[1] = (struct spec_phase){LOAD_RETRY, .retry = rig->retry};
    rig->scenario.load_count = 2;
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    expect_identity(rig);
    cr_assert_eq(rig->tally.planned, 100, "one round is enough, the others have nobody");
    cr_assert_eq(rig->tally.failed, 50);
    cr_assert_eq(rig->tally.accepted, 50);
    for (size_t i = 50; i < 100; i++) {
        cr_assert_eq(rig->history.v[i].attempt, 2);
        cr_assert_eq(rig->history.v[i].phase, 1);
        cr_assert_eq(rig->history.v[i].cls, CLASS_ACCEPTED);
    }
    rig_free(rig);
    rig_target_end(target);
}

Test(load_phases, again_and_repeat)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_new(target->port);
    rig->scenario.users = (struct spec_users){.first = 1000, .repeat = 2};
    rig->pause.span = NS_PER_MS;
    rig->phases[1] = (struct spec_phase){LOAD_PAUSE, .pause = rig->pause};
    rig->phases[2] = (struct spec_phase){LOAD_BURST, .burst = rig->phases[0].burst, .again = true};
    rig->phases[3] = (struct spec_phase){LOAD_BURST, .burst = rig->phases[0].burst};
    rig->scenario.load_count = 4;
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    expect_identity(rig);
    cr_assert_eq(rig->history.count, 150);
    for (size_t i = 0; i < 150; i++) {
        const struct request *r = &rig->history.v[i];
        size_t in_phase = i % 50;
        bool second = i >= 50 && i < 100, third = i >= 100;
        cr_assert_eq(r->phase, third ? 3 : second ? 2 : 0);
        cr_assert_eq(r->user, 1000 + (int64_t)(in_phase / 2) + (third ? 25 : 0));
        cr_assert_eq(r->attempt, in_phase % 2 + 1 + (second ? 2 : 0));
    }
    rig_free(rig);
    rig_target_end(target);
}

Test(load_phases, memory_is_measured)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_new(target->port);
    rig->phases[0].burst.requests = 500;
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    struct load_memory memory;
    load_memory(rig->load, &memory);
    cr_assert_eq(memory.bytes_a_request, 64);
    cr_assert_gt(memory.bytes_a_connection, 0);
    rig_free(rig);
    rig_target_end(target);
}

/* {{seq}} counts through all phases, the burst's too. */
Test(load_phases, seq_goes_on)
{
    struct rig_target *target = rig_target_start(RIG_STUTTERS, 0);
    struct rig *rig = rig_new(target->port);
    snprintf(rig->url, sizeof rig->url, "http://127.0.0.1:%d/apply?userId={{seq}}", target->port);
    rig->closed = (struct spec_closed){.connections = 2, .requests = 5};
    rig->phases[0].burst.requests = 5;
    rig->phases[1] = rig->phases[0];
    rig->phases[0] = (struct spec_phase){LOAD_CLOSED, .closed = rig->closed};
    rig->scenario.load_count = 2;
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    for (int seq = 0; seq < 10; seq++)
        cr_expect(target->seen[seq], "%d", seq);
    rig_free(rig);
    rig_target_end(target);
}
