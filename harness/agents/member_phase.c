/* One phase of the load on a member: staged, released by the commit point, settled, and what became
 * of each request told. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/chunk.h"
#include "agents/member_inside.h"
#include "agents/message.h"
#include "base/cleanup.h"
#include "load/load.h"

#define LOOK (5 * NS_PER_MS)
/* Before the instant: what is held is looked at once more, and threads start. */
#define EARLY (100 * NS_PER_MS)
/* Around it this machine does nothing else. */
#define HUSH_BEFORE (12 * NS_PER_MS)
#define HUSH_AFTER  (5 * NS_PER_MS)
#define POINT_WAIT  (5 * NS_PER_S)

/* Staging and settling take their time, and the load has no thread of its own to tell how far it
 * is. */
struct teller {
    struct member *member;
    pthread_t thread;
    atomic_bool stop;
    bool running;
};

static void *tell_on(void *argument)
{
    struct teller *teller = argument;
    struct progress *progress = engine_part_progress(teller->member->engine);
    while (!atomic_load(&teller->stop)) {
        member_progress(teller->member);
        struct commit_look look = member_look(teller->member);
        if (member_stopping(teller->member) || look.abort || member_abandoned(teller->member))
            atomic_store(&progress->stop, true);
        clock_sleep_until(clock_now() + 2 * LOOK);
    }
    return NULL;
}

static void start_telling(struct teller *teller, struct member *member)
{
    *teller = (struct teller){.member = member};
    teller->running = !pthread_create(&teller->thread, NULL, tell_on, teller);
}

static void stop_telling(struct teller *teller)
{
    atomic_store(&teller->stop, true);
    if (teller->running)
        pthread_join(teller->thread, NULL);
}

/* ---- the commit point ---- */

static ns_t shared_now(struct member *member)
{
    return pulse_there(member->pulse, clock_now());
}

static int tell_left(struct member *member, unsigned index, enum commit_why why, struct err *err)
{
    struct err ignored;
    (void)!member_tell(member, "left",
                       json_pack("{s:i,s:s}", "phase", (int)index, "why", commit_why_text(why)),
                       &ignored);
    return err_set(err, why == COMMIT_STOPPED ? ERR_INTERRUPTED : ERR_INVALID,
                   "this agent has fired nothing: %s", commit_why_text(why));
}

/* Connections that are held are not held longer than needed: until all are ready nobody opens one.
 */
static int await_call(struct member *member, unsigned index, struct err *err)
{
    struct commit_agent agent;
    enum commit_step step = COMMIT_WAIT;
    commit_agent_begin(&agent, shared_now(member));
    while (step == COMMIT_WAIT) {
        const struct commit_look look = member_look(member);
        step = commit_agent_call(&agent, &look, shared_now(member), member_stopping(member));
        if (step == COMMIT_WAIT)
            clock_sleep_until(clock_now() + LOOK);
    }
    return step == COMMIT_LEAVE ? tell_left(member, index, agent.why, err) : 0;
}

/* Waits for `go`; *ret_go is its instant on the shared clock. */
static int await_go(struct member *member, unsigned index, ns_t *ret_go, struct err *err)
{
    struct commit_agent agent;
    int rc = 0;
    commit_agent_begin(&agent, shared_now(member));
    for (enum commit_step step = COMMIT_WAIT; step != COMMIT_FIRE && !rc;) {
        const struct commit_look look = member_look(member);
        step = commit_agent_step(&agent, &look, shared_now(member), EARLY, member_stopping(member));
        if (step == COMMIT_LEAVE)
            return tell_left(member, index, agent.why, err);
        if (step == COMMIT_ARM)
            rc = member_tell(member, "armed", json_pack("{s:i}", "phase", (int)index), err);
        if (step == COMMIT_WAIT)
            clock_sleep_until(clock_now() + LOOK);
    }
    *ret_go = agent.go;
    return rc;
}

static int fire(struct member *member, unsigned index, struct err *err)
{
    ns_t go = 0;
    int rc = await_go(member, index, &go, err);
    if (rc)
        return rc;
    ns_t at = pulse_here(member->pulse, go);
    pulse_hush(member->pulse, at - HUSH_BEFORE, at + HUSH_AFTER);
    rc = load_release(engine_part_load(member->engine), at, err);
    if (rc)
        return err_prefix(err, "at the release");
    return member_tell(member, "fired", json_pack("{s:i}", "phase", (int)index), err);
}

/* ---- its history ---- */

