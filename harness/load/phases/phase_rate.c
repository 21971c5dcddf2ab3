#include <stdlib.h>

#include "load/phases/phase.h"
#include "load/schedule/schedule.h"

static size_t room(const struct spec_phase *spec, size_t before)
{
    (void)before;
    return schedule_rate_count(&spec->rate);
}

static int stage(struct local *load, struct err *err)
{
    const struct spec_rate *rate = &load->spec->rate;
    size_t all = schedule_rate_count(rate);
    load->count = phase_part(load, all);
    load->schedule = calloc(all + 1, sizeof *load->schedule);
    if (!load->schedule)
        return err_set(err, ERR_MEMORY, "out of memory");
    schedule_rate(rate, all, load->schedule);
    phase_own_schedule(load);
    return phase_open(load, TRANSPORT_SCHEDULED,
                      share_part(&load->setup.share, (size_t)rate->connections), 0, err);
}

static int release(struct local *load, struct err *err)
{
    (void)err;
    phase_start(load, 0);
    return 0;
}

const struct phase_ops phase_rate = {"rate", room, stage, release, phase_finish};
