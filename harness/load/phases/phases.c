#include "load/phases/phases.h"

#include "load/phases/phase.h"

const struct phase_ops *phases_find(const struct spec_phase *spec)
{
    const struct {
        const void *set;
        const struct phase_ops *ops;
    } rows[] = {
        {spec->burst, &phase_burst},   {spec->waves, &phase_waves}, {spec->rate, &phase_rate},
        {spec->closed, &phase_closed}, {spec->retry, &phase_retry}, {spec->pause, &phase_pause},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].set)
            return rows[i].ops;
    return &phase_pause;
}

size_t phases_room(const struct scenario *scenario)
{
    size_t room = 0;
    for (unsigned i = 0; i < scenario->load_count; i++)
        room += phases_find(&scenario->load[i])->room(&scenario->load[i], room);
    return room;
}

size_t phases_users(const struct scenario *scenario)
{
    size_t users = 0, records = 0, repeat = (size_t)scenario->users.repeat;
    for (unsigned i = 0; i < scenario->load_count; i++) {
        const struct spec_phase *spec = &scenario->load[i];
        size_t count = phases_find(spec)->room(spec, records);
        records += count;
        if (spec->again || spec->retry || spec->pause)
            continue;
        if (spec->closed && !spec->closed->requests)
            return SIZE_MAX;
        users += (count + repeat - 1) / repeat;
    }
    return users;
}