static int send_chunk(struct member *member, unsigned index, size_t from, size_t count,
                      struct err *err)
{
    struct history *history = &member->result.history;
    _cleanup_(buf_free) struct buf bytes;
    buf_init(&bytes, CHUNK_BYTES_MAX);
    const struct chunk chunk = {.phase = index,
                                .number = member->chunks++,
                                .count = count,
                                .v = history->v + from,
                                .decided = history->decided ? history->decided + from : NULL,
                                .orders = history->orders ? history->orders + from : NULL};
    int rc = chunk_encode(&chunk, &bytes, err);
    while (!rc && !outbox_has_room(member->outbox)) {
        if (member_abandoned(member))
            return err_set(err, ERR_ENVIRONMENT, "the coordinator is gone");
        clock_sleep_until(clock_now() + LOOK);
    }
    return rc ? rc : outbox_put(member->outbox, "chunk", bytes.data, bytes.used, err);
}

static int send_history(struct member *member, unsigned index, size_t from, struct err *err)
{
    size_t end = member->result.history.count;
    int rc = 0;
    for (; from < end && !rc; from += CHUNK_RECORDS)
        rc = send_chunk(member, index, from,
                        end - from < CHUNK_RECORDS ? end - from : CHUNK_RECORDS, err);
    return rc;
}

/* What its releases were, and until when anything happened. */
static void measure(const struct history *history, size_t from, struct phase_report *report,
                    ns_t *ret_last)
{
    *ret_last = 0;
    for (size_t i = from; i < history->count; i++) {
        const struct request *record = &history->v[i];
        ns_t done = record->done > record->released ? record->done : record->released;
        *ret_last = done > *ret_last ? done : *ret_last;
        if (!record->released)
            continue;
        report->requests++;
        report->last = record->released > report->last ? record->released : report->last;
        if (!report->first || record->released < report->first)
            report->first = record->released;
    }
}

/* The clock is told as it was before the first release and after the last answer. */
static int tell_phase(struct member *member, unsigned index, size_t from,
                      struct phase_report *report, struct err *err)
{
    ns_t last, by = 0;
    report->phase = index;
    measure(&member->result.history, from, report, &last);
    ns_t first = report->first ? report->first : clock_now();
    int rc = pulse_copy(member->pulse, first - NS_PER_S, last, clock_now() + POINT_WAIT,
                        &report->offsets, err);
    if (!rc && offsets_stepped(&report->offsets, first - NS_PER_S, clock_now(), &by))
        report->stepped = by;
    offsets_thin(&report->offsets);
    if (!rc)
        rc = member_tell_text(member, "done", message_phase(report), err);
    offsets_free(&report->offsets);
    return rc;
}

static int stage(struct member *member, unsigned index, struct phase_report *report,
                 struct err *err)
{
    struct teller teller;
    start_telling(&teller, member);
    int rc = load_stage(engine_part_load(member->engine), index, &report->info, err);
    stop_telling(&teller);
    const struct offset_point clock = pulse_offset(member->pulse, clock_now());
    return rc ? rc
              : member_tell(member, "staged",
                            json_pack("{s:i,s:I,s:I}", "phase", (int)index, "bound",
                                      (json_int_t)clock.bound, "trip",
                                      (json_int_t)pulse_round_trip(member->pulse)),
                            err);
}

static int settle(struct member *member, struct err *err)
{
    struct teller teller;
    start_telling(&teller, member);
    int rc = load_settle(engine_part_load(member->engine), err);
    stop_telling(&teller);
    return rc;
}

static void look_for(struct member *member, unsigned index)
{
    pthread_mutex_lock(&member->lock);
    member->phase = index;
    member->look.go = member->look.margin = 0;
    member->look.stage = false;
    pthread_mutex_unlock(&member->lock);
}

int member_phase(struct member *member, unsigned index, struct err *err)
{
    size_t from = member->result.history.count;
    struct phase_report *report = calloc(1, sizeof *report);
    if (!report)
        return err_set(err, ERR_MEMORY, "out of memory");
    look_for(member, index);
    int rc = await_call(member, index, err);
    if (!rc)
        rc = stage(member, index, report, err);
    if (!rc)
        rc = fire(member, index, err);
    if (!rc)
        rc = settle(member, err);
    /* Tickets are decided while the next phase goes on, and their decisions belong to its chunks.
     */
    if (!rc && member->scenario->decide)
        rc = load_decide(engine_part_load(member->engine), err);
    if (!rc)
        rc = send_history(member, index, from, err);
    if (!rc)
        rc = tell_phase(member, index, from, report, err);
    if (!rc && index + 1 < member->scenario->load_count)
        load_close(engine_part_load(member->engine));
    free(report);
    return rc;
}
