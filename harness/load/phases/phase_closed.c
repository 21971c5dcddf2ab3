#include "load/phases/phase.h"

/* By duration, the number of requests is not known; records are mapped, so room costs nothing until
 * it is used. More a second than a loopback service answers on the machines we know. */
enum { REQUESTS_A_SECOND = 400000, REQUESTS_MAX = 100 * 1000 * 1000 };

static size_t room(const struct spec_phase *spec, size_t before)
{
    (void)before;
    const struct spec_closed *closed = &spec->closed;
    if (closed->requests)
        return (size_t)closed->requests;
    double wanted = (double)closed->duration / (double)NS_PER_S * (double)REQUESTS_A_SECOND;
    return wanted < (double)REQUESTS_MAX ? (size_t)wanted + (size_t)closed->connections
                                         : REQUESTS_MAX;
}

static int stage(struct local *load, struct err *err)
{
    load->count = phase_part(load, room(load->spec, 0));
    if (!load->spec->closed.requests)
        load->whole = 0;
    return phase_open(load, TRANSPORT_SATURATED,
                      share_part(&load->setup.share, (size_t)load->spec->closed.connections), 0,
                      err);
}

static int release(struct local *load, struct err *err)
{
    (void)err;
    phase_start(load, load->spec->closed.duration);
    return 0;
}

/* By duration, workers end at different places of their slices: closes the gaps. */
static void compact(struct local *load)
{
    const struct worker *workers = load->pool->workers;
    size_t longest = 0, kept = 0, first = (size_t)(load->records - load->history->v);
    for (unsigned i = 0; i < load->active; i++)
        if (workers[i].slice.next > longest)
            longest = workers[i].slice.next;
    for (size_t k = 0; k < longest; k++)
        for (unsigned i = 0; i < load->active; i++)
            if (k < workers[i].slice.next)
                history_shift(load->history, first + kept++, first + k * load->active + i);
    load->count = kept;
}

static int settle(struct local *load, struct err *err)
{
    int rc = pool_wait(load->pool, err);
    if (!rc && load->spec->closed.duration)
        compact(load);
    int finished = phase_finish(load, err);
    return rc ? rc : finished;
}

const struct phase_ops phase_closed = {"closed", room, stage, release, settle};
