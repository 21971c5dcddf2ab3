#include "load/phases/phase.h"

static size_t room(const struct spec_phase *spec, size_t before)
{
    (void)spec;
    (void)before;
    return 0;
}

static int settle(struct local *load, struct err *err)
{
    (void)err;
    phase_sleep(load, load->origin + load->spec->pause.span);
    return 0;
}

const struct phase_ops phase_pause = {"pause", room, phase_stage_nobody, phase_release_now, settle};
