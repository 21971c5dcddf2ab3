#include <stdlib.h>

#include "base/cleanup.h"
#include "load/phases/phase.h"

enum { RETRY_AFTER_MAX = 30 /* seconds */ };

/* A round for every user at most, `times` rounds. */
static size_t room(const struct spec_phase *spec, size_t before)
{
    return before * (size_t)spec->retry.times;
}

static void fill(struct local *load, const size_t *places, size_t count)
{
    const struct users *users = &load->users;
    for (size_t i = 0; i < count; i++) {
        uint8_t before = users->attempts[places[i]];
        load->records[i] = (struct request){
            .user = roster_user(users->roster, places[i]),
            .phase = (uint8_t)load->index,
            .attempt = before < UINT8_MAX ? (uint8_t)(before + 1) : before,
        };
    }
}

/* One round: its records join the history at once, because the next round asks the history. */
static int run_round(struct local *load, bool *ret_anybody, struct err *err)
{
    _cleanup_free_ size_t *places = NULL;
    size_t count;
    int rc = users_undecided(&load->users, load->history, &places, &count, err);
    *ret_anybody = !rc && count;
    if (rc || !count)
        return rc;
    load->records = load->history->v + load->history->count;
    load->count = count;
    fill(load, places, count);
    atomic_fetch_add(&load->setup.progress->planned, (long long)count);
    load->at = 0;
    size_t connections = share_part(&load->setup.share, (size_t)load->spec->retry.connections);
    rc = phase_open(load, TRANSPORT_SCHEDULED, connections, 0, err);
    if (rc)
        return rc;
    phase_start(load, 0);
    rc = phase_finish(load, err);
    pool_close(load->pool);
    return rc ? rc : phase_note(load, err);
}

/* What a limiter asks for is honoured, unless it asks for too much. */
static ns_t pause_before(struct local *load)
{
    int asked = atomic_exchange(&load->setup.progress->retry_after, 0);
    ns_t after = NS_PER_S * (asked < RETRY_AFTER_MAX ? asked : RETRY_AFTER_MAX);
    return after > load->spec->retry.after ? after : load->spec->retry.after;
}

static int settle(struct local *load, struct err *err)
{
    const struct spec_retry *retry = &load->spec->retry;
    load->plan.users = NULL; /* the records have their users */
    bool anybody = true;
    ns_t at = load->origin;
    for (int64_t round = 0; anybody && round < retry->times; round++) {
        phase_sleep(load, at + pause_before(load));
        if (atomic_load(&load->setup.progress->stop))
            break;
        int rc = run_round(load, &anybody, err);
        if (rc)
            return rc;
        at = clock_now();
    }
    load->count = 0; /* noted round by round */
    return 0;
}

const struct phase_ops phase_retry = {"retry", room, phase_stage_nobody, phase_release_now, settle};
