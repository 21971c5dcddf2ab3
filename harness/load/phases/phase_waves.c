#include <stdlib.h>

#include "load/phases/phase.h"
#include "load/schedule/schedule.h"

/* An open model must not be held up by the harness: more than enough for what can be out at once.
 */
enum { CONNECTIONS_MAX = 1000 };

static size_t room(const struct spec_phase *spec, size_t before)
{
    (void)before;
    return schedule_waves_count(&spec->waves);
}

static int stage(struct local *load, struct err *err)
{
    const struct spec_waves *waves = &load->spec->waves;
    size_t all = schedule_waves_count(waves);
    load->count = phase_part(load, all);
    struct rng rng;
    rng_seed(&rng, (uint64_t)load->scenario->seed + load->index);
    load->schedule = calloc(all + 1, sizeof *load->schedule);
    if (!load->schedule)
        return err_set(err, ERR_MEMORY, "out of memory");
    schedule_waves(waves, &rng, load->schedule);
    phase_own_schedule(load);
    size_t wave = waves->offsets_count ? 1 : share_part(&load->setup.share, (size_t)waves->size);
    size_t connections = load->count < CONNECTIONS_MAX ? load->count : CONNECTIONS_MAX;
    return phase_open(load, TRANSPORT_SCHEDULED, connections > wave ? connections : wave, 2 * wave,
                      err);
}

static int release(struct local *load, struct err *err)
{
    (void)err;
    phase_start(load, 0);
    return 0;
}

const struct phase_ops phase_waves = {"waves", room, stage, release, phase_finish};
